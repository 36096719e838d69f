"""Opening and merging pull requests."""

import dataclasses
import re
from http import HTTPStatus

from infra.practice_forge.acts.forks import bring, relative_of
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
    """A pull request to open from `branch` of `home`, which is the repository itself or a fork.

    A fork's may be `is_collaborative`: its author lets the maintainers push to the branch.
    """

    title: str
    body: str
    home: Repository
    branch: str
    base: str
    draft: bool = False
    is_collaborative: bool = False


def open_pull(forge: Forge, repo: Repository, author: Account, wish: Proposal) -> PullRequest:
    """Open a pull request and tell the App; refuses what GitHub refuses, in its words."""
    check_text("PullRequest", wish.title, wish.body)
    head_sha = forge.git(wish.home).branches().get(wish.branch)
    base_sha = forge.git(repo).branches().get(wish.base)
    if head_sha is None:
        raise invalid("PullRequest", "head", "invalid")
    if base_sha is None:
        raise invalid("PullRequest", "base", "invalid")
    if _open_pull_from(forge, repo, wish):
        raise custom("PullRequest", f"A pull request already exists for {wish.home.owner}:{wish.branch}.")
    bring(forge, repo, wish.home, wish.branch)
    if count(forge.git(repo), base_sha, head_sha) == 0:
        raise custom("PullRequest", f"No commits between {wish.base} and {wish.branch}")
    issue, pull = _keep(forge, repo, author, wish, (head_sha, base_sha))
    tell(forge, repo, author, issue, {"action": "opened"})
    return pull


def _keep(
    forge: Forge, repo: Repository, author: Account, wish: Proposal, tips: tuple[str, str]
) -> tuple[Issue, PullRequest]:
    """Put both halves of a new pull request on their shelves; `tips` are what head and base point to."""
    state, now = forge.state, forge.state.now()
    number = state.next_number(repo.id)
    issue = Issue(state.new_id(), repo.id, number, wish.title, wish.body, author.login, now, now)
    is_fork = wish.home.id != repo.id
    pull = PullRequest(
        state.new_id(),
        repo.id,
        number,
        wish.branch,
        wish.base,
        *tips,
        draft=wish.draft,
        fork_id=wish.home.id if is_fork else 0,
        maintainer_can_modify=is_fork and wish.is_collaborative,
    )
    state.keep_issue(issue)
    state.keep_pull(pull)
    forge.git(repo).run("update-ref", f"refs/pull/{number}/head", pull.head_sha)
    return issue, pull


def find_head(forge: Forge, repo: Repository, head: str) -> tuple[Repository, str]:
    """Return the repository and the branch that `branch` or `owner:branch` name: its own, or those of a fork."""
    owner, colon, branch = head.partition(":")
    if not colon:
        return repo, head
    home = relative_of(forge, repo, owner)
    if home is None:
        raise invalid("PullRequest", "head", "invalid")
    return home, branch


def _open_pull_from(forge: Forge, repo: Repository, wish: Proposal) -> PullRequest | None:
    for pull in forge.state.pulls.values():
        facts = (pull.repo_id, pull.home_id, pull.head, pull.base)
        same = facts == (repo.id, wish.home.id, wish.branch, wish.base)
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


def reopen_is_possible(forge: Forge, pull: PullRequest) -> None:
    """Refuse to reopen what is merged or has lost its branch."""
    home = forge.state.repository_of(pull.home_id)
    if pull.merged_at or pull.head not in forge.git(home).branches():
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
    home = forge.state.repository_of(pull.home_id)
    message = f"Merge pull request #{pull.number} from {home.owner}/{pull.head}\n\n{issue.title}"
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
