"""Commits that are made with git here and pushed: those that a forge's API cannot make, or cannot carry."""

import dataclasses
import re
import tempfile
from pathlib import Path

from bot.errors import UserError
from bot.events import Changes, Clone
from bot.forges.branches import check_branch, moved_on, require_place
from bot.forges.paths import check_paths
from bot.forges.plumbing import make_commit
from bot.git import header_environment, run_git

_SECONDS = 300.0
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# What git says when the branch is not where it was, seen before the push or in the middle of it.
_MOVED = re.compile(r"stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref")


@dataclasses.dataclass(frozen=True, slots=True)
class Commit:
    """A commit to make on `branch`, on top of `parent`.

    With `merging`, that commit is the second parent and the changes are made to its files.
    """

    branch: str
    parent: str
    message: str
    changes: Changes
    merging: str = ""


def push_commit(clone: Clone, commit: Commit, *, head: str | None, author: tuple[str, str]) -> str:
    """Make the commit, push it and return its sha.

    `head` is what the branch points to (None: it is to be made), `author` a name and an address, `clone` may write.
    The branch moves only if it is still there: git compares on the server. Raises `UserError` when it is not, or not
    at the commit's parent, when a path or a name is unfit or the push is refused; `RetryableError` when the answer did
    not come.
    """
    check_branch(commit.branch)
    require_place(commit.branch, head, parent=commit.parent, merging=commit.merging)
    check_paths(commit.changes)
    with tempfile.TemporaryDirectory(prefix="codex-bot-push-") as folder:
        repository = Path(folder)
        secret = header_environment(clone)
        _fetch(repository, clone, commit, secret)
        for key, value in zip(("user.name", "user.email"), author, strict=True):
            run_git(["config", key, value], cwd=repository)
        sha = make_commit(
            repository,
            branch=commit.branch,
            parent=commit.parent,
            message=commit.message,
            changes=commit.changes,
            merging=commit.merging,
        )
        _push(repository, commit.branch, head, sha, secret)
        return sha


def _fetch(repository: Path, clone: Clone, commit: Commit, secret: dict[str, str]) -> None:
    """Fetch the parents' trees; neither their files nor what was before them is of use."""
    refspecs = [f"{_checked(commit.parent)}:refs/heads/{commit.branch}"]
    if commit.merging:
        refspecs.append(f"{_checked(commit.merging)}:refs/merging")
    run_git(["init", "--quiet", "--bare", "--object-format=sha1", "--template=", str(repository)])
    # Named, because git asks the remote by its name for what it left out; its address holds no credential.
    run_git(["config", "remote.origin.url", clone.url], cwd=repository)
    argv = ["fetch", "--quiet", "--depth=1", "--filter=blob:none", "--no-tags", "--no-recurse-submodules"]
    run_git([*argv, "--", "origin", *refspecs], cwd=repository, env_extra=secret, timeout=_SECONDS)


def _push(repository: Path, branch: str, head: str | None, sha: str, secret: dict[str, str]) -> None:
    ref = f"refs/heads/{branch}"
    lease = f"--force-with-lease={ref}:{head or ''}"  # nothing: it must not be there
    # Without a negotiation git takes for unknown to the server what no branch of its points to, such as the parent
    # of a new branch once main has moved: then it fetches every file of the tree, one by one, only to push it back.
    argv = ["-c", "push.negotiate=true", "push", "--quiet", "--no-verify", lease, "--", "origin", f"{sha}:{ref}"]
    try:
        run_git(argv, cwd=repository, env_extra=secret, timeout=_SECONDS)
    except UserError as error:
        if not _MOVED.search(error.message):
            raise
        raise moved_on(branch) from error


def _checked(sha: str) -> str:
    if not _SHA.fullmatch(sha):
        raise UserError(f"{sha!r} is no commit.", mend="Give the full hexadecimal name of a commit.")
    return sha
