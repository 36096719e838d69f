"""What reaches the forge at all: loopback names only, and forms only from its own pages."""

from http import HTTPStatus
from urllib.parse import urlsplit

from werkzeug.wrappers import Request

from infra.practice_forge.loopback import is_loopback
from infra.practice_forge.refusals import RefusalError, forbidden

POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
PAGE_HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    # Not no-referrer: with it Chromium sends "Origin: null" on our own forms.
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}


def require_loopback_host(request: Request) -> None:
    """Refuse a Host that is not loopback: it is how a foreign page reaches here by DNS rebinding."""
    host = urlsplit(f"//{request.headers.get('Host', '')}").hostname or ""
    if not is_loopback(host):
        raise RefusalError(HTTPStatus.MISDIRECTED_REQUEST, "The practice forge answers to loopback names only.")


def require_same_origin(request: Request) -> None:
    """Refuse a form that another site sends; programs that are no browsers send neither header and pass."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if site is not None and site not in {"same-origin", "none"}:
        raise forbidden("This form was sent from another site.")
    if site is None and origin is not None and origin != request.host_url.rstrip("/"):
        raise forbidden("This form was sent from another site.")
