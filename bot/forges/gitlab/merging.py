"""Commits with two parents: GitLab's API makes none, so this one is made with git here and pushed.

GitLab's own rebase would do for the branch, but it rewrites the commits that people have, says only later whether it
worked, and takes no word on which commits it is to start from; what was tested would not be what is pushed.
https://docs.gitlab.com/api/merge_requests/#rebase-a-merge-request
"""

import dataclasses
import re
import tempfile
from pathlib import Path

from bot.errors import UserError
from bot.events import Changes, Clone
from bot.forges.plumbing import make_commit
from bot.git import header_environment, run_git

_SECONDS = 300.0
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# What git says when the branch is not where it was, seen before the push or in the middle of it.
_MOVED = re.compile(r"stale info|fetch first|non-fast-forward|cannot lock ref|failed to update ref")


@dataclasses.dataclass(frozen=True, slots=True)
class Merge:
    """A commit to make on `branch`, which is at `parent`; the changes are made to the files of `merging`."""

    branch: str
    parent: str
    merging: str
    message: str
    changes: Changes


def push_merge(clone: Clone, merge: Merge, author: tuple[str, str]) -> str:
    """Make the commit, push it and return its sha; `author` is a name and an address.

    The branch moves only if it is still at `parent`: git compares on the server. Raises `UserError` when it is not,
    when a path is unfit or the push is refused, `RetryableError` when the answer did not come.
    """
    with tempfile.TemporaryDirectory(prefix="codex-bot-merge-") as folder:
        repository = Path(folder)
        secret = header_environment(clone)
        _fetch(repository, clone, merge, secret)
        for key, value in zip(("user.name", "user.email"), author, strict=True):
            run_git(["config", key, value], cwd=repository)
        sha = make_commit(
            repository,
            branch=merge.branch,
            parent=merge.parent,
            message=merge.message,
            changes=merge.changes,
            merging=merge.merging,
        )
        _push(repository, merge, sha, secret)
        return sha


def _fetch(repository: Path, clone: Clone, merge: Merge, secret: dict[str, str]) -> None:
    for sha in (merge.parent, merge.merging):
        if not _SHA.fullmatch(sha):
            raise UserError(f"{sha!r} is no commit.", mend="Give the full hexadecimal name of a commit.")
    run_git(["check-ref-format", f"refs/heads/{merge.branch}"])
    run_git(["init", "--quiet", "--bare", "--object-format=sha1", "--template=", str(repository)])
    # Named, because git asks the remote by its name for what it left out; its address holds no credential.
    run_git(["config", "remote.origin.url", clone.url], cwd=repository)
    argv = ["fetch", "--quiet", "--filter=blob:none", "--no-tags", "--no-recurse-submodules", "--", "origin"]
    refspecs = [f"{merge.parent}:refs/heads/{merge.branch}", f"{merge.merging}:refs/merging"]
    run_git([*argv, *refspecs], cwd=repository, env_extra=secret, timeout=_SECONDS)


def _push(repository: Path, merge: Merge, sha: str, secret: dict[str, str]) -> None:
    ref = f"refs/heads/{merge.branch}"
    # The lease only compares: what is pushed has `parent` below it, so nothing can get lost.
    argv = ["push", "--quiet", "--no-verify", f"--force-with-lease={ref}:{merge.parent}", "--", "origin"]
    try:
        run_git([*argv, f"{sha}:{ref}"], cwd=repository, env_extra=secret, timeout=_SECONDS)
    except UserError as error:
        if not _MOVED.search(error.message):
            raise
        raise UserError(
            f"The branch {merge.branch} has moved on.", mend="Start again from what it holds now."
        ) from error
