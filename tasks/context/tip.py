"""Reads one file of a default branch's newest commit, without fetching what else the repository holds."""

import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from bot.errors import UserError
from bot.events import Clone
from bot.git import header_environment, run_git
from tasks.context.checkout import FETCH_SECONDS

_PLAIN = ("100644", "100755")


@dataclass(frozen=True, slots=True)
class Tip:
    """The commit, empty where the repository is, and the file's bytes or None where it is not there."""

    sha: str
    content: bytes | None


def _never() -> bool:
    return False


def read_tip(clone: Clone, path: str, *, scratch: Path, largest: int, cancelled: Callable[[], bool] = _never) -> Tip:
    """Read the file at `path`. `scratch` is a folder for git's own data.

    Raises `RetryableError` when the forge is away or it was `cancelled`, `UserError` when what is there is no plain
    file or has more than `largest` bytes.
    """
    with tempfile.TemporaryDirectory(prefix="tip-", dir=scratch) as folder:
        return _Fetched(clone, Path(folder), cancelled).read(path, largest)


class _Fetched:
    """A clone of one commit without files; git fetches those that are asked for when they are."""

    def __init__(self, clone: Clone, folder: Path, cancelled: Callable[[], bool]) -> None:
        self._environment = header_environment(clone)
        self._cancelled = cancelled
        # A forge that cannot leave the files out sends them all, which is slower and no error.
        options = ["--bare", "--no-local", "--depth=1", "--filter=blob:none", "--no-tags", "--template="]
        self._git("clone", "--quiet", *options, "--", clone.url, str(folder))
        self._environment = {**self._environment, "GIT_DIR": str(folder)}

    def read(self, path: str, largest: int) -> Tip:
        sha = self._git("rev-list", "--max-count=1", "--all").decode().strip()
        entry = self._git("ls-tree", "-z", "--full-tree", sha, "--", path).decode().rstrip("\0") if sha else ""
        if not entry:
            return Tip(sha, None)
        mode, kind, blob = entry.partition("\t")[0].split(" ")
        if kind != "blob" or mode not in _PLAIN:
            raise UserError(f"`{path}` of the default branch is no plain file.", mend="Put a plain file in its place.")
        size = int(self._git("cat-file", "-s", blob))
        if size > largest:
            raise UserError(
                f"`{path}` of the default branch has {size} bytes; at most {largest} are read.",
                mend="Make it shorter, then ask again.",
            )
        return Tip(sha, self._git("cat-file", "blob", blob))

    def _git(self, *args: str) -> bytes:
        return run_git(args, env_extra=self._environment, timeout=FETCH_SECONDS, cancelled=self._cancelled)
