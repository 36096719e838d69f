"""From a request to /api/graphql or below /api/v3 to its handler and back: the order in which GitHub's rules apply."""

import functools
import logging
import time
from http import HTTPStatus

from werkzeug.exceptions import HTTPException, MethodNotAllowed
from werkzeug.routing import Map, RequestRedirect, Rule
from werkzeug.wrappers import Request, Response

from infra.practice_forge.auth import Actor, identify
from infra.practice_forge.faults import Fault, failure
from infra.practice_forge.forge import Forge
from infra.practice_forge.refusals import RefusalError, not_found
from infra.practice_forge.repos import GitError
from infra.practice_forge.rest import (
    actions,
    app,
    checks,
    comments,
    deliveries,
    forks,
    git_data,
    graph,
    hook,
    issues,
    labels,
    people,
    pulls,
    registration,
    repos,
    review_comments,
    reviews,
    statuses,
)
from infra.practice_forge.rest.calls import Call, Reply, Route
from infra.practice_forge.rest.conditional import encoded, not_modified, tagged
from infra.practice_forge.rest.effects import note_effect
from infra.practice_forge.state import Asked

PREFIX = "/api/v3"
MODULES = (
    *(actions, app, checks, comments, deliveries, forks, git_data, hook, issues, labels, people, pulls, registration),
    *(repos, review_comments, reviews, statuses),
)
SAFE = {"GET", "HEAD"}


@functools.cache
def build_map() -> Map:
    """Return the map of all routes, each with its `Route` as the endpoint; all forges of a process share it."""
    routes: list[Route] = [route for module in MODULES for route in module.ROUTES]
    graphs = [Rule(route.rule, methods=[route.method], endpoint=route) for route in graph.ROUTES]
    rules = [Rule(PREFIX + route.rule, methods=[route.method], endpoint=route) for route in routes]
    return Map([*graphs, *rules], strict_slashes=False, merge_slashes=False)


class Rest:
    """The REST API as one function from request to response."""

    def __init__(self, forge: Forge) -> None:
        self._forge = forge
        self._map = build_map()

    def answer(self, request: Request) -> Response:
        """Answer one call. Faults on order strike here: before it takes effect, or after."""
        self._tape(request)
        fault = self._forge.faults.strike(request.method, request.path)
        headers: dict[str, str] = {}
        try:
            if fault and fault.when == "before":
                _suffer(fault)
            reply = self._handle(request, headers)
            if fault and fault.when == "after":
                _suffer(fault)
        except RefusalError as refusal:
            reply = Reply(refusal.document(), refusal.status, refusal.headers)
        except GitError:
            logging.getLogger(__name__).exception("git failed on %s %s", request.method, request.path)
            reply = Reply(failure(HTTPStatus.INTERNAL_SERVER_ERROR).document(), HTTPStatus.INTERNAL_SERVER_ERROR)
        return _response(reply, headers)

    def _tape(self, request: Request) -> None:
        if not self._forge.state.tapes:
            return
        agent, body = request.headers.get("User-Agent", ""), request.get_data(cache=True)
        asked = Asked(request.method, request.path, request.args.to_dict(), agent, body)
        for tell in self._forge.state.tapes:
            tell(asked)

    def _handle(self, request: Request, headers: dict[str, str]) -> Reply:
        forge = self._forge
        route, values = self._find(request)
        request.get_data(cache=True)  # a slow sender must not hold the lock
        with forge.state.lock:
            headers.update(forge.limits.look("", forge.state.clock()).headers())
            actor = identify(forge, request.headers.get("Authorization", ""))
            now, is_free = forge.state.clock(), route.rule == "/rate_limit"
            look = forge.limits.look if is_free else forge.limits.spend
            headers.update(look(actor.login, now).headers())
            if route.is_content:
                forge.limits.spend_content(actor.login, now)
            reply = route.handler(Call(forge, request, actor), **values)
            _note(forge, request, actor, reply)
            if request.method not in SAFE or reply.status != HTTPStatus.OK:
                return reply
            reply = tagged(reply)
            if not_modified(request, reply):
                headers.update(forge.limits.give_back(actor.login, now).headers() if actor.login else {})
                return Reply(None, HTTPStatus.NOT_MODIFIED, reply.headers)
        return reply

    def _find(self, request: Request) -> tuple[Route, dict[str, object]]:
        adapter = self._map.bind_to_environ(request.environ)
        try:
            endpoint, values = adapter.match(method="GET" if request.method == "HEAD" else None)
        except MethodNotAllowed as error:
            raise not_found() from error
        except (RequestRedirect, HTTPException) as error:
            raise not_found() from error
        if not isinstance(endpoint, Route):
            raise not_found()
        return endpoint, dict(values)


def _suffer(fault: Fault) -> None:
    """Let a fault happen: the wait, then the failure, if it has one."""
    time.sleep(fault.delay_s)
    if fault.status is not None:
        raise failure(fault.status)


def _note(forge: Forge, request: Request, actor: Actor, reply: Reply) -> None:
    """Write an accepted write into the effect log; finding a reaction already there changes nothing."""
    # GraphQL asks by POST as well, so it notes its writes itself.
    is_write = request.method not in SAFE and not request.path.startswith((f"{PREFIX}/app", graph.ADDRESS))
    if not is_write or (request.path.endswith("/reactions") and reply.status == HTTPStatus.OK):
        return
    body = reply.body if isinstance(reply.body, dict) else {}
    found = body.get("id") or body.get("sha") or body.get("object", {}).get("sha") or ""
    note_effect(forge, request, actor.login, reply.status, str(found))


def _response(reply: Reply, headers: dict[str, str]) -> Response:
    body = encoded(reply)
    response = Response(body, reply.status, content_type=reply.media_type if body else None)
    response.headers.update({"X-GitHub-Media-Type": "github.v3", "Cache-Control": "private, no-store"})
    response.headers.update(headers)
    response.headers.update({name: value for name, value in reply.headers.items() if value})
    return response
