"""Puts GitHub's refusals into our words: what a person can mend, and what may work later."""

import contextlib
import json
import time
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

import requests
from github import BadAttributeException, GithubException, RateLimitExceededException

from bot.errors import CodexBotError, ForgeAwayError, RetryableError, UserError

# What PyGithub raises over an answer that no GitHub gives: a redirect to another host, a missing field, half a JSON.
_STRANGE = (BadAttributeException, AssertionError, RuntimeError, KeyError, json.JSONDecodeError)
_MIN_WAIT_S = 1.0
_UNSUSPEND = "Its owner can unsuspend it: Settings, Applications, Configure beside the App, Unsuspend."
_RENEW = (
    "Renew the bot's token, or check the App's id, its key and this machine's clock; "
    "where the App was removed just now, install it again."
)
_SECONDARY_WAIT_S = 60.0  # what GitHub asks for when it names no time


@contextlib.contextmanager
def translated(doing: str) -> Iterator[None]:
    """Translate everything that PyGithub raises while `doing` ("read the issue"); also a decorator.

    Raises `RetryableError` when GitHub is away, busy or out of budget, `UserError` for every refusal.
    """
    try:
        yield
    except GithubException as error:
        raise translate(error, doing) from error
    except requests.RequestException as error:
        raise ForgeAwayError(f"GitHub could not be reached to {doing}: {type(error).__name__}") from error
    except _STRANGE as error:
        raise UserError(
            f"The answer to the request to {doing} is not GitHub's.",
            mend="Check the setting that holds GitHub's address, and any proxy on the way.",
        ) from error


@contextlib.contextmanager
def entering(installation: int | str) -> Iterator[None]:
    """Explain why GitHub gives no token for an installation: a `UserError` where it was removed or suspended."""
    try:
        yield
    except GithubException as error:
        if error.status == HTTPStatus.NOT_FOUND:
            raise UserError(
                f"The App is not installed any more (installation {installation}).",
                mend="Install it again on the repository's owner, then ask once more.",
            ) from error
        if _is_suspended(error):
            raise UserError(f"The App's installation {installation} is suspended.", mend=_UNSUSPEND) from error
        raise


def translate(error: GithubException, doing: str) -> CodexBotError:
    """Return our error for one of GitHub's."""
    status, said = error.status, first_text(error)
    if is_limit(error):
        return RetryableError(f"GitHub asks for patience: cannot {doing} now ({said})", retry_after=_wait(error))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return ForgeAwayError(f"GitHub failed to {doing} (HTTP {status})", retry_after=_retry_after(error))
    return UserError(f"GitHub refused to {doing}: {said} (HTTP {status})", mend=_mend(error, said))


def is_limit(error: GithubException) -> bool:
    """Return whether GitHub refuses for the sake of a rate limit, primary or secondary.

    Both come as 403 or 429: https://docs.github.com/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    if error.status == HTTPStatus.TOO_MANY_REQUESTS or isinstance(error, RateLimitExceededException):
        return True
    if "RATE_LIMITED" in _graph_kinds(error):
        return True
    spent = "retry-after" in _headers(error) or _headers(error).get("x-ratelimit-remaining") == "0"
    return error.status == HTTPStatus.FORBIDDEN and spent


def _graph_kinds(error: GithubException) -> set[str]:
    """Return GitHub's words for what went wrong in GraphQL, whose answers are all 200 and which PyGithub calls 400."""
    errors = error.data.get("errors") if isinstance(error.data, dict) else None
    return {str(each.get("type")) for each in errors or () if isinstance(each, dict)}


def first_text(error: GithubException) -> str:
    """Return the most telling sentence of GitHub's answer: the first of its errors, else its message."""
    body = error.data if isinstance(error.data, dict) else {}
    message = str(body.get("message") or error.message or "no reason given")
    errors = body.get("errors")
    first = errors[0] if isinstance(errors, list) and errors else errors
    if isinstance(first, dict):
        detail = first.get("message") or " ".join(str(first[key]) for key in ("field", "code") if first.get(key))
        return str(detail) or message
    return str(first) if first else message


def _mend(error: GithubException, said: str) -> str:
    match HTTPStatus.FORBIDDEN if "FORBIDDEN" in _graph_kinds(error) else error.status:
        case HTTPStatus.UNAUTHORIZED:
            return _RENEW
        case HTTPStatus.FORBIDDEN:
            return _mend_of_forbidden(error, said)
        case HTTPStatus.NOT_FOUND:
            return "Check that it exists and that the App is installed on the repository."
        case _:
            return "Mend what GitHub names, then ask again."


def _mend_of_forbidden(error: GithubException, said: str) -> str:
    if _is_suspended(error):
        return _UNSUSPEND
    needed = _headers(error).get("x-accepted-github-permissions", "")
    if needed:
        return f"Grant the App the permission `{needed}` and accept it for the repository's owner."
    if "workflow" in said:
        return "Grant the App the permission `workflows=write`, or keep workflow files out of the change."
    return "Grant the App `contents`, `issues` and `pull_requests` (write), and accept it for the owner."


def _is_suspended(error: GithubException) -> bool:
    return error.status == HTTPStatus.FORBIDDEN and "suspended" in first_text(error).lower()


def _wait(error: GithubException) -> float:
    told = _retry_after(error)
    if told is not None:
        return told
    headers = _headers(error)
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining", "0") == "0" and reset.isdecimal():
        return max(_MIN_WAIT_S, int(reset) - time.time() + _MIN_WAIT_S)
    return _SECONDARY_WAIT_S


def _retry_after(error: GithubException) -> float | None:
    value = _headers(error).get("retry-after", "")
    return max(_MIN_WAIT_S, float(value)) if value.isdecimal() else None


def _headers(error: GithubException) -> dict[str, Any]:
    return {name.lower(): value for name, value in (error.headers or {}).items()}
