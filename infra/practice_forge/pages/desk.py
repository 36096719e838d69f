"""What the pages need of a dialect: its issues and pull requests, and how people write on them."""

import dataclasses
from collections.abc import Sequence
from typing import Protocol

from infra.practice_forge.acts.comments import add_comment
from infra.practice_forge.acts.issues import Edit, change_issue, open_issue, require_unlocked
from infra.practice_forge.acts.pulls import merge_pull
from infra.practice_forge.auth import Actor, require_write, role_of
from infra.practice_forge.forge import Forge
from infra.practice_forge.refusals import forbidden
from infra.practice_forge.state import RANK, Account, Comment, Issue, PullRequest, Repository, Review


@dataclasses.dataclass(frozen=True, slots=True)
class Subject:
    """An issue, or with its other half a pull request; `sign` stands before its number."""

    issue: Issue
    pull: PullRequest | None = None
    sign: str = "#"

    @property
    def name(self) -> str:
        """Return how texts name it, such as `#1`."""
        return f"{self.sign}{self.issue.number}"


class Desk(Protocol):
    """The dialect's side of the pages. The state's lock is held."""

    api_name: str

    def issues(self, repo: Repository) -> Sequence[Subject]:
        """Return the issues that are no pull requests, newest first."""

    def pulls(self, repo: Repository) -> Sequence[Subject]:
        """Return the pull requests, newest first."""

    def issue(self, repo: Repository, number: int) -> Subject | None:
        """Find what has this number among the issues."""

    def pull(self, repo: Repository, number: int) -> Subject | None:
        """Find a pull request by number."""

    def can_see(self, actor: Actor, repo: Repository, subject: Subject) -> bool:
        """Return whether the visitor may know of a subject."""

    def named(self, repo: Repository, name: str) -> Subject | None:
        """Find what a text names, such as `#1`."""

    def comments(self, repo: Repository, subject: Subject) -> Sequence[Comment]:
        """Return what was said on a subject, oldest first."""

    def place(self, comment: Comment) -> str:
        """Return the line of a diff that a comment stands on, or nothing."""

    def reactions(self, said: int) -> Sequence[str]:
        """Return the reactions to what has this id, in GitHub's words."""

    def reviews(self, repo: Repository, subject: Subject) -> Sequence[Review]:
        """Return the verdicts on a pull request."""

    def open_issue(self, actor: Actor, repo: Repository, title: str, body: str) -> Subject:
        """Open an issue as the visitor."""

    def add_comment(self, actor: Actor, repo: Repository, subject: Subject, body: str) -> int:
        """Write a comment as the visitor, and return its id."""

    def set_open(self, author: Account, repo: Repository, subject: Subject, *, is_open: bool) -> None:
        """Close or reopen a subject."""

    def may_merge(self, actor: Actor, repo: Repository, pull: PullRequest) -> bool:
        """Return whether the visitor may merge."""

    def merge(self, actor: Actor, repo: Repository, pull: PullRequest) -> None:
        """Merge a pull request as the visitor."""


class GithubDesk:
    """GitHub's side: one row of numbers for both."""

    api_name = "GitHub"

    def __init__(self, forge: Forge) -> None:
        self._forge = forge
        self._state = forge.state

    def _all(self, repo: Repository) -> list[Subject]:
        found = sorted(self._state.issues.items(), reverse=True)
        return [self._subject(issue) for (repo_id, _), issue in found if repo_id == repo.id]

    def _subject(self, issue: Issue) -> Subject:
        return Subject(issue, self._state.pulls.get((issue.repo_id, issue.number)))

    def issues(self, repo: Repository) -> Sequence[Subject]:
        """Return the issues that are no pull requests."""
        return [subject for subject in self._all(repo) if subject.pull is None]

    def pulls(self, repo: Repository) -> Sequence[Subject]:
        """Return the pull requests."""
        return [subject for subject in self._all(repo) if subject.pull]

    def issue(self, repo: Repository, number: int) -> Subject | None:
        """Find an issue or pull request by number."""
        issue = self._state.issues.get((repo.id, number))
        return self._subject(issue) if issue else None

    def pull(self, repo: Repository, number: int) -> Subject | None:
        """Find a pull request by number."""
        found = self.issue(repo, number)
        return found if found and found.pull else None

    def can_see(self, actor: Actor, repo: Repository, subject: Subject) -> bool:  # noqa: ARG002
        """Let everybody see what is in a repository that they see."""
        return True

    def named(self, repo: Repository, name: str) -> Subject | None:
        """Find what `#1` names."""
        return self.issue(repo, int(name[1:])) if name.startswith("#") else None

    def comments(self, repo: Repository, subject: Subject) -> Sequence[Comment]:
        """Return the comments."""
        place = (repo.id, subject.issue.number)
        return [comment for comment in self._state.comments.values() if (comment.repo_id, comment.number) == place]

    def place(self, comment: Comment) -> str:  # noqa: ARG002
        """Return nothing: here are no comments on lines."""
        return ""

    def reactions(self, said: int) -> Sequence[str]:
        """Return the reactions."""
        return [reaction.content for reaction in self._state.reactions.values() if reaction.subject == said]

    def reviews(self, repo: Repository, subject: Subject) -> Sequence[Review]:
        """Return the reviews."""
        place = (repo.id, subject.issue.number)
        return [review for review in self._state.reviews.values() if (review.repo_id, review.number) == place]

    def open_issue(self, actor: Actor, repo: Repository, title: str, body: str) -> Subject:
        """Open an issue."""
        return Subject(open_issue(self._forge, repo, require_write(actor, repo), title=title, body=body))

    def add_comment(self, actor: Actor, repo: Repository, subject: Subject, body: str) -> int:
        """Write a comment."""
        author = require_write(actor, repo)
        require_unlocked(subject.issue, may_write=RANK[role_of(actor, repo)] >= RANK["write"])
        return add_comment(self._forge, repo, author, subject.issue, body).id

    def set_open(self, author: Account, repo: Repository, subject: Subject, *, is_open: bool) -> None:
        """Close or reopen."""
        if subject.pull and subject.pull.merged_at:
            raise forbidden("A merged pull request stays closed.")
        change_issue(self._forge, repo, author, subject.issue, Edit(is_open=is_open))

    def may_merge(self, actor: Actor, repo: Repository, pull: PullRequest) -> bool:  # noqa: ARG002
        """Let writers merge."""
        return RANK[role_of(actor, repo)] >= RANK["write"]

    def merge(self, actor: Actor, repo: Repository, pull: PullRequest) -> None:
        """Merge."""
        merge_pull(self._forge, repo, require_write(actor, repo, role="write"), pull)
