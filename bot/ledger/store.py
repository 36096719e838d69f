"""One short transaction after the other, and every way in which a database can be away given one name."""

import contextlib
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import LeaseLostError, RetryableError
from bot.ledger.clock import Clock
from bot.ledger.jobs import Lease
from bot.ledger.schema import ACTIVE, job

# Everything else that a driver raises means that the database is away, full, locked, read-only or broken.
OUR_OWN_MISTAKES = (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.DataError)

# Whether a job is still held by whoever asks.
HELD = sa.and_(job.c.id == sa.bindparam("held_job"), job.c.fence == sa.bindparam("held_fence"), job.c.state.in_(ACTIVE))


class Store:
    """What every part of the ledger stands on: the engine and the clock. Thread-safe."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        self._engine = engine
        self._clock = clock

    @contextlib.contextmanager
    def _transaction(self, *, reading: bool = False) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect().execution_options(reading=reading) as connection, connection.begin():
                yield connection
        except OUR_OWN_MISTAKES:
            raise
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            words = str(getattr(error, "orig", error)).strip()
            raise RetryableError(f"the ledger did not answer: {words}") from error

    @contextlib.contextmanager
    def _fenced(self, lease: Lease) -> Iterator[sa.Connection]:
        """Open a transaction in which the job's row is locked and the lease proven."""
        with self._transaction() as connection:
            self._write(connection, lease, fence=lease.fence)
            yield connection

    def _write(self, connection: sa.Connection, lease: Lease, **values: Any) -> None:
        """Change a job's row for whoever holds its lease."""
        self._held(connection, lease, sa.update(job).where(HELD).values(**values), {})

    @staticmethod
    def _held(connection: sa.Connection, lease: Lease, change: sa.Update, values: Mapping[str, Any]) -> None:
        """Make a change that is bound to `HELD`; raise `LeaseLostError` where it meets no row."""
        given = {**values, "held_job": lease.job_id, "held_fence": lease.fence}
        if connection.execute(change, given).rowcount != 1:
            raise lost(lease)

    def _insert(self, table: sa.Table) -> Any:
        # Both dialects know ON CONFLICT, but SQLAlchemy spells it in each dialect's own insert().
        if self._engine.dialect.name == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    def now(self) -> float:
        """Return the ledger's time, which people can read as seconds since 1970."""
        with self._transaction(reading=True) as connection:
            return self._clock(connection)

    def ping(self) -> None:
        """Ask the database for a sign of life."""
        with self._transaction(reading=True) as connection:
            connection.execute(sa.select(job.c.id).limit(1))

    def close(self) -> None:
        """Give all connections back; needed before a process forks."""
        self._engine.dispose()


def lost(lease: Lease) -> LeaseLostError:
    """Return the error of somebody who holds a lease no longer."""
    return LeaseLostError(f"job {lease.job_id} is held by somebody else now")
