"""Puts GitLab's refusals into our words: what a person can mend, and what may work later."""

import contextlib
import json
from collections.abc import Iterator
from http import HTTPStatus

import requests
from gitlab import GitlabError, GitlabParsingError, RedirectError

from bot.errors import CodexBotError, ForgeAwayError, UserError

# What is raised over an answer that no GitLab gives: a redirect, a page instead of JSON, a missing field.
_STRANGE = (RedirectError, GitlabParsingError, AttributeError, KeyError)
_LONGEST = 300


@contextlib.contextmanager
def translated(doing: str) -> Iterator[None]:
    """Translate everything that python-gitlab raises while `doing` ("read the issue"); also a decorator.

    Raises `RetryableError` when GitLab is away, busy or out of budget, `UserError` for every refusal.
    """
    try:
        yield
    except _STRANGE as error:
        raise UserError(
            f"The answer to the request to {doing} is not GitLab's.",
            mend="Check the setting CODEX_BOT_GITLAB_URL, and any proxy on the way.",
        ) from error
    except GitlabError as error:
        raise translate(error, doing) from error
    except requests.RequestException as error:
        raise ForgeAwayError(f"GitLab could not be reached to {doing}: {type(error).__name__}") from error


def translate(error: GitlabError, doing: str) -> CodexBotError:
    """Return our error for one of GitLab's."""
    status, said = error.response_code or 0, words(error)
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.REQUEST_TIMEOUT:
        return ForgeAwayError(f"GitLab is away: cannot {doing} now ({status})")
    return UserError(f"GitLab refuses to {doing}: {said}", mend=_mend(status, said))


def words(error: GitlabError) -> str:
    """Return what GitLab says, on one line and no longer than people read; scopes that a token lacks included."""
    said: object = error.error_message
    if error.response_body:
        with contextlib.suppress(ValueError, AttributeError):
            said = json.loads(error.response_body).get("error_description") or said
    text = json.dumps(said, ensure_ascii=False) if isinstance(said, dict | list) else str(said)
    return " ".join(text.split())[:_LONGEST] or "no reason given"


def _mend(status: int, said: str) -> str:
    match status:
        case HTTPStatus.UNAUTHORIZED:
            return "Renew the token: it is wrong, revoked or past its last day."
        case HTTPStatus.FORBIDDEN if "scope" in said:
            return "Give the bot a token with the scopes `api` and `write_repository`."
        case HTTPStatus.FORBIDDEN:
            return "Give the bot's account the role Developer in the project, and mind protected branches."
        case HTTPStatus.NOT_FOUND:
            return "Check that it exists and that the bot's account is a member of the project."
        case _:
            return "Mend what GitLab names, then ask again."
