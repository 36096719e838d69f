"""Checks GitLab's deliveries and turns them into events."""

import hashlib
import hmac
from typing import Any, TypeVar

import pydantic
import pydantic_core
from standardwebhooks import Webhook, WebhookVerificationError

from bot.errors import SettingsError
from bot.events import Comment, Event, Headers, Unwanted
from bot.forges.gitlab import parts
from bot.forges.gitlab.changes import merge_request_event, pipeline_event
from bot.forges.gitlab.payloads import (
    Delivery,
    IssuePart,
    IssuePayload,
    MergeRequestPayload,
    NotePayload,
    PipelinePayload,
)
from bot.forges.hearing import Hearing

SIGNING_PREFIX = "whsec_"
_CONFIDENTIAL = "what is confidential is left alone: what the bot makes of it would not be"

_EVERYBODY = Hearing()

Payload = TypeVar("Payload", bound=pydantic.BaseModel)


class GitLabHooks:
    """The listening half for GitLab, no network.

    `secrets` holds what GitLab was told, apart by white space: signing tokens (`whsec_...`), secret tokens, or both.
    """

    __slots__ = ("_hearing", "_signers", "_tokens")

    def __init__(self, secrets: str, hearing: Hearing = _EVERYBODY) -> None:
        given = secrets.split()
        if not given:
            raise SettingsError(
                "GitLab's webhooks need a secret.",
                mend="Set a signing token (whsec_...) in the webhook's settings at GitLab and in the bot's.",
            )
        self._signers = [_signer(secret) for secret in given if secret.startswith(SIGNING_PREFIX)]
        self._hearing = hearing
        self._tokens = [secret.encode() for secret in given if not secret.startswith(SIGNING_PREFIX)]

    def verify(self, headers: Headers, body: bytes) -> bool:
        """Return whether the delivery is signed with our signing token, or holds our secret token.

        `headers` has lower-case names. A signature that is there must be right: a token beside it is not asked.
        See https://docs.gitlab.com/user/project/integrations/webhooks/#validate-payloads-using-a-signing-token
        """
        if "webhook-signature" in headers:
            return any(_is_signed(signer, headers, body) for signer in self._signers)
        given = headers.get("x-gitlab-token", "").encode(errors="replace")
        return any(hmac.compare_digest(token, given) for token in self._tokens)

    def read(self, headers: Headers, body: bytes) -> Event | Unwanted:
        """Turn a verified delivery into an Event, or into an Unwanted that says why not."""
        return read_delivery(headers, body, self._hearing)


def _signer(secret: str) -> Webhook:
    try:
        return Webhook(secret)
    except Exception:  # noqa: BLE001 - the library names no error for a wrong key; its words may quote the secret
        signer = None
    if signer is None:
        raise SettingsError(
            "GitLab's signing token cannot be read.",
            mend=f"It is {SIGNING_PREFIX} and 32 bytes in base64, as GitLab showed it when the webhook was made.",
        )
    return signer


def _is_signed(signer: Webhook, headers: Headers, body: bytes) -> bool:
    try:
        signer.verify(body, dict(headers), json_parse=False)
    except (WebhookVerificationError, ValueError):  # the latter for what is no UTF-8 or no base64
        return False
    return True


def read_delivery(headers: Headers, body: bytes, hearing: Hearing = _EVERYBODY) -> Event | Unwanted:
    """Turn a delivery of GitLab's into an Event, or into an Unwanted that says why not.

    Raises `ValueError`, and nothing else, when the body is no delivery; the text holds nothing of the body.
    """
    document = _document(body)
    kind = _read(Delivery, "delivery", document).kind
    guid = _guid(headers, body)
    if kind == "note":
        return _comment_event(guid, _read(NotePayload, kind, document), hearing)
    if kind == "issue":
        return _issue_event(guid, _read(IssuePayload, kind, document), hearing)
    if kind == "merge_request":
        return merge_request_event(guid, _read(MergeRequestPayload, kind, document), hearing)
    if kind == "pipeline":
        return pipeline_event(guid, _read(PipelinePayload, kind, document), hearing)
    return Unwanted(guid, kind or "unnamed", f"{kind or 'unnamed'} events are not read")


def _guid(headers: Headers, body: bytes) -> str:
    """Return the delivery's name, the same whenever it is sent again; before GitLab 17.4 only the body is."""
    given = headers.get("idempotency-key", "").strip() or headers.get("webhook-id", "").strip()
    return given or f"body-{hashlib.sha256(body).hexdigest()[:32]}"


def _document(body: bytes) -> dict[str, Any]:
    try:
        # Unlike json.loads it refuses bottomless nesting and broken Unicode with a ValueError.
        document = pydantic_core.from_json(body, allow_inf_nan=False)
    except ValueError:
        raise ValueError("the body is not JSON") from None
    if not isinstance(document, dict):
        raise ValueError("the body is not a JSON object")  # noqa: TRY004 - callers catch one kind
    return document


def _read(shape: type[Payload], kind: str, document: dict[str, Any]) -> Payload:
    try:
        # Strict models take a list for a tuple from JSON only.
        return shape.model_validate(document, strict=False)
    except pydantic.ValidationError as error:
        wrong = {".".join(map(str, found["loc"])) for found in error.errors(include_input=False, include_url=False)}
    raise ValueError(f"the {kind} lacks or misshapes {', '.join(sorted(wrong))}")


def _comment_event(guid: str, payload: NotePayload, hearing: Hearing) -> Event | Unwanted:
    note, talk = payload.object_attributes, payload.issue or payload.merge_request
    author = parts.account(payload.user, hearing)
    reason = _why_no_comment(payload, talk) or hearing.why_not(author)
    if reason or talk is None:
        return Unwanted(guid, "note", reason)
    place = "issues" if payload.issue else "merge_requests"
    return Event(
        forge="gitlab",
        guid=guid,
        kind="comment",
        action="edited" if note.action == "update" else "created",
        repo=parts.repo(payload.project.path_with_namespace),
        issue=parts.issue(talk, payload.user, hearing, is_pull_request=payload.issue is None),
        comment=Comment(f"{place}/{talk.iid}/notes/{note.id}", note.note or "", author),
        sender=author,
        thread=note.thread,
    )


def _why_no_comment(payload: NotePayload, talk: IssuePart | None) -> str:
    note = payload.object_attributes
    if talk is None:
        return f"comments on a {note.noteable_type or 'thing without a name'} ask for nothing"
    if note.system:
        return "GitLab's own notes ask for nothing"
    if payload.is_confidential or talk.confidential or note.internal:
        return _CONFIDENTIAL
    if note.action not in {"create", "update"}:
        return f"comments with the action {note.action} ask for nothing"
    if note.action == "update" and note.author_id != payload.user.id:
        return "somebody else than its author changed the comment"  # and who that author is, GitLab does not say
    return ""


def _issue_event(guid: str, payload: IssuePayload, hearing: Hearing) -> Event | Unwanted:
    issue, sender = payload.object_attributes, parts.account(payload.user, hearing)
    labels, assigned = _new_labels(payload), any(map(hearing.is_own, _new_assignees(payload)))
    reason = "" if labels or assigned else f"issues with the action {issue.action or 'unknown'} ask for nothing"
    if payload.is_confidential or issue.confidential:
        reason = _CONFIDENTIAL
    reason = reason or hearing.why_not(sender)
    if reason:
        return Unwanted(guid, "issue", reason)
    return Event(
        forge="gitlab",
        guid=guid,
        kind="assignment" if assigned else "label",
        action="assigned" if assigned else "labeled",
        repo=parts.repo(payload.project.path_with_namespace),
        issue=parts.issue(issue, payload.user, hearing, is_pull_request=False),
        comment=None,
        sender=sender,
        labels=tuple(labels),
        moment=issue.updated_at,
    )


def _new_labels(payload: IssuePayload) -> list[str]:
    if payload.object_attributes.action == "open":  # what is new has no changes
        return [label.title for label in payload.labels]
    changed = payload.changes.labels
    return [label.title for label in changed.current if label not in changed.previous]


def _new_assignees(payload: IssuePayload) -> list[str]:
    if payload.object_attributes.action == "open":
        return [user.username for user in payload.assignees]
    changed = payload.changes.assignees
    return [user.username for user in changed.current if user not in changed.previous]
