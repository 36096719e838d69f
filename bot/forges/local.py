"""A plain git repository as a forge: commits go to a branch, comments and the pull request to a Markdown file."""
# ruff: noqa: ARG002 - there is one repository here, so nobody needs to look which one is meant

import dataclasses
from pathlib import Path

from bot.errors import UserError
from bot.events import Changes, Clone, Comment, Issue, Permission, PullRequest, Repo, Subject
from bot.forges.local_checks import LocalChecks
from bot.forges.local_descriptions import LocalDescriptions, Opened
from bot.forges.local_reviews import BOT, LocalReviews
from bot.forges.plumbing import branch_head, checked_out_branch, commit_message, make_commit


class LocalForge:
    """The speaking half for one repository, one issue and one Markdown file on this machine.

    Whoever runs it owns the repository, so everybody is its admin. What was said lives as long as this object;
    `out` shows all of it after every act.
    """

    __slots__ = ("_checks", "_comments", "_issue", "_opened", "_out", "_path", "_reactions", "_reviews")

    def __init__(self, repo_path: Path, issue: Issue, out: Path) -> None:
        self._path = repo_path.resolve()
        self._issue = issue
        self._out = out.resolve()
        self._comments: dict[str, str] = {}
        self._reactions: dict[tuple[str, str], None] = {}  # a set that keeps its order
        self._opened: list[Opened] = []
        self._reviews = LocalReviews(self._path, self._pull, self._write)
        self._checks = LocalChecks(self._write)

    @property
    def name(self) -> str:
        """The word in the ledger."""
        return "local"

    @property
    def reviews(self) -> LocalReviews:
        """What is said about the diffs of pull requests."""
        return self._reviews

    @property
    def checks(self) -> LocalChecks:
        """What stands beside a commit."""
        return self._checks

    @property
    def descriptions(self) -> LocalDescriptions:
        """What stands at the head of pull requests."""
        return LocalDescriptions(self._find, self._keep)

    def permission(self, repo: Repo, login: str) -> Permission:
        """Return ADMIN: who can run the bot here may do everything here anyway."""
        return Permission.ADMIN

    def issue(self, repo: Repo, subject: Subject) -> Issue:
        """Return the one issue that there is, or a pull request."""
        self._check(subject)
        if subject == self._issue.subject:
            return self._issue
        opened = self._find(subject.number)
        return Issue(subject.number, opened.title, opened.body, BOT, is_pull_request=True)

    def react(self, repo: Repo, subject: Subject, comment_id: str, reaction: str) -> None:
        """Note one reaction; the same one twice is noted once."""
        self._check(subject)
        self._reactions[f"comment {comment_id}" if comment_id else str(subject), reaction] = None
        self._write()

    def find_comment(self, repo: Repo, subject: Subject, marker: str) -> Comment | None:
        """Return the oldest comment that contains `marker`."""
        self._check(subject)
        found = (Comment(id_, body, BOT) for id_, body in self._comments.items() if marker in body)
        return next(found, None)

    def create_comment(self, repo: Repo, subject: Subject, body: str) -> Comment:
        """Write a new comment."""
        self._check(subject)
        number_of_it = 1 + max(map(int, self._comments), default=0)
        comment = Comment(str(number_of_it), body, BOT)
        self._comments[comment.id] = body
        self._write()
        return comment

    def edit_comment(self, repo: Repo, comment_id: str, body: str) -> None:
        """Replace the body of a comment."""
        if comment_id not in self._comments:
            raise UserError(f"There is no comment {comment_id}.", mend="Write it first.")
        self._comments[comment_id] = body
        self._write()

    def delete_comment(self, repo: Repo, comment_id: str) -> None:
        """Take back a comment; one that is gone already is no error."""
        if self._comments.pop(comment_id, None) is not None:
            self._write()

    def default_branch(self, repo: Repo) -> str:
        """Return the branch that the repository stands on."""
        return checked_out_branch(self._path)

    def head(self, repo: Repo, branch: str) -> str | None:
        """Return the commit sha that a branch points to, or None when there is no such branch."""
        return branch_head(self._path, branch)

    def clone(self, repo: Repo) -> Clone:
        """Return the repository's own absolute path; no headers are needed."""
        return Clone(str(self._path))

    def pull_request_ref(self, number: int) -> str:
        """Return the full ref of a pull request's head: its branch, since all are here."""
        return f"refs/heads/{self._pull(number).head}"

    def commit(self, repo: Repo, *, branch: str, parent: str, message: str, changes: Changes, merging: str = "") -> str:
        """Make one commit on top of `parent` and let `branch` point to it; return its sha.

        The work tree, the index and the hooks are left alone. Raises `UserError` when the branch points
        elsewhere than to `parent`.
        """
        return make_commit(self._path, branch=branch, parent=parent, message=message, changes=changes, merging=merging)

    def find_commit(self, repo: Repo, branch: str, marker: str) -> str | None:
        """Return the sha that `branch` points to if that commit's message contains `marker`, else None."""
        sha = branch_head(self._path, branch)
        return sha if sha and marker in commit_message(self._path, sha) else None

    def find_pull_request(self, repo: Repo, branch: str) -> PullRequest | None:
        """Return the pull request from `branch`, if there is one."""
        return next((opened.pull for opened in self._opened if opened.pull.head == branch), None)

    def own_pull_request(self, repo: Repo, number: int) -> PullRequest | None:
        """Return a pull request by its number; all of them are ours, and none is ever closed."""
        return next((opened.pull for opened in self._opened if opened.pull.number == number), None)

    def open_pull_request(
        self, repo: Repo, *, branch: str, base: str, title: str, body: str, draft: bool
    ) -> PullRequest:
        """Write down a pull request; if one from `branch` is there already, return that one."""
        found = self.find_pull_request(repo, branch)
        if found:
            return found
        number = self._issue.number + 1 + len(self._opened)
        pull = PullRequest(number, self._out.as_uri(), head=branch, base=base, is_draft=draft)
        self._opened.append(Opened(pull, title, body))
        self._write()
        return pull

    def edit_pull_request(self, repo: Repo, number: int, *, title: str, body: str, draft: bool | None = None) -> None:
        """Replace title and body of a pull request, and whether it is a draft unless `draft` is None."""
        found = self._find(number)
        pull = found.pull if draft is None else dataclasses.replace(found.pull, is_draft=draft)
        self._keep(dataclasses.replace(found, pull=pull, title=title, body=body))

    def _pull(self, number: int) -> PullRequest:
        return self._find(number).pull

    def _keep(self, opened: Opened) -> None:
        self._opened[self._opened.index(self._find(opened.pull.number))] = opened
        self._write()

    def _find(self, number: int) -> Opened:
        for opened in self._opened:
            if opened.pull.number == number:
                return opened
        raise UserError(f"There is no pull request {number}.", mend="Open it first.")

    def _check(self, subject: Subject) -> None:
        is_opened = any(subject == Subject(each.pull.number, is_pull_request=True) for each in self._opened)
        if subject != self._issue.subject and not is_opened:
            raise UserError(f"There is no {subject}.", mend=f"The only issue is {self._issue.subject}.")

    def _write(self) -> None:
        parts = [f"# {self._issue.title} (#{self._issue.number})"]
        parts += [f"> {reaction} on {target}" for target, reaction in self._reactions]
        parts += [f"## Comment {id_}\n\n{body}" for id_, body in self._comments.items()]
        parts += [_as_markdown(opened) for opened in self._opened]
        parts += self._reviews.sections()
        parts += self._checks.sections()
        _replace(self._out, "\n\n".join(parts) + "\n")


def _as_markdown(opened: Opened) -> str:
    pull = opened.pull
    draft = " (draft)" if pull.is_draft else ""
    branches = f"`{pull.head}` into `{pull.base}`"
    labels = f", labelled {', '.join(f'`{name}`' for name in opened.labels)}" if opened.labels else ""
    return f"## Pull request {pull.number}{draft}: {opened.title}\n\n{branches}{labels}\n\n{opened.body}"


def _replace(path: Path, text: str) -> None:
    # Written beside and moved over, so a reader never sees half a file.
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.part")
    scratch.write_text(text, encoding="utf-8")
    scratch.replace(path)
