"""Who one is, who others are, and what the token may do."""

from infra.practice_forge.gitlab.access import LEVELS, SCOPES
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.refusals import record_not_found, unauthorized
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes import people as shapes
from infra.practice_forge.rest.calls import Reply
from infra.practice_forge.state import Account


def get_user(call: Call) -> Reply:
    """GET /user."""
    return Reply(shapes.profile(call.forge, _account(call)))


def _account(call: Call) -> Account:
    if call.asker.account is None:
        raise unauthorized()
    return call.asker.account


def list_users(call: Call) -> Reply:
    """GET /users; `username` finds one by exactly that name, whatever its case."""
    _account(call)
    wanted = call.params().text_or_none("username")
    everybody = call.shelves.state.accounts.values()
    found = [who for who in everybody if wanted is None or who.login.lower() == wanted.lower()]
    return page_of(call, found, lambda who: shapes.person(call.forge, who.login))


def get_one(call: Call, number: int) -> Reply:
    """GET /users/:id."""
    _account(call)
    return Reply(shapes.person(call.forge, _find(call, number).login) | {"bot": _find(call, number).is_bot})


def _find(call: Call, number: int) -> Account:
    found = next((who for who in call.shelves.state.accounts.values() if who.id == number), None)
    if found is None:
        raise record_not_found()
    return found


def list_members(call: Call, project: str) -> Reply:
    """GET /projects/:id/members/all."""
    repo = call.project(project)
    _account(call)
    members = [who for who in call.shelves.state.accounts.values() if LEVELS[repo.role(who.login)]]
    return page_of(call, members, lambda who: shapes.member(call.forge, repo, who))


def get_member(call: Call, project: str, number: int) -> Reply:
    """GET /projects/:id/members/all/:user_id; 404 for whoever has no access level here."""
    repo = call.project(project)
    _account(call)
    who = _find(call, number)
    if not LEVELS[repo.role(who.login)]:
        raise record_not_found()
    return Reply(shapes.member(call.forge, repo, who))


def own_token(call: Call) -> Reply:
    """GET /personal_access_tokens/self."""
    account = _account(call)
    if call.asker.token is None:
        raise unauthorized()
    return Reply(shapes.token(account, call.asker.token))


def version(call: Call) -> Reply:
    """GET /version."""
    _account(call)
    return Reply({"version": call.shelves.version, "revision": "practice"})


def metadata(call: Call) -> Reply:
    """GET /metadata."""
    _account(call)
    kas = {"enabled": False, "externalUrl": None, "version": None}
    told = {"version": call.shelves.version, "revision": "practice"}
    return Reply(told | {"kas": kas, "enterprise": False})


ROUTES = (
    Route("GET", "/user", get_user, scopes=("api", "read_api", "read_user")),
    Route("GET", "/users", list_users),
    Route("GET", "/users/:number", get_one),
    Route("GET", "/version", version, scopes=("api", "read_api", "read_user")),
    Route("GET", "/metadata", metadata, scopes=("api", "read_api", "read_user")),
    Route("GET", "/personal_access_tokens/self", own_token, scopes=SCOPES),
    *(Route("GET", f"/projects/:project/members{all_}", list_members) for all_ in ("", "/all")),
    *(Route("GET", f"/projects/:project/members{all_}/:number", get_member) for all_ in ("", "/all")),
)
