"""An empty ledger on SQLite, its tables made once and copied: to make them takes longer than most stories."""

import functools
import tempfile
from pathlib import Path

from bot.ledger import Ledger, open_ledger


def fresh_ledger(folder: Path) -> Ledger:
    """Open `folder/ledger.db`; there is nothing in it unless it was there before.

    It waits for no disk: processes die in these stories, but no power is cut.
    """
    path = folder / "ledger.db"
    return open_ledger(_url(path) if path.exists() else empty_at(path), synchronous="NORMAL")


def empty_at(path: Path) -> str:
    """Put an empty ledger of today's version there; return its SQLAlchemy URL."""
    path.write_bytes(_made())
    return _url(path)


def _url(path: Path) -> str:
    return f"sqlite:///{path}"


@functools.cache
def _made() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        open_ledger(_url(path)).close()
        return path.read_bytes()
