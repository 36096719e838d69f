"""From a request for a page to its view and back, with the guard before every form."""

import functools
from datetime import datetime
from http import HTTPStatus
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map, Rule
from werkzeug.wrappers import Request, Response

from infra.practice_forge.forge import Dialect, Forge
from infra.practice_forge.guard import PAGE_HEADERS, require_same_origin
from infra.practice_forge.pages import code, hooks, installing, registering, talk
from infra.practice_forge.pages.desk import Desk
from infra.practice_forge.pages.markdown import Comments
from infra.practice_forge.pages.visits import COOKIE, PageRoute, Visit, see
from infra.practice_forge.refusals import RefusalError, not_found

STATIC = {"style.css": "text/css", "mark.svg": "image/svg+xml"}
SPANS = ((60, "just now", 1), (3600, "{} min ago", 60), (86_400, "{} h ago", 3600))
LARGEST_FORM_BYTES = 1 << 20


def choose_visitor(visit: Visit) -> Response:
    """Let the visitor act as somebody else."""
    login = visit.field("login")
    if login not in {person.login for person in visit.people()}:
        raise not_found()
    back = visit.field("back")
    # Only a path of ours: "//host" and "/\host" would lead away.
    response = see(back if back.startswith("/") and not back.startswith(("//", "/\\")) else "/")
    response.set_cookie(COOKIE, login, httponly=True, samesite="Strict")
    return response


def static(_visit: Visit, name: str) -> Response:
    """Send the style sheet or the mark."""
    if name not in STATIC:
        raise not_found()
    return Response(files("infra.practice_forge").joinpath("static", name).read_bytes(), mimetype=STATIC[name])


OWN_ROUTES = (
    PageRoute("POST", "/_visitor", choose_visitor),
    PageRoute("GET", "/static/<name>", static),
)


class Pages:
    """The site as one function from request to response."""

    def __init__(self, forge: Forge, desk: Desk) -> None:
        self._forge = forge
        self._desk = desk
        self._templates = _environment()
        self._comments = Comments()
        self._map = _build_map(forge.dialect)

    def answer(self, request: Request) -> Response:
        """Answer one page or form."""
        request.max_content_length = request.max_form_memory_size = LARGEST_FORM_BYTES
        visit = Visit(self._forge, self._desk, request, self._templates, self._comments)
        try:
            response = self._view(visit)
        except RefusalError as refusal:
            with self._forge.state.lock:
                response = visit.page("sorry.html", status=refusal.status, message=refusal.message)
        except HTTPException as error:
            response = error.get_response(request.environ)
        for name, value in PAGE_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    def _view(self, visit: Visit) -> Response:
        request = visit.request
        try:
            endpoint, values = self._map.bind_to_environ(request.environ).match()
        except HTTPException as error:
            raise RefusalError(HTTPStatus(error.code or HTTPStatus.NOT_FOUND), "There is no such page.") from error
        if not isinstance(endpoint, PageRoute):
            raise not_found()
        if endpoint.method == "POST":
            if not endpoint.from_elsewhere:
                require_same_origin(request)
            request.form  # noqa: B018 - reads the body now: a slow sender must not hold the lock
        with self._forge.state.lock:
            return endpoint.view(visit, **values)


@functools.cache
def _build_map(dialect: Dialect) -> Map:
    """Return the map of all pages, each with its `PageRoute` as the endpoint; all forges of a process share it."""
    routes = [*OWN_ROUTES, *code.ROUTES, *hooks.ROUTES, *installing.ROUTES, *registering.ROUTES, *talk.ROUTES]
    rules = [(rule, route) for route in routes for rule in _addresses(route.rule, dialect)]
    return Map([Rule(rule, methods=[route.method], endpoint=route) for rule, route in rules])


def _addresses(rule: str, dialect: Dialect) -> list[str]:
    """Return the addresses of a page: GitLab has groups in groups, and its own words for the same places."""
    if dialect == "github" or not rule.startswith("/<owner>/<name>"):
        return [rule]
    rest = rule.removeprefix("/<owner>/<name>")
    gitlabs = rest.replace("/pulls", "/merge_requests").replace("/pull/", "/merge_requests/")
    return [f"/<path:owner>/<name>{rest}", *([f"/<path:owner>/<name>/-{gitlabs}"] if rest else [])]


@functools.cache
def _environment() -> Environment:
    """Return the templates' environment, which compiles each template once for all forges of a process."""
    environment = Environment(
        loader=PackageLoader("infra.practice_forge", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["ago"] = ago
    return environment


def ago(time: datetime, now: datetime) -> Markup:
    """Return a time as people say it, with the exact one in the title."""
    seconds = max(0, (now - time).total_seconds())
    exact = f"{time:%Y-%m-%d %H:%M:%S} UTC"
    words = next((text.format(int(seconds // unit)) for end, text, unit in SPANS if seconds < end), f"{time:%d %b %Y}")
    return Markup('<time datetime="{}" title="{}">{}</time>').format(time.isoformat(), exact, words)
