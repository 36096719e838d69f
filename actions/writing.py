"""The one way to change a working tree: all of it or nothing, through no link."""

import os
import secrets
import stat
from collections.abc import Collection, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from bot.errors import UserError


@dataclass(frozen=True, slots=True)
class Write:
    """What becomes of one path: new bytes, or None where the file goes away.

    `like` is the file whose mode a new one gets, if it comes from another; a file that is there keeps its own.
    """

    path: str
    content: bytes | None
    like: str = ""


def write_files(root: Path, writes: Iterable[Write], known: Collection[str]) -> None:
    """Make changes below `root`: each file whole or not at all, and none of them where one fails.

    Everything is written beside its place first, so that a full disk shows before anything has changed; what had
    taken its place by then is put back. A path that is not in `known` must not exist, one that is must be a plain
    file. Folders are made where they are missing and go where they are left empty, as with git. Raises UserError.
    """
    with ExitStack() as folders, ExitStack() as leftovers, ExitStack() as undo:
        tree = _Tree(root, folders)
        staged: list[_Staged] = []
        for write in writes:
            with _told(write.path):
                staged.append(_stage(tree, write, leftovers, is_new=write.path not in known))
        for one in staged:
            with _told(one.path):
                _take_place(one, leftovers, undo)
        undo.pop_all()


@contextmanager
def _told(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise UserError(
            f"{path} cannot be written: {error.strerror}",
            mend="Nothing was changed. Check the permissions there and the free disk space.",
        ) from error


class _Tree:
    """The folders of a tree, held open, so that nobody can put a link in the place of one."""

    def __init__(self, root: Path, folders: ExitStack) -> None:
        self._folders = folders
        self._top = self._keep(os.open(root, os.O_RDONLY | os.O_DIRECTORY))

    def enter(self, path: str, *, leaves: bool = False) -> tuple[int, str]:
        """Open the folder of a path step by step, each made if it is missing, none a link; return it and the name.

        At the end a folder that we made goes if nothing came of it, and one that the file `leaves` if it is empty.
        """
        *names, last = path.split("/")
        folder = self._top
        for name in names:
            if _make_folder(folder, name) or leaves:
                self._folders.callback(_drop_if_empty, folder, name)
            try:
                folder = self._keep(os.open(name, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW, dir_fd=folder))
            except OSError as error:
                raise UserError(
                    f"{path} cannot be written: {name} is a link or no folder ({error.strerror})",
                    mend="Nothing was changed. Remove the link, or change this file by hand.",
                ) from error
        return folder, last

    def _keep(self, folder: int) -> int:
        self._folders.callback(os.close, folder)
        return folder


@dataclass(frozen=True, slots=True)
class _Staged:
    """A path, its place as an open folder and a name, and the name beside it that the new content has for now."""

    path: str
    folder: int
    name: str
    waiting: str  # empty where the file goes away
    is_new: bool


def _stage(tree: _Tree, write: Write, leftovers: ExitStack, *, is_new: bool) -> _Staged:
    folder, name = tree.enter(write.path, leaves=write.content is None)
    mode = _mode(folder, name, write.path, is_new=is_new)
    if is_new and write.like:
        mode = _mode(*tree.enter(write.like), write.like, is_new=False)
    waiting = "" if write.content is None else _put_beside(folder, write.content, mode, leftovers)
    return _Staged(write.path, folder, name, waiting, is_new)


def _mode(folder: int, name: str, path: str, *, is_new: bool) -> int | None:
    """Return the permission bits of the file at a path, None for a new one; refuse what is in the way."""
    try:
        status = os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        if is_new:
            return None
        raise
    if is_new or not stat.S_ISREG(status.st_mode):
        raise UserError(
            f"{path} exists but is not one of the repository's files, so it is not overwritten",
            mend="Nothing was changed. Move it away, or let git track it.",
        )
    return stat.S_IMODE(status.st_mode)


def _put_beside(folder: int, content: bytes, mode: int | None, leftovers: ExitStack) -> str:
    waiting = _own_name()
    file = os.open(waiting, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o666, dir_fd=folder)
    leftovers.callback(_forget, folder, waiting)
    with os.fdopen(file, "wb") as stream:
        stream.write(content)
        if mode is not None:
            os.fchmod(stream.fileno(), mode)
        stream.flush()
        os.fsync(stream.fileno())
    return waiting


def _take_place(one: _Staged, leftovers: ExitStack, undo: ExitStack) -> None:
    if one.is_new:
        # A link fails where a rename would overwrite what somebody made in the meantime.
        os.link(one.waiting, one.name, src_dir_fd=one.folder, dst_dir_fd=one.folder, follow_symlinks=False)
        undo.callback(_forget, one.folder, one.name)
        return
    saved = _own_name()
    leftovers.callback(_forget, one.folder, saved)
    undo.callback(_put_back, one.folder, saved, one.name)
    if not one.waiting:
        _move(one.folder, one.name, saved)
        return
    try:
        # A second name for the old content: so there is always something at the first one.
        os.link(one.name, saved, src_dir_fd=one.folder, dst_dir_fd=one.folder, follow_symlinks=False)
    except OSError:  # a file system without links, or somebody else's file
        _move(one.folder, one.name, saved)
    _move(one.folder, one.waiting, one.name)


def _move(folder: int, name: str, to: str) -> None:
    os.rename(name, to, src_dir_fd=folder, dst_dir_fd=folder)


def _put_back(folder: int, saved: str, name: str) -> None:
    with suppress(FileNotFoundError):  # it had not been moved yet
        _move(folder, saved, name)


def _forget(folder: int, name: str) -> None:
    with suppress(FileNotFoundError):
        os.unlink(name, dir_fd=folder)


def _make_folder(folder: int, name: str) -> bool:
    try:
        os.mkdir(name, dir_fd=folder)
    except FileExistsError:
        return False
    return True


def _drop_if_empty(folder: int, name: str) -> None:
    with suppress(OSError):
        os.rmdir(name, dir_fd=folder)


def _own_name() -> str:
    return f".{secrets.token_hex(8)}.codex-bot"
