"""What GitLab says when it refuses: one document with `message`, or `error` where its framework speaks."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from infra.practice_forge.refusals import RefusalError


class Refusal(RefusalError):  # noqa: N818 - the error is its base; this one speaks GitLab
    """A refusal in GitLab's words; `said` is a sentence, a list of them, or complaints by field."""

    def __init__(
        self,
        status: HTTPStatus,
        said: Any,
        *,
        key: str = "message",
        headers: Mapping[str, str] | None = None,
        more: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(status, _sentence(said), headers=headers)
        self._body = {key: said} | dict(more or {})

    def document(self) -> dict[str, Any]:
        """Return the JSON body that GitLab would send."""
        return dict(self._body)


def _sentence(said: Any) -> str:
    """Return what was said as people read it on a page."""
    if isinstance(said, dict):
        return "; ".join(f"{name} {_sentence(complaint)}" for name, complaint in said.items())
    return "; ".join(said) if isinstance(said, list) else str(said)


def unauthorized() -> Refusal:
    """Say 401: no token, or one that is not known."""
    return Refusal(HTTPStatus.UNAUTHORIZED, "401 Unauthorized")


def invalid_token(description: str) -> Refusal:
    """Say 401 to a token that was good once."""
    more = {"error_description": description}
    return Refusal(HTTPStatus.UNAUTHORIZED, "invalid_token", key="error", more=more)


def insufficient_scope(scopes: str) -> Refusal:
    """Say 403 to a token that was not made for this; `scopes` are those that would do."""
    words = "The request requires higher privileges than provided by the access token."
    more = {"error_description": words, "scope": scopes}
    return Refusal(HTTPStatus.FORBIDDEN, "insufficient_scope", key="error", more=more)


def forbidden(reason: str = "") -> Refusal:
    """Say 403 to somebody who sees the thing and may not do this."""
    return Refusal(HTTPStatus.FORBIDDEN, f"403 Forbidden - {reason}" if reason else "403 Forbidden")


def not_found(what: str) -> Refusal:
    """Say 404 about a kind of thing: `404 Project Not Found`."""
    return Refusal(HTTPStatus.NOT_FOUND, f"404 {what} Not Found")


def record_not_found() -> Refusal:
    """Say 404 as GitLab does when its database has no such row."""
    return Refusal(HTTPStatus.NOT_FOUND, "404 Not found")


def bad_request(reason: str) -> Refusal:
    """Say 400 with a reason."""
    return Refusal(HTTPStatus.BAD_REQUEST, f"400 Bad request - {reason}")


def plain_bad_request(message: str) -> Refusal:
    """Say 400 in one sentence, as services do."""
    return Refusal(HTTPStatus.BAD_REQUEST, message)


def invalid_note(field: str, *complaints: str) -> Refusal:
    """Say 400 about a note that is not valid; GitLab shows the complaints as Ruby would print them."""
    shown = ", ".join(f'"{complaint}"' for complaint in complaints)
    return bad_request(f"Note {{:{field}=>[{shown}]}}")


def invalid_line() -> Refusal:
    """Say 400 about a position that names no line of the diff."""
    return invalid_note("line_code", "can't be blank", "must be a valid line code")


def invalid_field(name: str, complaint: str) -> Refusal:
    """Say 400 with a complaint about one field."""
    return Refusal(HTTPStatus.BAD_REQUEST, {name: [complaint]})


def bad_parameter(complaint: str) -> Refusal:
    """Say 400 as the API's framework does, before anything of the request was looked at."""
    return Refusal(HTTPStatus.BAD_REQUEST, complaint, key="error")


def conflict(said: Any) -> Refusal:
    """Say 409."""
    return Refusal(HTTPStatus.CONFLICT, said)


def method_not_allowed() -> Refusal:
    """Say 405 to what the thing's state does not allow."""
    return Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "405 Method Not Allowed")


def too_often() -> Refusal:
    """Say 429 at an address that has a limit of its own."""
    words = "This endpoint has been requested too many times. Try again later."
    return Refusal(HTTPStatus.TOO_MANY_REQUESTS, {"error": words}, headers={"Retry-After": "60"})
