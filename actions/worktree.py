"""The files of a working tree as a mapping that reads on demand, and the one way to change them."""

import os
import secrets
import stat
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import UserError
from bot.git import run_git
from tasks.context.tree import is_regular, read_bytes, walk_files

LARGEST = 4 * 1024 * 1024  # bytes; no model rewrites more


class Worktree(Mapping[str, str]):
    """Path to content of the files that git knows or could know (not the ignored ones), else of all files.

    A file is read when it is asked for; one that is no UTF-8 text of at most 4 MiB is a UserError then.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._paths = frozenset(_list_files(root))

    def __getitem__(self, path: str) -> str:
        if path not in self._paths:
            raise KeyError(path)
        content = read_bytes(self._root / path, LARGEST)
        try:
            if content is not None:
                return content.decode()
        except UnicodeDecodeError:
            pass
        raise UserError(f"{path} is not UTF-8 text of at most 4 MiB", mend="Change this file by hand.")

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(self._paths))

    def __len__(self) -> int:
        return len(self._paths)


def _list_files(root: Path) -> Iterator[str]:
    try:
        listed = run_git(["ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=root)
    except (UserError, OSError):  # no repository of git's, or no git
        yield from walk_files(root)
        return
    for path in os.fsdecode(listed).split("\0"):
        if path and path.isprintable() and is_regular(root / path):
            yield path


@dataclass(frozen=True, slots=True)
class _Staged:
    """A new content beside its place: an open folder, the name to take there, the name it has for now."""

    folder: int
    name: str
    waiting: str
    is_new: bool


def write_files(root: Path, changed: Mapping[str, str], known: Mapping[str, str]) -> None:
    """Write contents below `root`: each file whole or not at all, mode kept, through no link.

    Everything is written beside its place first, so that a full disk or a refusal leaves all files as they were. A
    path that is not in `known` must not exist. Raises UserError or OSError.
    """
    with ExitStack() as stack:
        top = os.open(root, os.O_RDONLY | os.O_DIRECTORY)
        stack.callback(os.close, top)
        staged = [_stage(top, path, content.encode(), path not in known, stack) for path, content in changed.items()]
        for one in staged:
            _take_place(one)


def _stage(top: int, path: str, content: bytes, is_new: bool, stack: ExitStack) -> _Staged:  # noqa: FBT001
    *folders, name = path.split("/")
    folder = _enter(top, folders, path, stack)
    mode = _mode(folder, name, path, is_new)
    waiting = f".{secrets.token_hex(8)}.codex-bot"
    file = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666, dir_fd=folder)
    stack.callback(_forget, folder, waiting)
    with os.fdopen(file, "wb") as stream:
        stream.write(content)
        if mode is not None:
            os.fchmod(stream.fileno(), mode)
        stream.flush()
        os.fsync(stream.fileno())
    return _Staged(folder, name, waiting, is_new)


def _enter(top: int, folders: list[str], path: str, stack: ExitStack) -> int:
    """Open the folder of a path step by step, each made if it is missing, none of them a link."""
    folder = top
    for name in folders:
        with suppress(FileExistsError):
            os.mkdir(name, dir_fd=folder)
        try:
            folder = os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder)
        except OSError as error:
            raise UserError(
                f"{path} cannot be written: {name} is a link or no folder ({error.strerror})",
                mend="Nothing was changed. Remove the link, or change this file by hand.",
            ) from error
        stack.callback(os.close, folder)
    return folder


def _mode(folder: int, name: str, path: str, is_new: bool) -> int | None:  # noqa: FBT001
    """Return the permission bits of the file to replace, None for a new one; refuse what is in the way."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None
    if is_new or not stat.S_ISREG(status.st_mode):
        raise UserError(
            f"{path} exists but is not one of the repository's files, so it is not overwritten",
            mend="Nothing was changed. Move it away, or let git track it.",
        )
    return stat.S_IMODE(status.st_mode)


def _take_place(one: _Staged) -> None:
    if one.is_new:
        # A link fails where a rename would overwrite what somebody made in the meantime.
        os.link(one.waiting, one.name, src_dir_fd=one.folder, dst_dir_fd=one.folder, follow_symlinks=False)
    else:
        os.rename(one.waiting, one.name, src_dir_fd=one.folder, dst_dir_fd=one.folder)


def _forget(folder: int, waiting: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(waiting, dir_fd=folder)
