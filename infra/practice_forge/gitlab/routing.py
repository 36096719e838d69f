"""From a raw path to a handler: a segment may hold escaped slashes, so paths are cut before they are unescaped."""

import dataclasses
import re
from collections.abc import Callable, Sequence
from http import HTTPStatus
from urllib.parse import unquote

from infra.practice_forge.gitlab.refusals import Refusal
from infra.practice_forge.rest.calls import Reply

Handler = Callable[..., Reply]
PLACE = re.compile(r":(\w+)")
# Everything but these is a number.
TEXTS = {"project", "group", "branch", "sha", "path", "discussion", "trigger", "user"}


@dataclasses.dataclass(frozen=True, slots=True)
class Route:
    """One address below `/api/v4`; `:name` stands for one segment, a number unless its name is in `TEXTS`.

    `scopes` are those that a token needs one of; empty for `api`, or `read_api` to read.
    """

    method: str
    rule: str
    handler: Handler
    scopes: tuple[str, ...] = ()

    def pattern(self) -> re.Pattern[str]:
        """Return what a raw path must look like."""
        place = PLACE.sub(lambda found: f"(?P<{found[1]}>{'[^/]+' if found[1] in TEXTS else '[0-9]{1,18}'})", self.rule)
        return re.compile(place)


class Router:
    """All routes."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = [(route.pattern(), route) for route in routes]

    def find(self, method: str, path: str) -> tuple[Route, dict[str, str | int]]:
        """Find the route of a raw path, and what its places hold; raises 404 and 405."""
        matches = [(found, route) for pattern, route in self._routes if (found := pattern.fullmatch(path))]
        if not matches:
            raise Refusal(HTTPStatus.NOT_FOUND, "404 Not Found", key="error")
        wanted = "GET" if method == "HEAD" else method
        for found, route in matches:
            if route.method == wanted:
                return route, {name: _value(name, text) for name, text in found.groupdict().items()}
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "405 Not Allowed", key="error")


def _value(name: str, text: str) -> str | int:
    return unquote(text) if name in TEXTS else int(text)
