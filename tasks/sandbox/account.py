"""Whose rights the sandbox starts with: never those of root."""

import dataclasses
import os
import stat
import subprocess
from pathlib import Path

FIRST_UID = 59000


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """A user and group id; `dropped` says that we are root now and must become this account first."""

    uid: int
    gid: int
    dropped: bool

    def can_reach(self, path: Path) -> bool:
        """Say whether this account may walk to `path` and, if it is a folder, list it."""
        real = path.resolve()
        if not self.dropped:
            return os.access(real, os.R_OK)
        return all(self._may(folder, stat.S_IXOTH) for folder in real.parents) and self._may(real, stat.S_IROTH)

    def _may(self, path: Path, bit: int) -> bool:
        found = path.stat()
        return bool(found.st_mode & bit) or (found.st_uid == self.uid and bool(found.st_mode & (bit << 6)))

    @property
    def user(self) -> int | None:
        """The `user` argument of `subprocess`: None where we are that account already."""
        return self.uid if self.dropped else None

    @property
    def group(self) -> int | None:
        """The `group` argument of `subprocess`."""
        return self.gid if self.dropped else None

    @property
    def extra_groups(self) -> list[int] | None:
        """The `extra_groups` argument of `subprocess`: none at all for a dropped account."""
        return [] if self.dropped else None

    def run(self, name: str, *arguments: str) -> int:
        """Run one of the system's own programs as this account; return its exit code, 127 if it is missing."""
        # Both for merged and for split /usr; PATH is never asked, it may be anybody's.
        for program in (Path("/usr/bin", name), Path("/bin", name)):
            if program.exists():
                done = subprocess.run(
                    [str(program), *arguments],
                    check=False,
                    env={},
                    cwd="/",
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.DEVNULL,
                    user=self.user,
                    group=self.group,
                    extra_groups=self.extra_groups,
                )
                return done.returncode
        return 127

    def own(self, path: Path) -> None:
        """Give one file, folder or link to this account."""
        if self.dropped:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def account_for(slot: int) -> Account:
    """Return our own account, or for root a dedicated one: one uid per worker slot, so that slots stay strangers."""
    if os.geteuid() != 0:
        return Account(os.geteuid(), os.getegid(), dropped=False)
    return Account(FIRST_UID + slot, FIRST_UID + slot, dropped=True)
