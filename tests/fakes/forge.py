"""A forge in memory: speaks the protocol, keeps what was made visible, fails when told to."""

import dataclasses
from pathlib import Path

from bot.errors import RetryableError, UserError
from bot.events import Account, Changes, Clone, Comment, Issue, Permission, PullRequest, Repo, Subject
from fakes.checks import FakeChecks
from fakes.descriptions import FakeDescriptions
from fakes.reviews import FakeReviews

BOT = Account("codex-bot[bot]", is_bot=True)


@dataclasses.dataclass
class FakeForge:
    """`fail_after` names methods that apply their write and then answer with an error, once per entry."""

    issue_: Issue
    repository: Path | None = None
    permissions: dict[str, Permission] = dataclasses.field(default_factory=lambda: {"ann": Permission.ADMIN})
    comments: dict[str, str] = dataclasses.field(default_factory=dict)
    reactions: set[tuple[str, str]] = dataclasses.field(default_factory=set)
    branches: dict[str, str] = dataclasses.field(default_factory=lambda: {"main": "base"})
    messages: dict[str, str] = dataclasses.field(default_factory=dict)
    changes: dict[str, Changes] = dataclasses.field(default_factory=dict)
    pulls: list[PullRequest] = dataclasses.field(default_factory=list)
    texts: dict[int, tuple[str, str]] = dataclasses.field(default_factory=dict)
    fail_before: list[str] = dataclasses.field(default_factory=list)
    fail_after: list[str] = dataclasses.field(default_factory=list)
    calls: list[str] = dataclasses.field(default_factory=list)
    reviews: FakeReviews = dataclasses.field(default_factory=FakeReviews)
    checks: FakeChecks = dataclasses.field(default_factory=FakeChecks)
    descriptions: FakeDescriptions = dataclasses.field(default_factory=FakeDescriptions)

    name = "github"

    def _called(self, method: str) -> None:
        self.calls.append(method)
        if method in self.fail_before:
            self.fail_before.remove(method)
            raise RetryableError(f"{method}: 502")

    def _applied(self, method: str) -> None:
        if method in self.fail_after:
            self.fail_after.remove(method)
            raise RetryableError(f"{method}: time-out after the write")

    def permission(self, repo: Repo, login: str) -> Permission:
        self._called("permission")
        return self.permissions.get(login, Permission.NONE)

    def issue(self, repo: Repo, subject: Subject) -> Issue:
        if subject.is_pull_request and subject.number in self.texts:
            title, body = self.texts[subject.number]
            return Issue(subject.number, title, body, BOT, is_pull_request=True)
        if subject.is_pull_request and subject.number in self.descriptions.bodies:
            return dataclasses.replace(self.issue_, body=self.descriptions.bodies[subject.number])
        return self.issue_

    def react(self, repo: Repo, subject: Subject, comment_id: str, reaction: str) -> None:
        self._called("react")
        self.reactions.add((comment_id or str(subject), reaction))

    def find_comment(self, repo: Repo, subject: Subject, marker: str) -> Comment | None:
        self._called("find_comment")
        found = (Comment(id_, body, BOT) for id_, body in self.comments.items() if marker in body)
        return next(found, None)

    def create_comment(self, repo: Repo, subject: Subject, body: str) -> Comment:
        self._called("create_comment")
        comment = Comment(str(1 + max(map(int, self.comments), default=0)), body, BOT)
        self.comments[comment.id] = body
        self._applied("create_comment")
        return comment

    def edit_comment(self, repo: Repo, comment_id: str, body: str) -> None:
        self._called("edit_comment")
        if comment_id not in self.comments:
            raise UserError("Not Found")
        self.comments[comment_id] = body

    def delete_comment(self, repo: Repo, comment_id: str) -> None:
        self._called("delete_comment")
        self.comments.pop(comment_id, None)
        self.reviews.forget(comment_id)

    def default_branch(self, repo: Repo) -> str:
        return "main"

    def head(self, repo: Repo, branch: str) -> str | None:
        return self.branches.get(branch)

    def clone(self, repo: Repo) -> Clone:
        return Clone(str(self.repository))

    def pull_request_ref(self, number: int) -> str:
        return next(f"refs/heads/{pull.head}" for pull in self.pulls if pull.number == number)

    def commit(self, repo: Repo, *, branch: str, parent: str, message: str, changes: Changes, merging: str = "") -> str:
        self._called("commit")
        if self.branches.get(branch, "" if merging else parent) != parent:
            raise UserError(f"the branch {branch} has moved on")
        sha = f"sha-{len(self.messages) + 1}"
        self.branches[branch] = sha
        self.messages[sha] = message
        self.changes[sha] = changes
        self._applied("commit")
        return sha

    def find_commit(self, repo: Repo, branch: str, marker: str) -> str | None:
        self._called("find_commit")
        sha = self.branches.get(branch, "")
        return sha if marker in self.messages.get(sha, "") else None

    def find_pull_request(self, repo: Repo, branch: str) -> PullRequest | None:
        return next((pull for pull in self.pulls if pull.head == branch), None)

    def own_pull_request(self, repo: Repo, number: int) -> PullRequest | None:
        self._called("own_pull_request")
        return next((pull for pull in self.pulls if pull.number == number), None)

    def open_pull_request(
        self, repo: Repo, *, branch: str, base: str, title: str, body: str, draft: bool
    ) -> PullRequest:
        self._called("open_pull_request")
        pull = PullRequest(len(self.pulls) + 100, f"http://forge/{branch}", branch, base, draft)
        self.pulls.append(pull)
        self.texts[pull.number] = (title, body)
        self._applied("open_pull_request")
        return pull

    def edit_pull_request(self, repo: Repo, number: int, *, title: str, body: str, draft: bool | None = None) -> None:
        self._called("edit_pull_request")
        self.texts[number] = (title, body)
        if draft is not None:
            self.pulls = [
                dataclasses.replace(pull, is_draft=draft) if pull.number == number else pull for pull in self.pulls
            ]
