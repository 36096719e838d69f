"""Opens the database behind the ledger, and makes its tables on first use."""

import sqlite3
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from bot.errors import SettingsError
from bot.ledger.ledger import Ledger
from bot.ledger.schema import SCHEMA_VERSION, meta, metadata


def open_ledger(url: str) -> Ledger:
    """Open the ledger at an SQLAlchemy URL; `sqlite:///path` or `postgresql+psycopg://...`.

    Raises `SettingsError` when the database cannot be reached or was written by a newer version.
    """
    engine = sa.create_engine(url, pool_pre_ping=not url.startswith("sqlite"))
    if engine.dialect.name == "sqlite":
        _prepare_sqlite(engine)
    try:
        _make_tables(engine)
    except sa.exc.DBAPIError as error:
        shown = engine.url.render_as_string(hide_password=True)
        raise SettingsError(
            f"the ledger at {shown} cannot be opened: {str(error.orig).strip()}",
            mend="Check that the folder is writable, or that the server runs and CODEX_BOT_DATABASE_URL is right.",
        ) from error
    return Ledger(engine)


def _prepare_sqlite(engine: sa.Engine) -> None:
    """Give every connection write-ahead logging, full durability and transactions that we begin ourselves."""
    database = engine.url.database
    if database and database != ":memory:":
        Path(database).parent.mkdir(parents=True, exist_ok=True, mode=0o700)

    @sa.event.listens_for(engine, "connect")
    def _connect(connection: sqlite3.Connection, _record: Any) -> None:
        # The driver's own BEGIN comes too late and is deferred; see the "begin" event below.
        connection.isolation_level = None
        # The time-out first: the switch to WAL itself can meet a lock.
        for pragma in ("busy_timeout=10000", "journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        # A deferred transaction that reads, then writes, fails at once when another writer came between.
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def _make_tables(engine: sa.Engine) -> None:
    # Two processes may start together: PostgreSQL lets one of them fail on CREATE TABLE unless they queue here.
    with engine.begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(0x0C0DE8)))
        metadata.create_all(connection)
        found = connection.execute(sa.select(meta.c.value).where(meta.c.name == "schema_version")).scalar()
        if found is None:
            connection.execute(meta.insert().values(name="schema_version", value=str(SCHEMA_VERSION)))
        elif int(found) > SCHEMA_VERSION:
            raise SettingsError(
                f"the ledger was written by a newer version (schema {found}, this one knows {SCHEMA_VERSION})",
                mend="Install the newer version again, or point CODEX_BOT_DATA_DIR to another folder.",
            )
