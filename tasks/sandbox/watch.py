"""Looks at a running sandbox from outside twice a second: memory, processes, disk."""

import contextlib
import dataclasses
import errno
import os
import stat
from pathlib import Path

import psutil

from tasks.sandbox.cgroup import Group
from tasks.sandbox.limits import DISK, MEMORY, MIB, PROCESSES, Limits

PERIOD = 0.5
# A walk over many files may take longer than a period; never spend more than this share of the time looking.
LOOKING_SHARE = 0.2
# What an entry costs beside its blocks: an inode. Else a million empty files would weigh nothing.
ENTRY_BYTES = 1024


@dataclasses.dataclass(frozen=True, slots=True)
class Usage:
    """What the processes inside hold: bytes of memory, tasks (threads), bytes of files without a name on disk."""

    memory: int
    tasks: int
    nameless_disk: int


class Watch:
    """Judges one run; `first` is pid 1 of the inner world as we see it, `place` the workspace."""

    def __init__(self, first: int, place: Path, limits: Limits, group: Group | None) -> None:
        self._inside = Path(f"/proc/{first}/root")
        self._place = place
        self._limits = limits
        self._group = group
        self._disk_device = place.stat().st_dev

    def verdict(self) -> str | None:
        """Return the limit that is exceeded now ("memory", "processes", "disk"), or None."""
        if self._group is not None and (said := self._group.verdict()):
            return said
        if not self._has_started():
            return None
        usage = measure_processes(self._inside, self._disk_device)
        if usage.memory > self._limits.memory_bytes or host_memory_is_short():
            return MEMORY
        if usage.tasks >= self._limits.processes:
            return PROCESSES
        disk = usage.nameless_disk + tree_bytes(self._place, self._limits.tree_bytes)
        if disk > self._limits.tree_bytes or host_disk_is_short(self._place, self._limits.tree_bytes):
            return DISK
        return None

    def last_word(self) -> str | None:
        """Return what the kernel refused since the last look, for a run that ended by itself."""
        return None if self._group is None else self._group.verdict()

    def _has_started(self) -> bool:
        """Say whether the inner world stands: until it has its own /proc, we would look at the host's."""
        try:
            return (self._inside / "proc").stat().st_dev != Path("/proc").stat().st_dev
        except OSError:
            return False


def measure_processes(inside: Path, disk_device: int) -> Usage:
    """Sum over all processes of the inner world, through its own /proc, plus what lies in its tmpfs.

    A mapped tmpfs file or memfd counts twice, which errs on the safe side.
    """
    memory = sum(_tmpfs_bytes(inside / name) for name in ("tmp", "dev/shm"))
    tasks = 0
    nameless: dict[tuple[int, int], int] = {}
    for name in _names(inside / "proc"):
        if name.isdigit():
            process = inside / "proc" / name
            memory += _resident(process)
            tasks += _threads(process)
            nameless.update(_nameless_files(process))
    on_disk = sum(size for (device, _), size in nameless.items() if device == disk_device)
    tmpfs = {device for device in (_device(inside / "tmp"), _device(inside / "dev/shm")) if device is not None}
    in_memory = sum(size for (device, _), size in nameless.items() if device not in {disk_device, *tmpfs})
    return Usage(memory + in_memory, tasks, on_disk)


def _names(folder: Path) -> list[str]:
    # A process may go while we look at it, and the whole inner world too.
    with contextlib.suppress(OSError):
        return [path.name for path in folder.iterdir()]
    return []


def _resident(process: Path) -> int:
    """Return the process's share of resident and swapped memory: pages that n processes share count 1/n each."""
    with contextlib.suppress(OSError):
        lines = (process / "smaps_rollup").read_bytes().splitlines()
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith((b"Pss:", b"SwapPss:")))
    return 0


def _threads(process: Path) -> int:
    with contextlib.suppress(OSError):
        return (process / "task").stat().st_nlink - 2
    return 0


def _nameless_files(process: Path) -> dict[tuple[int, int], int]:
    """Return device, inode and size of open files that no folder shows: memfds and deleted files."""
    found = {}
    for number in _names(process / "fd"):
        with contextlib.suppress(OSError):
            file = (process / "fd" / number).stat()
            if stat.S_ISREG(file.st_mode) and file.st_nlink == 0:
                found[file.st_dev, file.st_ino] = file.st_blocks * 512
    return found


def _tmpfs_bytes(path: Path) -> int:
    with contextlib.suppress(OSError):
        found = os.statvfs(path)
        return (found.f_blocks - found.f_bfree) * found.f_frsize
    return 0


def _device(path: Path) -> int | None:
    with contextlib.suppress(OSError):
        return path.stat().st_dev
    return None


def tree_bytes(folder: Path, enough: int) -> int:
    """Return the disk space that a tree takes; stops counting soon after `enough`.

    A path too long to be read counts as more than enough: only an attack digs that deep.
    """
    total = 0
    waiting = [os.fspath(folder)]
    while waiting and total <= enough:
        try:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    total += ENTRY_BYTES + entry.stat(follow_symlinks=False).st_blocks * 512
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        except OSError as error:
            if error.errno == errno.ENAMETOOLONG:
                return enough + 1
    return total


def host_memory_is_short() -> bool:
    """Say whether the machine itself is nearly out of memory, whoever took it; then strangers go first."""
    memory = psutil.virtual_memory()
    return bool(memory.available < min(memory.total // 16, 512 * MIB))


def host_disk_is_short(place: Path, reserve: int) -> bool:
    """Say whether the disk under the workspace is nearly full, whoever filled it."""
    disk = os.statvfs(place)
    return disk.f_bavail < min(disk.f_blocks // 16, reserve // disk.f_frsize)
