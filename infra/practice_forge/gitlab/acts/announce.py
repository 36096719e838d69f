"""Telling the hooks: who did it, where, and what it is about, with the fields that real deliveries have."""

from collections.abc import Mapping
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Any

from infra.practice_forge.forge import Forge
from infra.practice_forge.gitlab.records import MergeRequest, Subject
from infra.practice_forge.gitlab.shapes.commits import hook_commit
from infra.practice_forge.gitlab.shapes.hooks import EVENTS
from infra.practice_forge.gitlab.shapes.issues import hook_label, issue_page
from infra.practice_forge.gitlab.shapes.merge_requests import has_conflicts, merge_request_page, merge_status
from infra.practice_forge.gitlab.shapes.people import person
from infra.practice_forge.gitlab.shapes.projects import hook_project, hook_repository
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.history import read_commit
from infra.practice_forge.state import Account, Issue, Repository


def announce(shelves: Shelves, repo: Repository, flag: str, payload: Mapping[str, Any], *, branch: str = "") -> None:
    """Send one event to every hook of the project that is subscribed to `flag`; pushes mind the branch filter."""
    for hook in shelves.hooks_of(repo):
        meant = not branch or not hook.branch_filter or fnmatchcase(branch, hook.branch_filter)
        if flag in hook.events and meant:
            shelves.sender.post(hook, EVENTS[flag], payload)


def envelope(shelves: Shelves, repo: Repository, author: Account, kind: str) -> dict[str, Any]:
    """Return what every event about an issue, merge request or note begins with."""
    return {
        "object_kind": kind,
        "event_type": kind,
        "user": hook_user(shelves.forge, author.login),
        "project": hook_project(shelves.forge, repo),
        "repository": hook_repository(shelves.forge, repo),
    }


def hook_user(forge: Forge, login: str) -> dict[str, Any]:
    """Return an account as webhooks name it; addresses are hidden from hooks."""
    who = person(forge, login)
    return {name: who[name] for name in ("id", "name", "username", "avatar_url")} | {"email": "[REDACTED]"}


def hook_time(time: datetime | None) -> str | None:
    """Return a time as webhooks write it."""
    return f"{time:%Y-%m-%d %H:%M:%S} UTC" if time else None


def subject_attributes(shelves: Shelves, repo: Repository, subject: Subject) -> dict[str, Any]:
    """Return what hooks tell of an issue or merge request."""
    if isinstance(subject, MergeRequest):
        return _shared(shelves, repo, subject) | _merge_request(shelves, repo, subject)
    return _shared(shelves, repo, subject) | _issue(shelves, repo, subject)


def _shared(shelves: Shelves, repo: Repository, subject: Subject) -> dict[str, Any]:
    assignees = [person(shelves.forge, login)["id"] for login in subject.assignees]
    return {
        "id": subject.id,
        "iid": subject.number,
        "title": subject.title,
        "description": subject.body,
        "author_id": person(shelves.forge, subject.author)["id"],
        "assignee_ids": assignees,
        "assignee_id": assignees[0] if assignees else None,
        "created_at": hook_time(subject.created_at),
        "updated_at": hook_time(subject.updated_at),
        "labels": labels(repo, subject.labels),
        "milestone_id": None,
        "updated_by_id": None,
        "last_edited_at": None,
    }


def labels(repo: Repository, names: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return labels as hooks name them."""
    return [hook_label(repo, name) for name in names]


def _issue(shelves: Shelves, repo: Repository, issue: Issue) -> dict[str, Any]:
    return {
        "project_id": repo.id,
        "url": issue_page(shelves.forge, repo, issue),
        "state": "opened" if issue.is_open else "closed",
        "state_id": 1 if issue.is_open else 2,
        "confidential": issue.confidential,
        "discussion_locked": issue.locked or None,
        "closed_at": hook_time(issue.closed_at),
        "type": "Issue",
    }


def _merge_request(shelves: Shelves, repo: Repository, request: MergeRequest) -> dict[str, Any]:
    forge = shelves.forge
    conflicts = has_conflicts(forge, repo, request)
    home = forge.state.repository_of(request.home_id)
    return {
        "url": merge_request_page(forge, repo, request),
        "state": request.state,
        "state_id": {"opened": 1, "closed": 2, "merged": 3}[request.state],
        "source_branch": request.source,
        "target_branch": request.target,
        "source_project_id": home.id,
        "target_project_id": repo.id,
        "source": hook_project(forge, home),
        "target": hook_project(forge, repo),
        "last_commit": hook_commit(forge, repo, read_commit(forge.git(repo), request.version.head_sha)),
        "draft": request.draft,
        "work_in_progress": request.draft,
        "merge_status": "cannot_be_merged" if conflicts else "can_be_merged",
        "detailed_merge_status": merge_status(request, conflicts=conflicts),
        "merge_commit_sha": request.merge_sha or None,
        "reviewer_ids": [person(forge, login)["id"] for login in request.reviewers],
        "blocking_discussions_resolved": True,
        "first_contribution": False,
    }
