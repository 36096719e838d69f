"""Opens the database behind the ledger; makes its tables on first use, and refuses those of another version."""

import contextlib
import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Literal

import sqlalchemy as sa

from bot.errors import SettingsError
from bot.ledger.clock import Clock, MachineClock, server_clock
from bot.ledger.ledger import Ledger
from bot.ledger.version import version_of, versions

# How soon a commit is on the disk itself: FULL survives a power cut, NORMAL only the death of every process.
Synchronous = Literal["FULL", "NORMAL"]


def open_ledger(
    url: str,
    *,
    synchronous: Synchronous = "FULL",
    upgrading: bool = False,
    busy_seconds: float = 10.0,
    wall: Callable[[], float] = time.time,
) -> Ledger:
    """Open the ledger at an SQLAlchemy URL; `sqlite:///path` or `postgresql+psycopg://...`.

    `busy_seconds` is how long SQLite's other writers are waited for, `wall` the clock that people read.
    An empty database gets its tables; one of an older version is changed only when `upgrading`.
    Raises `SettingsError` when the database cannot be reached or is of another version.
    """
    engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine, synchronous, busy_seconds)
    else:
        _prepare_postgres(engine)
    try:
        with _closed_on_failure(engine):
            _check_version(engine, upgrading=upgrading)
            return Ledger(engine, _clock(engine, wall))
    except sa.exc.DBAPIError as error:
        shown = engine.url.render_as_string(hide_password=True)
        raise SettingsError(
            f"the ledger at {shown} cannot be opened: {str(error.orig).strip()}",
            mend="Check that the folder is writable, or that the server runs and CODEX_BOT_DATABASE_URL is right.",
        ) from error


@contextlib.contextmanager
def _closed_on_failure(engine: sa.Engine) -> Iterator[None]:
    try:
        yield
    except BaseException:
        engine.dispose()
        raise


def _clock(engine: sa.Engine, wall: Callable[[], float]) -> Clock:
    if engine.dialect.name == "postgresql":
        return server_clock
    with engine.begin() as connection:
        return MachineClock(connection, wall)


def _check_version(engine: sa.Engine, *, upgrading: bool) -> None:
    known = versions()
    with engine.connect().execution_options(reading=True) as connection, connection.begin():
        found = version_of(connection)
    if found == known[-1]:
        return
    if found is not None and found not in known:
        raise SettingsError(
            f"the ledger was written by a newer version (its tables are {found}, this one knows {known[-1]})",
            mend="Install the newer version again, or point CODEX_BOT_DATA_DIR to another folder.",
        )
    if found is not None and not upgrading:
        raise SettingsError(
            f"the ledger's tables are of an older version ({found}; this one needs {known[-1]})",
            mend="Run `codex-bot ledger upgrade` once; workers of the version before may go on meanwhile.",
        )
    from bot.ledger.migrate import upgrade  # noqa: PLC0415  # Alembic takes long to load, and is seldom needed

    upgrade(engine)


def _prepare_sqlite(engine: sa.Engine, synchronous: Synchronous, busy_seconds: float) -> None:
    """Give every connection write-ahead logging, durability as asked for and transactions that we begin ourselves."""
    database = engine.url.database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver's own BEGIN comes too late and is deferred; see the "begin" event below.
        connection.isolation_level = None
        # The time-out first: the switch to WAL itself can meet a lock.
        _set_patience(connection, busy_seconds)
        # A longer log than SQLite's own 1000 pages: what many writes touch is copied back once for all of them.
        settings = ("journal_mode=WAL", f"synchronous={synchronous}", "foreign_keys=ON", "wal_autocheckpoint=10000")
        for pragma in settings:
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)  # noqa: S101  # the dialect is SQLite's
        if connection.get_execution_options().get("reading", False):
            raw.execute("BEGIN")
        else:
            _begin_writing(raw, busy_seconds)


def _prepare_postgres(engine: sa.Engine) -> None:
    """Let no statement be compiled to machine code first: ours are short, and are planned anew after a restart."""

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: Any, _record: Any) -> None:
        connection.execute("SET jit = off")
        connection.commit()


def _begin_writing(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Take the one write lock now: a transaction that reads, then writes, fails when another writer came between.

    SQLite's own way to wait for it sleeps longer and longer and starves whoever came first. Short sleeps of chance
    length give everybody the same odds.
    """
    deadline = time.monotonic() + busy_seconds
    _set_patience(connection, 0.0)
    try:
        while True:
            try:
                connection.execute("BEGIN IMMEDIATE")
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise sa.exc.OperationalError("BEGIN IMMEDIATE", None, error) from error
                time.sleep(random.uniform(0.0002, 0.002))  # noqa: S311  # jitter
            else:
                return
    finally:
        _set_patience(connection, busy_seconds)


def _set_patience(connection: sqlite3.Connection, seconds: float) -> None:
    connection.execute(f"PRAGMA busy_timeout={int(seconds * 1000)}")
