"""The ledgers under test, seen from outside: where each lies, and how many jobs are in it."""

import contextlib
import dataclasses
import sqlite3
from collections.abc import Iterator, Mapping
from pathlib import Path

import psycopg
from stories.servers import running_postgres, running_redis


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """A fresh data folder with the settings that make `codex-bot` use it; `postgres` is a URL or empty."""

    folder: Path
    settings: Mapping[str, str]
    postgres: str = ""

    def count(self, *states: str) -> int:
        """Return how many jobs are in the ledger, or how many of them are in one of `states`."""
        query = "SELECT state, count(*) FROM job GROUP BY state"
        if self.postgres:
            with psycopg.connect(self.postgres) as connection:
                found = dict(connection.execute(query).fetchall())
        else:
            uri = f"file:{self.folder / 'ledger.db'}?mode=ro"
            with contextlib.closing(sqlite3.connect(uri, uri=True, timeout=10)) as connection:
                found = dict(connection.execute(query).fetchall())
        return sum(count for state, count in found.items() if not states or state in states)


@contextlib.contextmanager
def fresh(base: Path, *, postgres: bool = False, redis: bool = False, synchronous: str = "FULL") -> Iterator[Place]:
    """Make an empty place below `base`, with the servers that it needs; all of it is gone afterwards."""
    number = sum(1 for _ in base.iterdir())
    folder = base / f"{number}"
    settings = {"CODEX_BOT_DATA_DIR": str(folder / "bot"), "CODEX_BOT_SQLITE_SYNCHRONOUS": synchronous}
    folder.mkdir(mode=0o700)
    with contextlib.ExitStack() as servers:
        url = ""
        for name, wanted in (("bot", True), ("redis", redis)):
            if wanted:
                (folder / name).mkdir(mode=0o700)
        if postgres:
            url = servers.enter_context(running_postgres())
            settings["CODEX_BOT_DATABASE_URL"] = url
        if redis:
            settings["CODEX_BOT_BROKER_URL"] = servers.enter_context(running_redis(folder / "redis"))
        yield Place(folder / "bot", settings, url)
