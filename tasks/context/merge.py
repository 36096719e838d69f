"""Merges two branches with git itself, in a repository of the moment; what comes of it is a list of changed files."""

import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.errors import PolicyError, UserError
from bot.events import Changes, Clone, FileChange
from bot.git import header_environment, run_git
from tasks.context.checkout import FETCH_SECONDS

_FILE, _EXECUTABLE, _NOTHING = "100644", "100755", "000000"
# Highest in git's order: every file is merged line by line, whatever the repository and this machine's owner say, so
# that no program of theirs is run and no conversion of theirs stands in what is committed.
_ATTRIBUTES = "* -text -filter -ident -working-tree-encoding merge\n"
_BASE, _HEAD = "refs/merge/base", "refs/merge/head"


@dataclass(frozen=True, slots=True)
class Merged:
    """What git made of the two: the files that it could not merge, or those in which the result differs from base."""

    conflicts: tuple[str, ...]
    changes: Changes


@dataclass(frozen=True, slots=True)
class _Entry:
    """A file that differs, as it is in the result; the mode of one that is gone is all zeros."""

    mode: str
    blob: str
    path: str


def _never() -> bool:
    return False


@contextmanager
def fetch_both(
    clone: Clone, *, base: str, head: str, scratch: Path, cancelled: Callable[[], bool] = _never
) -> Iterator["Both"]:
    """Fetch the history of two commits, by full sha; files come when they are needed.

    `scratch` is a folder for git's own data. Raises `RetryableError` when the forge is away or it was `cancelled`,
    `UserError` when a commit is not to be had or the two share no history.
    """
    with tempfile.TemporaryDirectory(prefix="merge-", dir=scratch) as folder:
        yield Both(clone, base, head, Path(folder), cancelled)


class Both:
    """The two commits, side by side."""

    def __init__(self, clone: Clone, base: str, head: str, folder: Path, cancelled: Callable[[], bool]) -> None:
        self._folder = folder
        self._cancelled = cancelled
        self._environment = header_environment(clone)
        self._git("init", "--quiet", "--bare", "--object-format=sha1", "--template=")
        (folder / "info").mkdir(exist_ok=True)
        (folder / "info" / "attributes").write_text(_ATTRIBUTES)
        # Named, because git asks the remote by its name for what it left out; its address holds no credential.
        self._git("config", "remote.origin.url", clone.url)
        argv = ["fetch", "--quiet", "--filter=blob:none", "--no-tags", "--no-recurse-submodules", "--", "origin"]
        try:
            self._git(*argv, f"{base}:{_BASE}", f"{head}:{_HEAD}")
        except UserError as error:
            if "not our ref" not in error.message:
                raise
            raise UserError(
                "a commit on which this was begun is gone from the repository", mend="Ask again."
            ) from error

    @property
    def is_up_to_date(self) -> bool:
        """Return whether head holds everything that base does."""
        return not self._git("rev-list", "--max-count=1", _BASE, f"^{_HEAD}", "--")

    @property
    def messages(self) -> str:
        """Return the messages of all commits that head has and base lacks."""
        return self._git("log", "--format=%B", _HEAD, f"^{_BASE}", "--").decode(errors="replace")

    def merge(self, *, most_files: int, largest: int) -> Merged:
        """Merge head into base. Raises `PolicyError` for more files, or larger ones (bytes), than that.

        Also for what is no plain file: links and submodules cannot be carried over.
        """
        tree, conflicts = self._merge_trees()
        if conflicts:
            return Merged(conflicts, ())
        entries = self._differences(tree)
        if len(entries) > most_files:
            raise PolicyError(
                f"the pull request changes {len(entries)} files; at most {most_files} are carried over at once",
                mend="Merge the base branch by hand.",
            )
        return Merged((), [self._read(entry, largest) for entry in entries])

    def _merge_trees(self) -> tuple[str, tuple[str, ...]]:
        # Ends with 1 when there are conflicts, and says then what became of each file:
        # https://git-scm.com/docs/git-merge-tree#OUTPUT
        argv = ["merge-tree", "--write-tree", "--name-only", "-z", _BASE, _HEAD]
        try:
            told = self._git(*argv, ok=(0, 1)).decode(errors="replace")
        except UserError as error:
            if "unrelated histories" not in error.message:
                raise
            raise UserError("the two branches have no commit in common", mend="Make the change anew.") from error
        tree, _, rest = told.partition("\0")
        if not rest:
            return tree, ()
        names = dict.fromkeys(filter(None, rest.partition("\0\0")[0].split("\0")))
        return tree, tuple(names) or ("git names none",)

    def _differences(self, tree: str) -> list[_Entry]:
        raw = self._git("diff-tree", "-r", "-z", "--no-renames", "--full-index", f"{_BASE}^{{tree}}", tree)
        words = raw.decode(errors="surrogateescape").rstrip("\0").split("\0") if raw else []
        # Each is ":old-mode new-mode old-sha new-sha letter", then the path.
        return [
            _Entry(told.split()[1], told.split()[3], path) for told, path in zip(words[::2], words[1::2], strict=True)
        ]

    def _read(self, entry: _Entry, largest: int) -> FileChange:
        if entry.mode == _NOTHING:
            return FileChange(entry.path, None)
        if entry.mode not in {_FILE, _EXECUTABLE} or not entry.path.isprintable():
            raise PolicyError(
                f"the pull request changes {entry.path!r}, which is no plain file",
                mend="Merge the base branch by hand.",
            )
        size = int(self._git("cat-file", "-s", entry.blob))
        if size > largest:
            raise PolicyError(
                f"{entry.path} would have {size} bytes; at most {largest} are carried over",
                mend="Merge the base branch by hand.",
            )
        return FileChange(entry.path, self._git("cat-file", "blob", entry.blob), executable=entry.mode == _EXECUTABLE)

    def _git(self, *args: str, ok: tuple[int, ...] = (0,)) -> bytes:
        return run_git(
            args,
            cwd=self._folder,
            env_extra=self._environment,
            timeout=FETCH_SECONDS,
            cancelled=self._cancelled,
            ok=ok,
        )
