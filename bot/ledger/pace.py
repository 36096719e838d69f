"""How fast a forge may be asked: what it allows an installation, and whether it answers at all."""

import math
from collections.abc import Sequence

import sqlalchemy as sa

from bot.events import Limit
from bot.ledger.claims import PROBE_SECONDS
from bot.ledger.schema import breaker, bucket
from bot.ledger.store import Store

# A full bucket is spent at once and refilled meanwhile: both together must stay below what the forge counts in any
# stretch of its period, so a quarter may come as a burst and three quarters as a stream.
_BURST, _STREAM = 0.25, 0.75
FAILURES_TO_OPEN = 5
_FAILURES = sa.select(breaker.c.failures).where(breaker.c.forge == sa.bindparam("name"))  # asked with every job
FIRST_OPEN_SECONDS, LONGEST_OPEN_SECONDS = 15.0, 300.0


class Pace(Store):
    """Shared by all workers, so that together they stay within a forge's limits."""

    def spend(self, scope: str, limits: Sequence[Limit]) -> float:
        """Take one call from a scope's buckets; return 0.0, or how many seconds to wait before asking again."""
        if not limits:
            return 0.0
        with self._transaction() as connection:
            now = self._clock(connection)
            levels = {limit: self._level(connection, scope, limit, now) for limit in limits}
            wait: float = max(0.0, *((1.0 - level) / _rate(limit) for limit, (level, _) in levels.items()))
            if wait > 0:
                return float(wait)
            for limit, (level, moment) in levels.items():
                own = sa.update(bucket).where(bucket.c.scope == scope, bucket.c.period == limit.seconds)
                connection.execute(own.values(tokens=level - 1.0, refilled_at=moment))
        return 0.0

    def _level(self, connection: sa.Connection, scope: str, limit: Limit, now: float) -> tuple[float, float]:
        """Return how much is in a bucket, and the moment up to which it was refilled."""
        full = max(1.0, limit.count * _BURST)
        first = self._insert(bucket).values(scope=scope, period=limit.seconds, tokens=full, refilled_at=now)
        connection.execute(first.on_conflict_do_nothing())
        query = sa.select(bucket.c.tokens, bucket.c.refilled_at)
        # PostgreSQL's other workers queue at the row; SQLite has one writer anyway.
        kept = connection.execute(
            query.where(bucket.c.scope == scope, bucket.c.period == limit.seconds).with_for_update()
        ).one()
        # While this one queued, another may have refilled it up to a later moment; that time must not count twice.
        moment = max(now, kept.refilled_at)
        return float(min(full, kept.tokens + (moment - kept.refilled_at) * _rate(limit))), float(moment)

    def forge_failed(self, forge: str, *, claimed_at: float = math.inf) -> None:
        """Count one failure of a forge in a row; after several, no job of it is claimed for a while.

        A job that was `claimed_at` a moment before the forge was left alone tells nothing new: else each job that
        was in work when a forge went away would make the pause longer.
        """
        with self._transaction() as connection:
            counting = self._insert(breaker).values(forge=forge, failures=1, open_until=0.0)
            counting = counting.on_conflict_do_update(
                index_elements=["forge"],
                set_={"failures": breaker.c.failures + 1},
                # A probe is claimed `PROBE_SECONDS` before the end of the pause that it makes; clocks are floats.
                where=breaker.c.open_until <= claimed_at + PROBE_SECONDS + 0.001,
            )
            failures = connection.execute(counting.returning(breaker.c.failures)).scalar()
            if failures is not None and failures >= FAILURES_TO_OPEN:
                doubled = FIRST_OPEN_SECONDS * 2.0 ** min(10, failures - FAILURES_TO_OPEN)
                until = self._clock(connection) + min(LONGEST_OPEN_SECONDS, doubled)
                connection.execute(sa.update(breaker).where(breaker.c.forge == forge).values(open_until=until))

    def forge_answered(self, forge: str) -> None:
        """Forget a forge's failures: it is back."""
        with self._transaction() as connection:
            connection.execute(sa.delete(breaker).where(breaker.c.forge == forge))

    def failures(self, forge: str) -> int:
        """Return how often in a row a forge has failed."""
        with self._transaction(reading=True) as connection:
            return connection.execute(_FAILURES, {"name": forge}).scalar() or 0


def _rate(limit: Limit) -> float:
    return limit.count * _STREAM / limit.seconds
