"""Checks GitHub's deliveries and turns them into events."""

import dataclasses
import hmac
from typing import TypeVar

import pydantic
import pydantic_core

from bot.errors import SettingsError
from bot.events import Account, Comment, Event, Headers, Issue, Repo, Unwanted
from bot.forges.github.payloads import IssueCommentPayload, IssueDelivery, IssuesPayload, User

_SIGNATURE = "x-hub-signature-256"
_GHOST = "ghost"  # the account that GitHub shows where somebody deleted theirs
_NOT_JSON = "the body is not JSON; the webhook's content type must be application/json"
_NO_OBJECT = "the body is not a JSON object"

Payload = TypeVar("Payload", bound=pydantic.BaseModel)


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
        """Turn a verified delivery into an Event, or into an Unwanted that says why not."""
        return read_delivery(headers, body)


def read_delivery(headers: Headers, body: bytes) -> Event | Unwanted:
    """Turn a delivery of GitHub's into an Event for a comment or a label, or into an Unwanted that says why not.

    Raises `ValueError`, and nothing else, when a header is missing or the body is no delivery; the text
    holds nothing of the body.
    """
    kind = _header(headers, "x-github-event")
    guid = _header(headers, "x-github-delivery")
    if kind == "issue_comment":
        return _comment_event(guid, _read(IssueCommentPayload, kind, body))
    if kind == "issues":
        return _label_event(guid, _read(IssuesPayload, kind, body))
    _check_json(body)
    return Unwanted(guid, kind, f"{kind} events are not read")


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


def _read(shape: type[Payload], kind: str, body: bytes) -> Payload:
    try:
        return shape.model_validate_json(body)  # what is not asked for is never made into objects
    except pydantic.ValidationError as error:
        found = error.errors(include_input=False, include_url=False)
    if found[0]["type"] == "json_invalid":
        raise ValueError(_NOT_JSON)
    if found[0]["type"] == "model_type" and not found[0]["loc"]:
        raise ValueError(_NO_OBJECT)
    wrong = sorted({".".join(map(str, each["loc"])) for each in found})
    raise ValueError(f"the {kind} delivery lacks or misshapes {', '.join(wrong)}")


def _comment_event(guid: str, payload: IssueCommentPayload) -> Event | Unwanted:
    reason = _why_unwanted(payload)
    if reason:
        return Unwanted(guid, "issue_comment", reason)
    comment = Comment(str(payload.comment.id), payload.comment.body or "", _account(payload.comment.user))
    event = _event(guid, "comment", payload)
    return dataclasses.replace(event, comment=comment, before=_before(payload) or "")


def _why_unwanted(payload: IssueCommentPayload) -> str:
    if payload.action == "edited" and _before(payload) is None:
        return "the edit left the comment's text as it was"
    if payload.action not in {"created", "edited"}:
        return f"comments that are {payload.action} ask for nothing"
    return _why_unheard(payload.sender)


def _label_event(guid: str, payload: IssuesPayload) -> Event | Unwanted:
    if payload.action != "labeled" or payload.label is None:
        return Unwanted(guid, "issues", f"issues that are {payload.action} ask for nothing")
    reason = _why_unheard(payload.sender)
    if reason:
        return Unwanted(guid, "issues", reason)
    event = _event(guid, "label", payload)
    return dataclasses.replace(event, labels=(payload.label.name,), moment=payload.issue.updated_at)


def _why_unheard(sender: User) -> str:
    return f"{sender.login} is a bot" if sender.is_bot else ""


def _before(payload: IssueCommentPayload) -> str | None:
    """Return what an edited comment said before; None where its text was not edited."""
    return payload.changes.body.before if payload.changes and payload.changes.body else None


def _event(guid: str, kind: str, payload: IssueDelivery) -> Event:
    issue = payload.issue
    return Event(
        forge="github",
        guid=guid,
        kind=kind,
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
        comment=None,
        sender=_account(payload.sender),
        installation=str(payload.installation.id) if payload.installation else "",
    )


def _account(user: User | None) -> Account:
    return Account(user.login, is_bot=user.is_bot) if user else Account(_GHOST)
