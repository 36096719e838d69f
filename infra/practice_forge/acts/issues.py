"""Opening, changing and labelling issues."""

import dataclasses
from collections.abc import Sequence

from infra.practice_forge.acts.announce import announce
from infra.practice_forge.forge import Forge
from infra.practice_forge.refusals import forbidden, invalid
from infra.practice_forge.shapes.issues import issue as shape
from infra.practice_forge.shapes.issues import label
from infra.practice_forge.shapes.pulls import full_pull
from infra.practice_forge.state import Account, Issue, Repository

LONGEST_TITLE = 256
LONGEST_BODY = 65_536


@dataclasses.dataclass(frozen=True, slots=True)
class Edit:
    """What of an issue or pull request shall change; None leaves it as it is."""

    title: str | None = None
    body: str | None = None
    is_open: bool | None = None


def check_text(resource: str, title: str | None, body: str | None) -> None:
    """Refuse a title or body that GitHub would refuse."""
    if title is not None and not title.strip():
        raise invalid(resource, "title", "missing_field")
    if title is not None and len(title) > LONGEST_TITLE:
        raise invalid(resource, "title", "custom", f"title is too long (maximum is {LONGEST_TITLE} characters)")
    if body is not None and len(body) > LONGEST_BODY:
        raise invalid(resource, "body", "custom", f"body is too long (maximum is {LONGEST_BODY} characters)")


def open_issue(
    forge: Forge, repo: Repository, author: Account, *, title: str, body: str, labels: Sequence[str] = ()
) -> Issue:
    """Open an issue and tell the App."""
    check_text("Issue", title, body)
    state, now = forge.state, forge.state.now()
    issue = Issue(
        id=state.new_id(),
        repo_id=repo.id,
        number=state.next_number(repo.id),
        title=title,
        body=body,
        author=author.login,
        created_at=now,
        updated_at=now,
        labels=tuple(dict.fromkeys(labels)),
    )
    state.keep_issue(issue)
    announce(forge, repo, author, "issues", {"action": "opened", "issue": shape(forge, repo, issue)})
    return issue


def change_issue(forge: Forge, repo: Repository, author: Account, issue: Issue, edit: Edit) -> Issue:
    """Retitle, rewrite, close or reopen an issue or pull request, and tell the App of each."""
    check_text("Issue", edit.title, edit.body)
    now = forge.state.now()
    old_texts = {"title": issue.title, "body": issue.body}
    new_texts = {name: value for name in old_texts if (value := getattr(edit, name)) is not None}
    changed = {name: {"from": old_texts[name]} for name, value in new_texts.items() if value != old_texts[name]}
    closed_at = issue.closed_at
    if edit.is_open is not None:
        closed_at = None if edit.is_open else issue.closed_at or now
    turned = (closed_at is None) != issue.is_open
    if not changed and not turned:
        return issue
    new = dataclasses.replace(
        issue,
        title=new_texts.get("title", issue.title),
        body=new_texts.get("body", issue.body),
        closed_at=closed_at,
        updated_at=now,
    )
    forge.state.keep_issue(new)
    if changed:
        tell(forge, repo, author, new, {"action": "edited", "changes": changed})
    if turned:
        tell(forge, repo, author, new, {"action": "closed" if closed_at else "reopened"})
    return new


def tell(forge: Forge, repo: Repository, author: Account, issue: Issue, payload: dict[str, object]) -> None:
    """Announce what became of an issue, or of the pull request that it is half of."""
    pull = forge.state.pulls.get((repo.id, issue.number))
    if pull is None:
        announce(forge, repo, author, "issues", payload | {"issue": shape(forge, repo, issue)})
    else:
        document = {"number": issue.number, "pull_request": full_pull(forge, repo, pull)}
        announce(forge, repo, author, "pull_request", payload | document)


def add_labels(forge: Forge, repo: Repository, author: Account, issue: Issue, labels: Sequence[str]) -> Issue:
    """Put labels on an issue; those that it has stay."""
    for name in labels:
        if not name.strip():
            raise invalid("Label", "name", "missing_field")
    merged = tuple(dict.fromkeys((*issue.labels, *labels)))
    new = dataclasses.replace(issue, labels=merged, updated_at=forge.state.now())
    forge.state.keep_issue(new)
    for name in merged[len(issue.labels) :]:
        tell(forge, repo, author, new, {"action": "labeled", "label": label(forge, repo, name)})
    return new


def remove_label(forge: Forge, repo: Repository, author: Account, issue: Issue, name: str) -> Issue:
    """Take a label away that an issue has."""
    left = tuple(each for each in issue.labels if each != name)
    new = dataclasses.replace(issue, labels=left, updated_at=forge.state.now())
    forge.state.keep_issue(new)
    tell(forge, repo, author, new, {"action": "unlabeled", "label": label(forge, repo, name)})
    return new


def require_unlocked(issue: Issue, *, may_write: bool) -> None:
    """Refuse a comment on a locked conversation from anybody who does not write here."""
    if issue.locked and not may_write:
        raise forbidden("Unable to create comment because issue is locked.")
