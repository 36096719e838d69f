"""A kernel-kept limit on memory and processes, where somebody handed us a cgroup to put strangers in."""

import contextlib
import dataclasses
import os
import time
from collections.abc import Sequence
from pathlib import Path

from tasks.sandbox.limits import MEMORY, PROCESSES, Limits

ROOT = Path("/sys/fs/cgroup")
_DELEGATION_MARK = "user.delegate"
_CONTROLLERS = frozenset({"memory", "pids"})


@dataclasses.dataclass(frozen=True, slots=True)
class Group:
    """One run's own cgroup: a single folder (v2), or one per hierarchy (v1)."""

    folders: Sequence[Path]
    version: str

    def add(self, pid: int) -> None:
        """Move a process in; what it starts later is born inside."""
        for folder in self.folders:
            (folder / "cgroup.procs").write_text(str(pid))

    def verdict(self) -> str | None:
        """Return "memory" or "processes" when the kernel had to refuse or kill, else None."""
        for folder in self.folders:
            if _counter(folder / "memory.events", "oom_kill") or _counter(folder / "memory.oom_control", "oom_kill"):
                return MEMORY
            if _counter(folder / "pids.events", "max"):
                return PROCESSES
        return None

    def remove(self) -> None:
        """Kill what is left, where the kernel offers that, and delete the folders; dying takes a moment."""
        for folder in self.folders:
            if (folder / "cgroup.kill").exists():
                (folder / "cgroup.kill").write_text("1")
            for _ in range(100):
                try:
                    folder.rmdir()
                    break
                except FileNotFoundError:
                    break
                except OSError:
                    time.sleep(0.02)


def find_delegated(root: Path = ROOT, membership: str | None = None) -> tuple[Path, ...]:
    """Return the cgroup folders that are ours to divide: one (v2), two (v1), or none.

    v2: our own cgroup or its parent (systemd's DelegateSubgroup=), marked by systemd with `user.delegate` or
    owned by our ordinary account. v1: our own memory and pids cgroups, if an ordinary account owns them. Root
    may write everywhere, which does not make everything root's to divide: there only the mark counts, and
    folders named by the operator.
    """
    text = Path("/proc/self/cgroup").read_text(encoding="ascii") if membership is None else membership
    ours = {names: path for _, names, path in (line.split(":", 2) for line in text.splitlines())}
    if "" in ours:
        own = root / ours[""].lstrip("/")
        for folder in (own, own.parent):
            if folder.is_relative_to(root) and _is_ours(folder) and _has_controllers(folder):
                return (folder,)
    legacy = [root / name / ours[name].lstrip("/") for name in sorted(_CONTROLLERS) if name in ours]
    if len(legacy) == len(_CONTROLLERS) and all(_is_ours(folder) for folder in legacy):
        return tuple(legacy)
    return ()


def open_group(parents: Sequence[Path], name: str, limits: Limits) -> Group | None:
    """Make a cgroup below each of `parents` with the limits in it; None when there are no parents.

    Raises `OSError` when a folder that was promised cannot be used.
    """
    if not parents:
        return None
    folders = [parent / name for parent in parents]
    group = Group(tuple(folders), "v1" if len(parents) > 1 or not _is_v2(parents[0]) else "v2")
    try:
        for folder in folders:
            folder.mkdir()
            _write_limits(folder, limits)
    except OSError:
        group.remove()
        raise
    return group


def _write_limits(folder: Path, limits: Limits) -> None:
    wanted = {
        "memory.max": limits.memory_bytes,
        "memory.swap.max": 0,
        "memory.oom.group": 1,
        "memory.limit_in_bytes": limits.memory_bytes,
        "memory.memsw.limit_in_bytes": limits.memory_bytes,
        "pids.max": limits.processes,
    }
    for file, value in wanted.items():
        if (folder / file).exists():
            (folder / file).write_text(str(value))


def _is_v2(folder: Path) -> bool:
    return (folder / "cgroup.controllers").exists()


def _is_ours(folder: Path) -> bool:
    try:
        if os.getxattr(folder, _DELEGATION_MARK) == b"1":
            return True
    except OSError:
        pass
    return os.geteuid() != 0 and os.access(folder, os.W_OK) and os.access(folder / "cgroup.procs", os.W_OK)


def _has_controllers(folder: Path) -> bool:
    """Say whether children of a v2 cgroup may be limited; switch that on where it is not yet."""
    switch = folder / "cgroup.subtree_control"
    try:
        if not set(switch.read_text(encoding="ascii").split()) >= _CONTROLLERS:
            # Busy when processes live directly in it: then its parent is asked.
            switch.write_text(" ".join(f"+{name}" for name in sorted(_CONTROLLERS)))
        return set(switch.read_text(encoding="ascii").split()) >= _CONTROLLERS
    except OSError:
        return False


def _counter(file: Path, name: str) -> int:
    with contextlib.suppress(OSError):
        for line in file.read_text(encoding="ascii").splitlines():
            key, _, value = line.partition(" ")
            if key == name:
                return int(value)
    return 0
