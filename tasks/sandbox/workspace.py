"""The throw-away copy of a checkout that a run may spoil: copied in, read back, deleted."""

import contextlib
import errno
import fcntl
import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bot.errors import UserError
from tasks.sandbox.account import Account
from tasks.sandbox.failures import Failure, unavailable
from tasks.sandbox.limits import MIB

RESULT_BYTES = 4 * MIB
_PREFIX = "codex-sandbox-"
_YOUNG_SECONDS = 60.0
_NO_FOLLOW = os.O_NOFOLLOW | os.O_CLOEXEC


@contextlib.contextmanager
def workspace(tree: Path, account: Account, *, scratch: Path, tree_bytes: int) -> Iterator[Path]:
    """Copy `tree` to a fresh folder of `account` with `tree/` and `results/` in it; delete it whatever happens.

    Regular files, folders and relative symlinks that stay inside are copied, `.git` and everything else is
    left out. Raises `UserError` when `tree` is no folder or holds more than `tree_bytes`.
    """
    if not stat.S_ISDIR(tree.lstat().st_mode):
        raise UserError("The checkout is not a folder.", mend="Give the folder itself, not a link to it.")
    if not account.can_reach(scratch):
        failure = Failure(
            f"the account that runs tests (uid {account.uid}) cannot reach {scratch}",
            "Set CODEX_BOT_SANDBOX_SCRATCH to a folder that everybody may enter, for example /var/tmp.",
        )
        raise unavailable(failure)
    _sweep(scratch, account)
    place = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=scratch))
    lock = _lock(place)
    try:
        account.own(place)
        _Copier(tree, account, tree_bytes).copy_to(place / "tree")
        (place / "results").mkdir()
        account.own(place / "results")
        yield place
    finally:
        _delete(place, account)
        if lock is not None:
            os.close(lock)


def _sweep(scratch: Path, account: Account) -> None:
    """Delete what runs left behind whose worker was killed: nobody holds their lock any more."""
    for place in scratch.glob(f"{_PREFIX}*"):
        # One that is just being made has no lock yet, so the young are let alone. Others may sweep beside us.
        with contextlib.suppress(FileNotFoundError):
            found = place.lstat()
            if found.st_uid != account.uid or time.time() - found.st_mtime < _YOUNG_SECONDS:
                continue
            lock = _lock(place)
            if lock is not None:
                _delete(place, account)
                os.close(lock)


def _lock(place: Path) -> int | None:
    """Take the lock of a workspace; None when a living worker holds it, or when it is no folder of ours at all."""
    try:
        descriptor = os.open(place, os.O_RDONLY | os.O_DIRECTORY | _NO_FOLLOW)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


class _Copier:
    """Copies without recursion and without following a link: the checkout is a stranger's."""

    def __init__(self, source: Path, account: Account, budget: int) -> None:
        self._source = source
        self._account = account
        self._budget = budget

    def copy_to(self, target: Path) -> None:
        waiting = [(self._source, target)]
        try:
            while waiting:
                waiting.extend(self._copy_folder(*waiting.pop()))
        except OSError as error:
            raise UserError(f"The checkout cannot be copied: {error.strerror}.", mend="Check the folder.") from error

    def _copy_folder(self, folder: Path, copy: Path) -> list[tuple[Path, Path]]:
        """Copy one level; return the folders below it, each with its goal."""
        copy.mkdir()
        self._account.own(copy)
        below = []
        with os.scandir(folder) as entries:
            for entry in entries:
                path, goal = folder / entry.name, copy / entry.name
                if entry.name == ".git":
                    continue
                if entry.is_dir(follow_symlinks=False):
                    below.append((path, goal))
                elif entry.is_symlink():
                    self._copy_link(path, goal)
                elif entry.is_file(follow_symlinks=False):
                    self._copy_file(path, goal)
        return below

    def _copy_link(self, link: Path, goal: Path) -> None:
        aim = link.readlink()
        landing = Path(os.path.normpath(link.parent / aim))
        if not aim.is_absolute() and landing.is_relative_to(self._source):
            goal.symlink_to(aim)
            self._account.own(goal)

    def _copy_file(self, source: Path, goal: Path) -> None:
        with os.fdopen(os.open(source, os.O_RDONLY | os.O_NONBLOCK | _NO_FOLLOW), "rb") as reader:
            found = os.fstat(reader.fileno())
            self._budget -= found.st_size
            if self._budget < 0:
                mend = "Raise tree_bytes in the sandbox's limits."
                raise UserError("The checkout is larger than the sandbox's limit.", mend=mend)
            mode = 0o755 if found.st_mode & 0o111 else 0o644
            with os.fdopen(os.open(goal, os.O_WRONLY | os.O_CREAT | os.O_EXCL | _NO_FOLLOW, mode), "wb") as writer:
                shutil.copyfileobj(reader, writer, MIB)
        os.utime(goal, ns=(found.st_atime_ns, found.st_mtime_ns))
        self._account.own(goal)


def read_results(folder: Path, names: Sequence[str]) -> dict[str, bytes]:
    """Read files that the run left behind; whatever is no regular file of at most 4 MiB is not there.

    Call it when nothing of the run lives any more. Names are plain file names, else `ValueError`.
    """
    found: dict[str, bytes] = {}
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | _NO_FOLLOW)
    try:
        for name in names:
            content = _read_regular(descriptor, name)
            if content is not None:
                found[name] = content
    finally:
        os.close(descriptor)
    return found


def check_result_name(name: str) -> None:
    """Raise `ValueError` unless `name` is one plain file name."""
    if name in {"", ".", ".."} or "/" in name or "\0" in name:
        raise ValueError(f"A result is named by a plain file name: {name!r}")


def _read_regular(folder: int, name: str) -> bytes | None:
    check_result_name(name)
    try:
        # Non-blocking, or a FIFO would hold us for ever before we can see that it is one.
        descriptor = os.open(name, os.O_RDONLY | os.O_NONBLOCK | _NO_FOLLOW, dir_fd=folder)
    except OSError as error:
        if error.errno in {errno.ENOENT, errno.ELOOP, errno.EACCES, errno.ENXIO, errno.EISDIR, errno.ENAMETOOLONG}:
            return None
        raise
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        return None
    with os.fdopen(descriptor, "rb") as file:
        content = file.read(RESULT_BYTES + 1)
    return content if len(content) <= RESULT_BYTES else None


def _delete(place: Path, account: Account) -> None:
    """Delete with `rm`, as the account itself: it copes with any depth, and root's rights meet nothing planted."""
    account.run("rm", "-rf", "--", str(place))
    if place.exists():
        account.run("chmod", "-R", "u+rwX", "--", str(place))
        account.run("rm", "-rf", "--", str(place))
    # The account may not take the emptied folder itself out of a scratch folder that is not its own.
    with contextlib.suppress(OSError):
        place.rmdir()
