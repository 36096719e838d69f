"""The ledger's time: one clock for all its processes, which nobody who sets a wall clock can make jump.

Leases and waits are measured with it. It starts as the wall clock's time, so people can read it as such.
"""

import time
from collections.abc import Callable
from pathlib import Path

import sqlalchemy as sa

from bot.ledger.schema import ACTIVE, bucket, effect, job, meta, step, tenant

Clock = Callable[[sa.Connection], float]

_BOOT_ID = Path("/proc/sys/kernel/random/boot_id")
_NAME = "clock"


class MachineClock:
    """For a ledger on this machine: the kernel's clock since boot, which only goes on, plus an anchor kept in `meta`.

    The anchor is set once a boot, from `wall`; every process that opens the ledger afterwards shares it.
    `boot` names the boot, if not as the kernel does.
    """

    def __init__(self, connection: sa.Connection, wall: Callable[[], float], boot: str = "") -> None:
        boot = boot or _BOOT_ID.read_text(encoding="ascii").strip()
        kept = connection.execute(sa.select(meta.c.value).where(meta.c.name == _NAME)).scalar()
        known_boot, _, anchor = (kept or "").partition(" ")
        if known_boot == boot:
            self._anchor = float(anchor)
            return
        # Time never goes back, even if the machine woke up with a wrong clock: what was due stays due.
        self._anchor = max(wall(), _newest_moment(connection)) - _since_boot()
        connection.execute(sa.delete(meta).where(meta.c.name == _NAME))
        connection.execute(meta.insert().values(name=_NAME, value=f"{boot} {self._anchor!r}"))

    def __call__(self, _connection: sa.Connection) -> float:
        """Return the time in seconds since 1970, as the wall clock would have it had nobody touched it."""
        return self._anchor + _since_boot()


def server_clock(connection: sa.Connection) -> float:
    """Return the time of the PostgreSQL server, in seconds since 1970: hosts need not agree among themselves."""
    return float(connection.execute(_SERVER_TIME).scalar_one())


_SERVER_TIME = sa.text("SELECT extract(epoch FROM clock_timestamp())")


def _since_boot() -> float:
    return time.clock_gettime(time.CLOCK_BOOTTIME)  # goes on while the machine sleeps, unlike time.monotonic()


def _newest_moment(connection: sa.Connection) -> float:
    """Return the latest moment that the ledger tells of; a lease's end too, for its holder is gone with his boot."""
    past = (job.c.created_at, job.c.started_at, job.c.done_at, step.c.done_at, effect.c.changed_at)
    latest = [sa.select(sa.func.max(column)) for column in (*past, tenant.c.served_at, bucket.c.refilled_at)]
    latest.append(sa.select(sa.func.max(job.c.lease_until)).where(job.c.state.in_(ACTIVE)))
    moments = [connection.execute(query).scalar() for query in latest]
    return max((moment for moment in moments if moment is not None), default=0.0)
