"""The files of a checkout, found without following a link out of it."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

LARGEST = 512 * 1024  # bytes; what is larger is data or generated

_NEVER = frozenset({".git", ".hg", ".svn", ".jj"})
_VENDORED = frozenset(
    [
        *("node_modules", "bower_components", "vendor", "third_party", "site-packages", "dist", ".next", ".eggs"),
        *("__pycache__", ".venv", "venv", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache"),
    ]
)
_GENERATED = (".min.js", ".min.css", ".map", ".lock", ".svg", ".snap", "-lock.json", "-lock.yaml", ".pb.go", "_pb2.py")


def walk_files(root: Path, *, vendored: bool = True) -> Iterator[str]:
    """Yield the path of every regular file below `root`, relative and with forward slashes, in a fixed order.

    Links are not followed and version-control folders not entered; without `vendored` neither are folders that hold
    other people's or generated code. Names that cannot be shown on a line (control characters, not UTF-8) and folders
    that cannot be read are passed over; a `root` that cannot be read is an OSError.
    """
    os.scandir(root).close()
    for folder, names, files in os.walk(root):
        skipped = _NEVER if vendored else _NEVER | _VENDORED
        names[:] = sorted(name for name in names if name not in skipped)
        inside = Path(folder).relative_to(root)
        for name in sorted(files):
            path = str(PurePosixPath(inside, name))
            if path.isprintable() and is_regular(root / path):
                yield path


def is_regular(path: Path) -> bool:
    """Say whether a path is a plain file itself: no link, socket or device."""
    try:
        return stat.S_ISREG(path.lstat().st_mode)
    except OSError:
        return False


def read_bytes(path: Path, largest: int = LARGEST) -> bytes | None:
    """Return the bytes of a text file; None when it is missing, too large, unreadable or binary (it holds a NUL)."""
    try:
        with path.open("rb") as file:
            content = file.read(largest + 1)
    except OSError:
        return None
    return None if len(content) > largest or b"\0" in content else content


def is_written_by_people(path: str) -> bool:
    """Say whether a path is worth searching: lock files, maps and minified code are not."""
    return not path.endswith(_GENERATED)
