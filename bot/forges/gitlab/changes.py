"""Turns what happens to merge requests, besides talk, into events: pushes, requests for a review, failed pipelines."""

from bot.events import Event, Unwanted
from bot.forges.gitlab import parts
from bot.forges.gitlab.payloads import MergeRequestPayload, PipelinePayload
from bot.forges.hearing import Hearing


def merge_request_event(guid: str, payload: MergeRequestPayload, hearing: Hearing) -> Event | Unwanted:
    """Return the event of a merge request that has something new to look at, or why there is none."""
    request, sender = payload.object_attributes, parts.account(payload.user, hearing)
    action = _action(payload, hearing)
    reason = "" if action else f"merge requests with the action {request.action or 'unknown'} ask for nothing"
    if action and action != "review_requested" and (request.draft or request.work_in_progress):
        reason = "drafts are not looked at"
    if not request.iid:
        reason = reason or "the merge request is told without its number"
    reason = reason or hearing.why_not(sender)
    if reason:
        return Unwanted(guid, "merge_request", reason)
    return Event(
        forge="gitlab",
        guid=guid,
        kind="pull_request",
        action=action,
        repo=parts.repo(payload.project.path_with_namespace),
        issue=parts.issue(request, payload.user, hearing, is_pull_request=True),
        comment=None,
        sender=sender,
        moment=request.updated_at,
        head=request.last_commit.id if request.last_commit else "",
    )


def _action(payload: MergeRequestPayload, hearing: Hearing) -> str:
    """Return what there is to look at; empty for nothing."""
    request, changes = payload.object_attributes, payload.changes
    if request.action in {"open", "reopen"}:
        return "opened"
    new = [user.username for user in changes.reviewers.current if user not in changes.reviewers.previous]
    if any(map(hearing.is_own, new)):
        return "review_requested"
    if request.action != "update":
        return ""
    if request.oldrev:
        return "pushed"
    return "ready" if changes.draft.previous and changes.draft.current is False else ""


def pipeline_event(guid: str, payload: PipelinePayload, hearing: Hearing) -> Event | Unwanted:
    """Return the event of a pipeline that failed for a merge request, or why there is none."""
    pipeline, sender = payload.object_attributes, parts.account(payload.user, hearing)
    reason = "" if pipeline.status == "failed" else f"pipelines that are {pipeline.status or 'unknown'} ask for nothing"
    reason = reason or hearing.why_not(sender)
    if payload.merge_request is None:
        reason = reason or "the pipeline belongs to no merge request"
    if reason or payload.merge_request is None:
        return Unwanted(guid, "pipeline", reason)
    return Event(
        forge="gitlab",
        guid=guid,
        kind="check",
        action="failed",
        repo=parts.repo(payload.project.path_with_namespace),
        issue=parts.issue(payload.merge_request, payload.user, hearing, is_pull_request=True),
        comment=None,
        sender=sender,
        head=pipeline.sha,
    )
