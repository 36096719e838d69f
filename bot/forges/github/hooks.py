"""Checks GitHub's deliveries and turns them into events."""

import hmac
from typing import TypeVar

import pydantic
import pydantic_core

from bot.errors import SettingsError
from bot.events import Comment, Event, Headers, Unwanted
from bot.forges.github import parts
from bot.forges.github.changes import FAILURES, failure_event, pull_event
from bot.forges.github.payloads import (
    CommentPayload,
    IssueCommentPayload,
    IssuesPayload,
    PullRequestPayload,
    ReviewCommentPayload,
)
from bot.forges.hearing import Hearing

_SIGNATURE = "x-hub-signature-256"
_NOT_JSON = "the body is not JSON; the webhook's content type must be application/json"
_NO_OBJECT = "the body is not a JSON object"
_EVERYBODY = Hearing()
# Nothing is kept of an installation that such an event would have to clear: each job makes its own client, gets its own
# token, and so meets at once what GitHub says by then. And no event reaches a worker, which is another process.
_INSTALLED = "every job asks GitHub itself what the App may reach"
_NEEDLESS = {"installation": _INSTALLED, "installation_repositories": _INSTALLED}

Payload = TypeVar("Payload", bound=pydantic.BaseModel)


class GitHubHooks:
    """The listening half for GitHub: one webhook secret, no network."""

    __slots__ = ("_hearing", "_secret")

    def __init__(self, secret: str, hearing: Hearing = _EVERYBODY) -> None:
        if not secret:
            raise SettingsError(
                "GitHub's webhooks need a secret.",
                mend="Set the same long random secret in the webhook's settings at GitHub and in the bot's.",
            )
        self._secret = secret.encode()
        self._hearing = hearing

    def verify(self, headers: Headers, body: bytes) -> bool:
        """Return whether `X-Hub-Signature-256` is the HMAC-SHA256 of the raw body under our secret.

        `headers` has lower-case names. See https://docs.github.com/webhooks/using-webhooks/validating-webhook-deliveries
        """
        right = "sha256=" + hmac.digest(self._secret, body, "sha256").hex()
        given = headers.get(_SIGNATURE, "")
        return hmac.compare_digest(right.encode(), given.encode(errors="replace"))

    def read(self, headers: Headers, body: bytes) -> Event | Unwanted:
        """Turn a verified delivery into an Event, or into an Unwanted that says why not."""
        return read_delivery(headers, body, self._hearing)


def read_delivery(headers: Headers, body: bytes, hearing: Hearing = _EVERYBODY) -> Event | Unwanted:
    """Turn a delivery of GitHub's into an Event, or into an Unwanted that says why not.

    Raises `ValueError`, and nothing else, when a header is missing or the body is no delivery; the text
    holds nothing of the body.
    """
    kind = _header(headers, "x-github-event")
    guid = _header(headers, "x-github-delivery")
    match kind:
        case "issue_comment":
            said = _read(IssueCommentPayload, kind, body)
            return _comment_event(guid, kind, said, str(said.comment.id), hearing)
        case "pull_request_review_comment":
            on_line = _read(ReviewCommentPayload, kind, body)
            place = f"pulls/comments/{on_line.comment.id}"
            thread = f"pulls/comments/{on_line.comment.begun_by}"
            return _comment_event(guid, kind, on_line, place, hearing, thread=thread)
        case "issues":
            return _issue_event(guid, _read(IssuesPayload, kind, body), hearing)
        case "pull_request":
            return pull_event(guid, _read(PullRequestPayload, kind, body), hearing)
    if kind in FAILURES:
        return failure_event(guid, kind, _read(FAILURES[kind], kind, body), hearing)
    _check_json(body)
    return Unwanted(guid, kind, _NEEDLESS.get(kind, f"{kind} events are not read"))


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


def _comment_event(
    guid: str, kind: str, payload: CommentPayload, comment_id: str, hearing: Hearing, *, thread: str = ""
) -> Event | Unwanted:
    reason = _why_no_comment(payload) or hearing.why_not(parts.account(payload.sender, hearing))
    if reason:
        return Unwanted(guid, kind, reason)
    comment = Comment(comment_id, payload.comment.body or "", parts.account(payload.comment.user, hearing))
    return _event(guid, "comment", payload, hearing, comment=comment, before=_before(payload) or "", thread=thread)


def _why_no_comment(payload: CommentPayload) -> str:
    if payload.action == "edited" and _before(payload) is None:
        return "the edit left the comment's text as it was"
    if payload.action not in {"created", "edited"}:
        return f"comments that are {payload.action} ask for nothing"
    return ""


def _issue_event(guid: str, payload: IssuesPayload, hearing: Hearing) -> Event | Unwanted:
    labelled = payload.action == "labeled" and payload.label is not None
    assigned = payload.action == "assigned" and payload.assignee is not None
    reason = "" if labelled or assigned else f"issues that are {payload.action} ask for nothing"
    if payload.assignee and assigned and not hearing.is_own(payload.assignee.login):
        reason = "the issue was assigned to somebody else"
    reason = reason or hearing.why_not(parts.account(payload.sender, hearing))
    if reason:
        return Unwanted(guid, "issues", reason)
    labels = (payload.label.name,) if payload.label and labelled else ()
    kind = "label" if labelled else "assignment"
    return _event(guid, kind, payload, hearing, labels=labels, moment=payload.issue.updated_at)


def _before(payload: CommentPayload) -> str | None:
    """Return what an edited comment said before; None where its text was not edited."""
    return payload.changes.body.before if payload.changes and payload.changes.body else None


def _event(
    guid: str,
    kind: str,
    payload: IssuesPayload | CommentPayload,
    hearing: Hearing,
    *,
    comment: Comment | None = None,
    before: str = "",
    labels: tuple[str, ...] = (),
    moment: str = "",
    thread: str = "",
) -> Event:
    return Event(
        forge="github",
        guid=guid,
        kind=kind,
        action=payload.action,
        repo=parts.repo(payload.repository),
        issue=parts.issue(payload.issue, hearing),
        comment=comment,
        sender=parts.account(payload.sender, hearing),
        installation=parts.installation(payload.installation),
        before=before,
        labels=labels,
        moment=moment,
        thread=thread,
    )
