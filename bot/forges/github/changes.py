"""Turns what happens to pull requests, besides talk, into events: pushes, requests for a review, failed checks."""

from collections.abc import Mapping

from bot.events import Event, Unwanted
from bot.forges.github import parts
from bot.forges.github.payloads import CheckSuitePayload, OutcomeDelivery, PullRequestPayload, WorkflowRunPayload
from bot.forges.hearing import Hearing

# A check suite holds the runs of one App, a workflow's run those of GitHub's own.
FAILURES: Mapping[str, type[CheckSuitePayload | WorkflowRunPayload]] = {
    "check_suite": CheckSuitePayload,
    "workflow_run": WorkflowRunPayload,
}
_ACTIONS = {
    "opened": "opened",
    "reopened": "opened",
    "ready_for_review": "ready",
    "synchronize": "pushed",
    "review_requested": "review_requested",
}
_FAILED = frozenset({"failure", "timed_out", "startup_failure"})


def pull_event(guid: str, payload: PullRequestPayload, hearing: Hearing) -> Event | Unwanted:
    """Return the event of a pull request that has something new to look at, or why there is none."""
    reason = _why_unwanted(payload, hearing) or hearing.why_not(parts.account(payload.sender, hearing))
    if reason:
        return Unwanted(guid, "pull_request", reason)
    return Event(
        forge="github",
        guid=guid,
        kind="pull_request",
        action=_ACTIONS[payload.action],
        repo=parts.repo(payload.repository),
        issue=parts.issue(payload.pull_request, hearing),
        comment=None,
        sender=parts.account(payload.sender, hearing),
        installation=parts.installation(payload.installation),
        moment=payload.pull_request.updated_at,
        head=payload.pull_request.head.sha,
    )


def _why_unwanted(payload: PullRequestPayload, hearing: Hearing) -> str:
    if payload.action not in _ACTIONS:
        return f"pull requests that are {payload.action} ask for nothing"
    reviewer = payload.requested_reviewer.login if payload.requested_reviewer else ""
    if payload.action == "review_requested" and not hearing.is_own(reviewer):
        return "somebody else was asked for a review"
    if payload.pull_request.draft and payload.action != "review_requested":
        return "drafts are not looked at"
    return ""


def failure_event(
    guid: str, kind: str, payload: CheckSuitePayload | WorkflowRunPayload, hearing: Hearing
) -> Event | Unwanted:
    """Return the event of checks that failed for a pull request of this repository, or why there is none."""
    outcome = payload.outcome
    reason = _why_no_failure(payload, outcome.conclusion) or hearing.why_not(parts.account(payload.sender, hearing))
    if not reason and not outcome.pull_requests:
        reason = "the checks belong to no pull request of this repository"
    if reason:
        return Unwanted(guid, kind, reason)
    return Event(
        forge="github",
        guid=guid,
        kind="check",
        action="failed",
        repo=parts.repo(payload.repository),
        issue=parts.issue(outcome.pull_requests[0], hearing),
        comment=None,
        sender=parts.account(payload.sender, hearing),
        installation=parts.installation(payload.installation),
        head=outcome.head_sha,
    )


def _why_no_failure(payload: OutcomeDelivery, conclusion: str | None) -> str:
    if payload.action != "completed":
        return f"checks that are {payload.action} ask for nothing"
    return "" if conclusion in _FAILED else f"checks that end with {conclusion} ask for nothing"
