"""The pages that install the App on an account, and what the owner may do with an installation afterwards."""

from werkzeug.wrappers import Response

from infra.practice_forge.acts import installing
from infra.practice_forge.pages.visits import PageRoute, Visit, see
from infra.practice_forge.refusals import not_found
from infra.practice_forge.state import Account, Installation


def choose(visit: Visit, slug: str) -> Response:
    """Show the accounts on which the App can be installed."""
    return visit.page("install.html", slug=_checked(visit, slug), accounts=_accounts(visit))


def install(visit: Visit, slug: str) -> Response:
    """Install it, and tell the App."""
    _checked(visit, slug)
    chosen = next((who for who in _accounts(visit) if who.login == visit.field("account")), None)
    if chosen is None:
        raise not_found()
    record = installing.install(visit.forge, chosen.login, visit.forge.app.permissions)
    return see(f"/settings/installations/{record.id}")


def show(visit: Visit, number: int) -> Response:
    """Show an installation and its buttons."""
    return visit.page("installation.html", record=_installation(visit, number))


def change(visit: Visit, number: int) -> Response:
    """Suspend, unsuspend or remove it, or accept what the App asks for by now."""
    record, forge = _installation(visit, number), visit.forge
    match visit.field("act"):
        case "suspend" | "unsuspend" as act:
            installing.suspend(forge, record, to=act == "suspend")
        case "accept":
            installing.install(forge, record.owner, forge.app.permissions)
        case "uninstall":
            installing.uninstall(forge, record)
            return see("/")
        case _:
            raise not_found()
    return see(f"/settings/installations/{number}")


def _accounts(visit: Visit) -> list[Account]:
    app = visit.forge.app
    everybody = [who for who in visit.forge.state.accounts.values() if not who.is_bot]
    return [who for who in everybody if app.public or who.login == app.owner]


def _checked(visit: Visit, slug: str) -> str:
    if slug != visit.forge.app.slug:  # also where somebody took the App's number for its slug
        raise not_found()
    return slug


def _installation(visit: Visit, number: int) -> Installation:
    record = visit.forge.state.installations.get(number)
    if record is None:
        raise not_found()
    return record


ROUTES = (
    PageRoute("GET", "/apps/<slug>/installations/new", choose),
    PageRoute("POST", "/apps/<slug>/installations/new", install),
    PageRoute("GET", "/settings/installations/<int:number>", show),
    PageRoute("POST", "/settings/installations/<int:number>", change),
)
