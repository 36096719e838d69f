"""Opening and merging pull requests."""

import dataclasses
import re
from http import HTTPStatus

from infra.practice_forge.acts.issues import Edit, change_issue, check_text, tell
from infra.practice_forge.acts.refs import ref_moved
from infra.practice_forge.forge import Forge
from infra.practice_forge.history import count
from infra.practice_forge.refusals import RefusalError, custom, invalid
from infra.practice_forge.repos import GitError, RefUpdate, Signature
from infra.practice_forge.state import Account, Issue, PullRequest, Repository

CLOSING = re.compile(r"\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)\s+#(\d+)", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Proposal:
    """A pull request to open; `head` is a branch, or `owner:branch` of the same owner."""

    title: str
    body: str
    head: str
    base: str
    draft: bool = False


def open_pull(forge: Forge, repo: Repository, author: Account, wish: Proposal) -> PullRequest:
    """Open a pull request and tell the App; refuses what GitHub refuses, in its words."""
    check_text("PullRequest", wish.title, wish.body)
    branch = _own_branch(repo, wish.head)
    tips = forge.git(repo).branches()
    if branch not in tips:
        raise invalid("PullRequest", "head", "invalid")
    if wish.base not in tips:
        raise invalid("PullRequest", "base", "invalid")
    if _open_pull_from(forge, repo, branch, wish.base):
        raise custom("PullRequest", f"A pull request already exists for {repo.owner}:{branch}.")
    if count(forge.git(repo), tips[wish.base], tips[branch]) == 0:
        raise custom("PullRequest", f"No commits between {wish.base} and {branch}")
    issue, pull = _keep(forge, repo, author, wish, branch)
    tell(forge, repo, author, issue, {"action": "opened"})
    return pull


def _keep(forge: Forge, repo: Repository, author: Account, wish: Proposal, branch: str) -> tuple[Issue, PullRequest]:
    """Put both halves of a new pull request on their shelves."""
    state, now, tips = forge.state, forge.state.now(), forge.git(repo).branches()
    number = state.next_number(repo.id)
    issue = Issue(state.new_id(), repo.id, number, wish.title, wish.body, author.login, now, now)
    head_sha, base_sha = tips[branch], tips[wish.base]
    pull = PullRequest(state.new_id(), repo.id, number, branch, wish.base, head_sha, base_sha, wish.draft)
    state.keep_issue(issue)
    state.keep_pull(pull)
    forge.git(repo).run("update-ref", f"refs/pull/{number}/head", head_sha)
    return issue, pull


def _own_branch(repo: Repository, head: str) -> str:
    """Return the branch that `head` names in this repository: the practice forge has no forks."""
    owner, colon, branch = head.partition(":")
    if not colon:
        return head
    if owner.lower() != repo.owner.lower():
        raise invalid("PullRequest", "head", "invalid")
    return branch


def _open_pull_from(forge: Forge, repo: Repository, head: str, base: str) -> PullRequest | None:
    for pull in forge.state.pulls.values():
        same = (pull.repo_id, pull.head, pull.base) == (repo.id, head, base)
        if same and forge.state.issues[repo.id, pull.number].is_open:
            return pull
    return None


def change_base(forge: Forge, repo: Repository, pull: PullRequest, base: str) -> PullRequest:
    """Let a pull request go to another branch."""
    tip = forge.git(repo).branches().get(base)
    if tip is None:
        raise invalid("PullRequest", "base", "invalid")
    new = dataclasses.replace(pull, base=base, base_sha=tip)
    forge.state.keep_pull(new)
    return new


def set_draft(forge: Forge, repo: Repository, author: Account, pull: PullRequest, *, draft: bool) -> None:
    """Make a draft of a pull request, or a ready one, and tell the App; what it is already, it stays."""
    if pull.draft == draft:
        return
    forge.state.keep_pull(dataclasses.replace(pull, draft=draft))
    action = "converted_to_draft" if draft else "ready_for_review"
    tell(forge, repo, author, forge.state.issues[repo.id, pull.number], {"action": action})


def reopen_is_possible(forge: Forge, repo: Repository, pull: PullRequest) -> None:
    """Refuse to reopen what is merged or has lost its branch."""
    if pull.merged_at or pull.head not in forge.git(repo).branches():
        raise invalid(
            "PullRequest", "state", "invalid", "state cannot be changed. The pull request cannot be reopened."
        )


def merge_pull(forge: Forge, repo: Repository, author: Account, pull: PullRequest) -> PullRequest:
    """Merge with a merge commit, close the issues that the text names, and tell the App."""
    issue = forge.state.issues[repo.id, pull.number]
    git = forge.git(repo)
    base_sha = git.ref(f"refs/heads/{pull.base}")
    if pull.draft:
        raise RefusalError(HTTPStatus.METHOD_NOT_ALLOWED, "Pull Request is still a draft")
    if not issue.is_open or base_sha is None:
        raise RefusalError(HTTPStatus.METHOD_NOT_ALLOWED, "Pull Request is not mergeable")
    try:
        tree = git.run("merge-tree", "--write-tree", base_sha, pull.head_sha).decode().split("\n", 1)[0]
    except GitError as error:
        raise RefusalError(HTTPStatus.METHOD_NOT_ALLOWED, "Pull Request is not mergeable") from error
    now = forge.state.now()
    who = Signature(author.name, f"{author.id}+{author.login}@users.noreply.github.com", now)
    message = f"Merge pull request #{pull.number} from {repo.owner}/{pull.head}\n\n{issue.title}"
    sha = git.write_commit(tree, [base_sha, pull.head_sha], message, author=who, committer=who)
    git.set_ref(f"refs/heads/{pull.base}", sha, old=base_sha)
    merged = dataclasses.replace(pull, base_sha=base_sha, merged_at=now, merged_by=author.login, merge_sha=sha)
    forge.state.keep_pull(merged)
    ref_moved(forge, repo, author, RefUpdate(f"refs/heads/{pull.base}", base_sha, sha))
    change_issue(forge, repo, author, issue, Edit(is_open=False))
    _close_named(forge, repo, author, issue)
    return merged


def closing_numbers(text: str) -> list[int]:
    """Return the numbers of the issues that a text says it closes."""
    return [int(number) for number in CLOSING.findall(text)]


def _close_named(forge: Forge, repo: Repository, author: Account, issue: Issue) -> None:
    for number in closing_numbers(f"{issue.title}\n{issue.body}"):
        named = forge.state.issues.get((repo.id, number))
        if named and named.is_open and (repo.id, number) not in forge.state.pulls:
            change_issue(forge, repo, author, named, Edit(is_open=False))
