"""From a request below /api/v4 to its handler and back: the order in which GitLab's rules apply."""

import collections
import json
import logging
import time
from datetime import datetime, timedelta
from http import HTTPStatus

from werkzeug.wrappers import Request, Response

from infra.practice_forge.faults import Fault
from infra.practice_forge.gitlab.access import READS, Asker, identify, require_scope
from infra.practice_forge.gitlab.calls import Call, Promise, raw_path
from infra.practice_forge.gitlab.refusals import Refusal, forbidden
from infra.practice_forge.gitlab.rest import (
    access_tokens,
    awards,
    branches,
    commits,
    discussions,
    drafts,
    events,
    files,
    hooks,
    issues,
    labels,
    members,
    merge_requests,
    notes,
    people,
    pipelines,
    projects,
    versions,
)
from infra.practice_forge.gitlab.routing import Route, Router
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.refusals import RefusalError
from infra.practice_forge.repos import GitError
from infra.practice_forge.rest.calls import Reply
from infra.practice_forge.rest.effects import note_effect

PREFIX = "/api/v4"
MODULES = (
    access_tokens,
    awards,
    branches,
    commits,
    discussions,
    drafts,
    events,
    files,
    hooks,
    issues,
    labels,
    members,
    merge_requests,
    notes,
    people,
    pipelines,
    projects,
    versions,
)
MINUTE = timedelta(minutes=1)


class Api:
    """The API as one function from request to response."""

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves
        self._router = Router([route for module in MODULES for route in module.ROUTES])
        self._seen: dict[str, collections.deque[datetime]] = {}

    def answer(self, request: Request) -> Response:
        """Answer one call. Faults on order strike here: before it takes effect, or after."""
        fault = self._shelves.forge.faults.strike(request.method, request.path)
        try:
            if fault and fault.when == "before":
                _suffer(fault)
            reply = self._handle(request)
            if fault and fault.when == "after":
                _suffer(fault)
        except RefusalError as refusal:
            reply = Reply(refusal.document(), refusal.status, refusal.headers)
        except GitError:
            logging.getLogger(__name__).exception("git failed on %s %s", request.method, request.path)
            reply = _failed(HTTPStatus.INTERNAL_SERVER_ERROR)
        return _response(reply)

    def _handle(self, request: Request) -> Reply:
        shelves = self._shelves
        route, values = self._router.find(request.method, raw_path(request).removeprefix(PREFIX))
        request.get_data(cache=True, parse_form_data=True)  # a slow sender must not hold the lock
        with shelves.state.lock:
            asker = identify(shelves.forge, request)
            limits = self._spend(asker)
            require_scope(asker, *_scopes(route, request))
            if asker.account is None and request.method not in READS:
                raise Refusal(HTTPStatus.UNAUTHORIZED, "401 Unauthorized")
            reply = route.handler(Call(shelves, request, asker), **values)
            if request.method not in READS:
                _note(shelves, request, asker, reply)
        if isinstance(reply, Promise):
            reply = reply.finish()
        return Reply(reply.body, reply.status, limits | dict(reply.headers), reply.media_type)

    def _spend(self, asker: Asker) -> dict[str, str]:
        """Count a request; beyond the limit of a minute it is refused."""
        limit = self._shelves.rate_limit
        if limit is None:
            return {}
        now, seen = self._shelves.state.clock(), self._seen.setdefault(asker.login, collections.deque())
        while seen and seen[0] <= now - MINUTE:
            seen.popleft()
        seen.append(now)
        reset = int((seen[0] + MINUTE).timestamp())
        headers = {
            "RateLimit-Limit": str(limit),
            "RateLimit-Observed": str(len(seen)),
            "RateLimit-Remaining": str(max(0, limit - len(seen))),
            "RateLimit-Reset": str(reset),
        }
        if len(seen) > limit:
            seen.pop()
            wait = max(1, reset - int(now.timestamp()))
            raise Refusal(HTTPStatus.TOO_MANY_REQUESTS, "Retry later", headers=headers | {"Retry-After": str(wait)})
        return headers


def _scopes(route: Route, request: Request) -> tuple[str, ...]:
    """Return the scopes that would do for a route."""
    return route.scopes or (("api", "read_api") if request.method in READS else ("api",))


def _suffer(fault: Fault) -> None:
    """Let a fault happen: the wait, then the failure, if it has one."""
    time.sleep(fault.delay_s)
    if fault.status is not None:
        failed = _failed(HTTPStatus(fault.status))
        raise forbidden() if failed.status == HTTPStatus.FORBIDDEN else Refusal(failed.status, failed.body["message"])


def _failed(status: HTTPStatus) -> Reply:
    return Reply({"message": f"{status.value} {status.phrase}"}, status)


def _note(shelves: Shelves, request: Request, asker: Asker, reply: Reply) -> None:
    """Write an accepted write into the effect log."""
    body = reply.body if isinstance(reply.body, dict) else {}
    found = body.get("id") or body.get("name") or ""
    note_effect(shelves.forge, request, asker.login, reply.status, str(found))


def _response(reply: Reply) -> Response:
    if reply.body is None:
        body = b""
    elif isinstance(reply.body, bytes):
        body = reply.body
    else:
        body = json.dumps(reply.body, ensure_ascii=False).encode()
    media = "application/json" if reply.media_type.startswith("application/json") else reply.media_type
    response = Response(body, reply.status, content_type=media if body else None)
    response.headers.update({"Cache-Control": "max-age=0, private, must-revalidate", "Vary": "Origin"})
    response.headers.update(reply.headers)
    return response
