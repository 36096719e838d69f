"""Commits to a repository on this machine without touching its work tree, its index or its hooks."""

import re
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bot.errors import UserError
from bot.events import Changes, FileChange
from bot.forges.branches import check_branch, require_place
from bot.forges.paths import check_paths
from bot.git import run_git

_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_FILE, _EXECUTABLE, _GONE = "100644", "100755", "0"
_FALLBACK = {"name": "Codex Bot", "email": "codex-bot@localhost"}


def branch_head(repository: Path, branch: str) -> str | None:
    """Return the sha that `branch` points to, or None when there is no such branch."""
    return _look_up(repository, branch)[0]


def checked_out_branch(repository: Path) -> str:
    """Return the branch that the repository stands on; raises `UserError` when it stands on none."""
    ref = _git(repository, "rev-parse", "--symbolic-full-name", "HEAD").strip()
    if not ref.startswith("refs/heads/"):
        raise UserError(f"{repository} is on no branch.", mend="Check out the branch that the change is for.")
    return ref.removeprefix("refs/heads/")


def commit_message(repository: Path, sha: str) -> str:
    """Return the whole message of a commit."""
    return _git(repository, "show", "--no-patch", "--no-show-signature", "--format=%B", _checked_sha(sha), "--")


def make_commit(
    repository: Path, *, branch: str, parent: str, message: str, changes: Changes, merging: str = ""
) -> str:
    """Commit `changes` on top of `parent`, let `branch` point to the commit and return its sha.

    With `merging` that commit is a second parent, and `changes` are made to its files. The author is the
    repository's configured user. Raises `UserError` when a path or the branch's name is unfit, when the branch points
    elsewhere than to `parent`, or when it is checked out somewhere.
    """
    check_paths(changes)
    head, work_tree = _look_up(repository, branch)
    require_place(branch, head, parent=parent, merging=merging)
    if work_tree:
        raise UserError(f"The branch {branch} is checked out in {work_tree}.", mend="Check out another one there.")
    parents = [_checked_sha(each) for each in (parent, merging) if each]
    tree = _write_tree(repository, parents[-1], changes)
    sha = _write_commit(repository, tree, parents, message)
    # The old value is the lock: git refuses when somebody moved or made the branch meanwhile.
    _git(repository, "update-ref", "-m", "codex-bot", f"refs/heads/{branch}", sha, head or "")
    return sha


def _look_up(repository: Path, branch: str) -> tuple[str | None, str]:
    check_branch(branch)
    ref = f"refs/heads/{branch}"
    fields = "%(objectname)%00%(refname)%00%(worktreepath)"
    for line in _git(repository, "for-each-ref", f"--format={fields}", ref).splitlines():
        sha, name, work_tree = line.split("\0")
        if name == ref:  # the pattern also finds refs below it
            return sha, work_tree
    return None, ""


def _write_tree(repository: Path, parent: str, changes: Changes) -> str:
    with tempfile.TemporaryDirectory(prefix="codex-bot-index-") as folder:
        environment = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        run_git(["read-tree", parent], cwd=repository, env_extra=environment)
        blobs = iter(_write_blobs(repository, Path(folder), changes))
        records = b"".join(
            _index_record(change, parent if change.content is None else next(blobs)) for change in changes
        )
        run_git(["update-index", "-z", "--index-info"], cwd=repository, env_extra=environment, stdin=records)
        # Missing blobs are fine: a partial clone does not have them all, and need not fetch them now.
        tree = run_git(["write-tree", "--missing-ok"], cwd=repository, env_extra=environment)
    return tree.decode().strip()


def _write_blobs(repository: Path, folder: Path, changes: Changes) -> list[str]:
    """Store the contents and return their shas; one process for all, though there may be hundreds."""
    contents = [change.content for change in changes if change.content is not None]
    paths = [folder / f"{number}.blob" for number in range(len(contents))]
    for path, content in zip(paths, contents, strict=True):
        path.write_bytes(content)
    named = "".join(f"{path}\n" for path in paths).encode()
    return run_git(["hash-object", "--no-filters", "-w", "--stdin-paths"], cwd=repository, stdin=named).decode().split()


def _index_record(change: FileChange, sha: str) -> bytes:
    # Paths travel through standard input, so none can pass for an option. The sha of a removal is not read, it only
    # must look like one.
    mode = _GONE if change.content is None else _EXECUTABLE if change.executable else _FILE
    return f"{mode} {sha}\t{change.path}\0".encode()


def _write_commit(repository: Path, tree: str, parents: Sequence[str], message: str) -> str:
    name, email = (_setting(repository, f"user.{key}") or _FALLBACK[key] for key in ("name", "email"))
    people = {
        f"GIT_{role}_{key}": value
        for role in ("AUTHOR", "COMMITTER")
        for key, value in (("NAME", name), ("EMAIL", email))
    }
    argv = ["commit-tree", *(word for parent in parents for word in ("-p", parent)), "-F", "-", tree]
    return run_git(argv, cwd=repository, env_extra=people, stdin=message.encode()).decode().strip()


def _setting(repository: Path, name: str) -> str:
    return _git(repository, "config", "--default", "", "--get", name).strip()


def _checked_sha(sha: str) -> str:
    if not _SHA.fullmatch(sha):
        raise UserError(f"{sha!r} is no commit.", mend="Give the full hexadecimal name of a commit.")
    return sha


def _git(repository: Path, *args: str) -> str:
    return run_git(args, cwd=repository).decode(errors="replace")
