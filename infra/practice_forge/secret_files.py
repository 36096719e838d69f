"""Files that hold one secret each: readable by their owner only, made when they are missing."""

import os
import stat
from collections.abc import Callable
from pathlib import Path

OTHERS = stat.S_IRWXG | stat.S_IRWXO


def keep_secret(path: Path, make: Callable[[], str]) -> str:
    """Return the secret in `path`; a missing file is made with mode 0600 and what `make` returns.

    Raises `PermissionError` when others may read the file, and `ValueError` when it is empty.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    secret = make()
    with os.fdopen(descriptor, "w") as file:
        file.write(f"{secret.strip()}\n")
    return secret.strip()


def _read(path: Path) -> str:
    if stat.S_IMODE(path.stat().st_mode) & OTHERS:
        raise PermissionError(f"{path} may be read by others; run: chmod 600 {path}")
    secret = path.read_text().strip()
    if not secret:
        raise ValueError(f"{path} is empty; remove it and start again")
    return secret
