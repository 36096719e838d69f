"""Toolchains below folders that the run's account may not enter, such as root's home, copied once to where it may."""

import os
import shutil
import stat
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path

from tasks.sandbox.account import Account
from tasks.sandbox.arguments import check_mount_point
from tasks.sandbox.failures import Failure, unavailable


class Toolchains:
    """Read-only folders to mount: path inside -> host path; copies live as long as this object."""

    def __init__(self, mounts: Mapping[str, Path], account: Account, scratch: Path) -> None:
        for inside in mounts:
            check_mount_point(inside)
        self._wanted = dict(mounts)
        self._account = account
        self._scratch = scratch
        self._ready: dict[str, Path] = {}

    def reachable(self) -> Mapping[str, Path]:
        """Return the mounts with host paths that the account can reach; copies what it cannot, once.

        Raises `SandboxUnavailable` when a folder is missing.
        """
        for inside, source in self._wanted.items():
            if inside not in self._ready:
                self._ready[inside] = self._find(source)
        return self._ready

    def _find(self, source: Path) -> Path:
        if not source.exists():
            raise unavailable(
                Failure(f"the toolchain {source} is missing", "Install it, or take it out of the mounts.")
            )
        real = source.resolve()
        return real if self._account.can_reach(real) else self._copy(real)

    def _copy(self, source: Path) -> Path:
        place = Path(tempfile.mkdtemp(prefix="codex-toolchain-", dir=self._scratch))
        weakref.finalize(self, shutil.rmtree, place, ignore_errors=True)
        place.chmod(0o755)
        target = place / "root"
        if source.is_file():
            shutil.copyfile(source, target)
        else:
            # Links stay links: what they mean is decided inside.
            shutil.copytree(source, target, symlinks=True)
        _open_for_reading(place)
        return target


def _open_for_reading(place: Path) -> None:
    for folder, _, files in os.walk(place):
        here = Path(folder)
        here.chmod(0o755)
        for path in (here / name for name in files):
            mode = path.lstat().st_mode
            if stat.S_ISREG(mode):
                path.chmod(0o755 if mode & 0o100 else 0o644)
