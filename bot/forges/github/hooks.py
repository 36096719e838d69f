"""Checks GitHub's deliveries and turns them into events."""

import hmac

import pydantic
import pydantic_core

from bot.errors import SettingsError
from bot.events import Account, Comment, Event, Headers, Issue, Repo, Unwanted
from bot.forges.github.payloads import IssueCommentPayload, User

_SIGNATURE = "x-hub-signature-256"
_GHOST = "ghost"  # the account that GitHub shows where somebody deleted theirs
_NOT_JSON = "the body is not JSON; the webhook's content type must be application/json"
_NO_OBJECT = "the body is not a JSON object"


class GitHubHooks:
    """The listening half for GitHub: one webhook secret, no network."""

    __slots__ = ("_secret",)

    def __init__(self, secret: str) -> None:
        if not secret:
            raise SettingsError(
                "GitHub's webhooks need a secret.",
                mend="Set the same long random secret in the webhook's settings at GitHub and in the bot's.",
            )
        self._secret = secret.encode()

    def verify(self, headers: Headers, body: bytes) -> bool:
        """Return whether `X-Hub-Signature-256` is the HMAC-SHA256 of the raw body under our secret.

        `headers` has lower-case names. See https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
        """
        right = "sha256=" + hmac.digest(self._secret, body, "sha256").hex()
        given = headers.get(_SIGNATURE, "")
        return hmac.compare_digest(right.encode(), given.encode(errors="replace"))

    def read(self, headers: Headers, body: bytes) -> Event | Unwanted:
        """Turn a verified delivery into an Event for a new or edited comment, or into an Unwanted that says why not.

        Raises `ValueError`, and nothing else, when a header is missing or the body is no delivery; the text
        holds nothing of the body.
        """
        kind = _header(headers, "x-github-event")
        guid = _header(headers, "x-github-delivery")
        if kind != "issue_comment":
            _check_json(body)
            return Unwanted(guid, kind, f"{kind} events are not read")
        payload = _read_comment(body)
        reason = _why_unwanted(payload)
        return Unwanted(guid, kind, reason) if reason else _event(guid, payload)


def _header(headers: Headers, name: str) -> str:
    value = headers.get(name, "").strip()
    if not value:
        raise ValueError(f"the header {name} is missing")
    return value


def _check_json(body: bytes) -> None:
    try:
        # Unlike json.loads it refuses bottomless nesting and broken Unicode with a ValueError.
        document = pydantic_core.from_json(body, allow_inf_nan=False)
    except ValueError:
        raise ValueError(_NOT_JSON) from None
    if not isinstance(document, dict):
        raise ValueError(_NO_OBJECT)  # noqa: TRY004 - callers catch one kind


def _read_comment(body: bytes) -> IssueCommentPayload:
    try:
        return IssueCommentPayload.model_validate_json(body)  # what is not asked for is never made into objects
    except pydantic.ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
    if found[0]["type"] == "json_invalid":
        raise ValueError(_NOT_JSON)
    if found[0]["type"] == "model_type" and not found[0]["loc"]:
        raise ValueError(_NO_OBJECT)
    wrong = sorted({".".join(map(str, each["loc"])) for each in found})
    raise ValueError(f"the issue_comment delivery lacks or misshapes {', '.join(wrong)}")


def _why_unwanted(payload: IssueCommentPayload) -> str:
    if payload.action == "edited" and _before(payload) is None:
        return "the edit left the comment's text as it was"
    if payload.action not in {"created", "edited"}:
        return f"comments that are {payload.action} ask for nothing"
    if payload.sender.is_bot:
        return f"{payload.sender.login} is a bot"
    return ""


def _before(payload: IssueCommentPayload) -> str | None:
    """Return what an edited comment said before; None where its text was not edited."""
    return payload.changes.body.before if payload.changes and payload.changes.body else None


def _event(guid: str, payload: IssueCommentPayload) -> Event:
    issue = payload.issue
    return Event(
        forge="github",
        guid=guid,
        kind="comment",
        action=payload.action,
        repo=Repo(payload.repository.owner.login, payload.repository.name),
        issue=Issue(
            number=issue.number,
            title=issue.title,
            body=issue.body or "",
            author=_account(issue.user),
            is_pull_request=issue.pull_request is not None,
            is_open=issue.state == "open",
        ),
        comment=Comment(str(payload.comment.id), payload.comment.body or "", _account(payload.comment.user)),
        sender=_account(payload.sender),
        installation=str(payload.installation.id) if payload.installation else "",
        before=_before(payload) or "",
    )


def _account(user: User | None) -> Account:
    return Account(user.login, is_bot=user.is_bot) if user else Account(_GHOST)
