"""The pages that register an App from a manifest, as a program sends it with the person's browser."""

from http import HTTPStatus
from urllib.parse import urlencode, urlsplit

from werkzeug.wrappers import Response

from infra.practice_forge.guard import POLICY
from infra.practice_forge.pages.visits import PageRoute, Visit, see
from infra.practice_forge.refusals import not_found
from infra.practice_forge.registration import Manifest, name_complaint, register


def propose(visit: Visit, org: str = "") -> Response:
    """Show what the manifest asks for, with one button; changes nothing, so any site may send somebody here."""
    return _page(visit, org, Manifest(visit.field("manifest")))


def create(visit: Visit, org: str = "") -> Response:
    """Make the App and send the person back with a code, or say why not."""
    manifest, name = Manifest(visit.field("manifest")), visit.field("name").strip()
    complaint = name_complaint(visit.forge, name)
    if manifest.complaints or complaint:
        return _page(visit, org, manifest, complaint)
    code = register(visit.forge, manifest, name=name, owner=_owner(visit, org))
    query = urlencode({"code": code, "state": visit.request.args.get("state", "")})
    return see(f"{manifest.redirect_url}?{query}")


def _page(visit: Visit, org: str, manifest: Manifest, complaint: str = "") -> Response:
    values = {"owner": _owner(visit, org), "manifest": manifest, "complaint": complaint}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if manifest.complaints or complaint else HTTPStatus.OK
    response = visit.page("register.html", status=status, text=visit.field("manifest"), **values)
    if not manifest.complaints:
        # Browsers hold a form's policy against the redirect that answers it, too.
        back = urlsplit(manifest.redirect_url)
        policy = POLICY.replace("form-action 'self'", f"form-action 'self' {back.scheme}://{back.netloc}")
        response.headers["Content-Security-Policy"] = policy
    return response


def _owner(visit: Visit, org: str) -> str:
    account = visit.forge.state.account(org) if org else visit.visitor
    if account is None or account.is_org != bool(org):
        raise not_found()
    return account.login


ROUTES = tuple(
    route
    for place in ("", "/organizations/<org>")
    for route in (
        PageRoute("POST", f"{place}/settings/apps/new", propose, from_elsewhere=True),
        PageRoute("POST", f"{place}/settings/apps", create),
    )
)
