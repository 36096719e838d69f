"""Changing issues and merge requests: texts, labels, assignees and state, and the one event that tells of it."""

import dataclasses
from collections.abc import Mapping
from typing import Any

from infra.practice_forge.gitlab.acts.announce import announce, envelope, hook_time, labels, subject_attributes
from infra.practice_forge.gitlab.acts.remarks import remark
from infra.practice_forge.gitlab.records import MergeRequest, Subject
from infra.practice_forge.gitlab.refusals import invalid_field
from infra.practice_forge.gitlab.shapes.people import people
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.state import Account, Issue, Repository

LONGEST_TITLE = 255
LONGEST_TEXT = 1_000_000


@dataclasses.dataclass(frozen=True, slots=True)
class Edit:
    """What of an issue or merge request shall change; None leaves it as it is."""

    title: str | None = None
    body: str | None = None
    labels: tuple[str, ...] | None = None
    assignees: tuple[str, ...] | None = None
    is_open: bool | None = None
    target: str | None = None
    reviewers: tuple[str, ...] | None = None


def check_text(title: str | None, body: str | None) -> None:
    """Refuse a title or description that GitLab would refuse."""
    if title is not None and not title.strip():
        raise invalid_field("title", "can't be blank")
    if title is not None and len(title) > LONGEST_TITLE:
        raise invalid_field("title", f"is too long (maximum is {LONGEST_TITLE} characters)")
    if body is not None and len(body) > LONGEST_TEXT:
        raise invalid_field("description", f"is too long (maximum is {LONGEST_TEXT} characters)")


def change(shelves: Shelves, repo: Repository, author: Account, subject: Subject, edit: Edit) -> Subject:
    """Change an issue or merge request and tell the hooks once; returns it unchanged if nothing is new."""
    check_text(edit.title, edit.body)
    values = {
        name: value
        for name in ("title", "body", "labels", "assignees", "target", "reviewers")
        if (value := getattr(edit, name)) is not None and value != getattr(subject, name)
    }
    is_open = subject.closed_at is None and not (isinstance(subject, MergeRequest) and subject.merged_at)
    turns = edit.is_open is not None and edit.is_open != is_open
    if not values and not turns:
        return subject
    now = shelves.state.now()
    times: dict[str, Any] = {"updated_at": now} | ({"closed_at": None if edit.is_open else now} if turns else {})
    new = dataclasses.replace(subject, **values, **times)
    _keep(shelves, new)
    if new.title != subject.title:
        remark(shelves, author, new, f"changed title from **{subject.title}** to **{new.title}**")
    action = "update" if not turns else "reopen" if edit.is_open else "close"
    tell(shelves, repo, author, new, action, changes=changes(shelves, repo, subject, new))
    return new


def _keep(shelves: Shelves, subject: Subject) -> None:
    if isinstance(subject, MergeRequest):
        shelves.keep_merge_request(subject)
    else:
        shelves.state.keep_issue(subject)


def changes(shelves: Shelves, repo: Repository, old: Subject, new: Subject) -> dict[str, Any]:
    """Return what became of the fields, as `changes` of an event has it."""
    before, after = _told(shelves, repo, old), _told(shelves, repo, new)
    return {
        name: {"previous": before[name], "current": after[name]}
        for name in before
        if before[name] != after.get(name, before[name])
    }


def _told(shelves: Shelves, repo: Repository, subject: Subject) -> Mapping[str, Any]:
    """Return the fields whose changes are told."""
    told: dict[str, Any] = {
        "title": subject.title,
        "description": subject.body,
        "labels": labels(repo, subject.labels),
        "assignees": people(shelves.forge, subject.assignees),
        "updated_at": hook_time(subject.updated_at),
        "closed_at": hook_time(subject.closed_at),
        "state_id": _state_id(subject),
    }
    if isinstance(subject, MergeRequest):
        told |= {"target_branch": subject.target, "draft": subject.draft}
        told |= {"reviewers": people(shelves.forge, subject.reviewers)}
    return told


def _state_id(subject: Subject) -> int:
    if isinstance(subject, MergeRequest):
        return {"opened": 1, "closed": 2, "merged": 3}[subject.state]
    return 1 if subject.is_open else 2


def tell(
    shelves: Shelves,
    repo: Repository,
    author: Account,
    subject: Subject,
    action: str,
    *,
    changes: Mapping[str, Any] | None = None,
    more: Mapping[str, Any] | None = None,
) -> None:
    """Send the event of an issue or merge request; `more` joins its attributes."""
    payload = event(shelves, repo, author, subject, {"action": action} | dict(more or {}))
    announce(shelves, repo, flag_of(subject), payload | {"changes": dict(changes or {})})


def event(
    shelves: Shelves, repo: Repository, author: Account, subject: Subject, more: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the payload of an issue or merge request, without changes; `more` joins its attributes."""
    kind = "merge_request" if isinstance(subject, MergeRequest) else "issue"
    attributes = subject_attributes(shelves, repo, subject) | dict(more)
    payload = envelope(shelves, repo, author, kind) | {
        "object_attributes": attributes,
        "labels": labels(repo, subject.labels),
        "changes": {},
        "assignees": people(shelves.forge, subject.assignees),
    }
    if isinstance(subject, MergeRequest):
        payload |= {"reviewers": people(shelves.forge, subject.reviewers)}
    return payload


def flag_of(subject: Subject) -> str:
    """Return the flag under which hooks hear of a subject; confidential issues have their own."""
    if isinstance(subject, MergeRequest):
        return "merge_requests_events"
    return "confidential_issues_events" if subject.confidential else "issues_events"


def open_issue(shelves: Shelves, repo: Repository, author: Account, wish: Edit, *, confidential: bool = False) -> Issue:
    """Open an issue and tell the hooks."""
    check_text(wish.title, wish.body)
    state, now = shelves.state, shelves.state.now()
    issue = Issue(
        id=state.new_id(),
        repo_id=repo.id,
        number=state.next_number(repo.id),
        title=wish.title or "",
        body=wish.body or "",
        author=author.login,
        created_at=now,
        updated_at=now,
        labels=wish.labels or (),
        assignees=wish.assignees or (),
        confidential=confidential,
    )
    state.keep_issue(issue)
    tell(shelves, repo, author, issue, "open")
    return issue
