"""The files of a working tree as a mapping that reads on demand."""

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path

from bot.errors import UserError
from bot.git import run_git
from tasks.context.tree import is_regular, walk_files
from tasks.patch.encoding import Encoding, decode

LARGEST = 4 * 1024 * 1024  # bytes; no model rewrites more


class Worktree(Mapping[str, str]):
    """Path to content of the files that git knows or could know (not the ignored ones), else of all files.

    A file is read once, when it is asked for; one that is no text of at most 4 MiB is a UserError then. `others` are
    paths that git knows and that are no files: links, folders of other repositories.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        listed = frozenset(_list_files(root))
        self._paths = frozenset(path for path in listed if is_regular(root / path))
        self.others = listed - self._paths
        self._read: dict[str, tuple[str, Encoding]] = {}

    def __getitem__(self, path: str) -> str:
        return self._text(path)[0]

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._paths))

    def __len__(self) -> int:
        return len(self._paths)

    def encoding(self, path: str) -> Encoding:
        """Return how a file is written; one that is not there would be UTF-8."""
        return self._text(path)[1] if path in self._paths else Encoding()

    def mode(self, path: str) -> int:
        """Return the permission bits of a file; those of an ordinary one where it is not there."""
        return stat.S_IMODE((self._root / path).lstat().st_mode) if path in self._paths else 0o644

    def _text(self, path: str) -> tuple[str, Encoding]:
        if path not in self._paths:
            raise KeyError(path)
        if path not in self._read:
            self._read[path] = _read(self._root, path)
        return self._read[path]


def _read(root: Path, path: str) -> tuple[str, Encoding]:
    try:
        with (root / path).open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}", mend="Check its permissions.") from error
    found = decode(content) if len(content) <= LARGEST else None
    if found is None:
        reason = "holds more than 4 MiB" if len(content) > LARGEST else "is not text in an encoding that is known"
        raise UserError(f"{path} {reason}", mend="Change this file by hand.")
    return found


def _list_files(root: Path) -> Iterator[str]:
    try:
        listed = run_git(["ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root)
    except (UserError, OSError):  # no repository of git's, or no git
        yield from walk_files(root)
        return
    for path in os.fsdecode(listed).split("\0"):
        if path and path.isprintable() and os.path.lexists(root / path):
            yield path
