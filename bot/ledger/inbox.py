"""Taking in: a delivery and the job that it asks for, kept before anybody is told so."""

import contextlib
import dataclasses
import zlib
from collections.abc import Iterator

import sqlalchemy as sa

from bot.ledger.clock import Clock
from bot.ledger.group import GroupCommit
from bot.ledger.jobs import JobState, NewDelivery, NewJob, TakenIn
from bot.ledger.prepared import Prepared
from bot.ledger.schema import ACTIVE, delivery, job
from bot.ledger.store import OUR_OWN_MISTAKES, Store

_DELIVERY = ("forge", "guid", "kind", "received_at", "body")
_JOB = tuple(field.name for field in dataclasses.fields(NewJob) if field.name in job.c)
_MOMENT = ("delivery_id", "state", "run_after", "created_at")

_IN_TURN_LOCK = 0x0C0DEA  # on PostgreSQL, jobs that supersede others are taken in by one process after the other
DELIVERIES_KEPT = 14 * 24 * 3600.0  # seconds; no forge delivers again after so long


class Inbox(Store):
    """The door's half of the ledger."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        super().__init__(engine, clock)
        self._group: GroupCommit[tuple[sa.Connection, float], TakenIn] = GroupCommit(self._batch, OUR_OWN_MISTAKES)
        self._in_turn = self._group
        if engine.dialect.name == "postgresql":
            self._in_turn = GroupCommit(self._batch_in_turn, OUR_OWN_MISTAKES)
        keep_delivery = self._insert(delivery).on_conflict_do_nothing().returning(delivery.c.id)
        self._keep_delivery = Prepared(engine, keep_delivery, _DELIVERY)
        keep_job = self._insert(job).on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(job.c.id)
        self._keep_job = Prepared(engine, keep_job, [*_JOB, *_MOMENT])

    def take_in(self, new: NewDelivery, work: NewJob) -> TakenIn:
        """Write a delivery and its job in one transaction; after this returns, both survive a crash.

        Calls that come while a transaction is being written share the next one.
        """
        body = zlib.compress(new.body, 1)  # before the database is locked
        if work.supersedes or work.quiet_seconds:
            return self._in_turn.run(lambda opened: self._take_in(*opened, new, body, work))
        # In one order everywhere: two processes that write the same deliveries then never wait for each other.
        return self._group.run(lambda opened: self._take_in(*opened, new, body, work), place=new.guid)

    @contextlib.contextmanager
    def _batch(self) -> Iterator[tuple[sa.Connection, float]]:
        with self._transaction() as connection:
            yield connection, self._clock(connection)

    @contextlib.contextmanager
    def _batch_in_turn(self) -> Iterator[tuple[sa.Connection, float]]:
        """Open a transaction that sees what every other one of its kind has written: none supersedes in the dark."""
        with self._transaction() as connection:
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_IN_TURN_LOCK)))
            yield connection, self._clock(connection)

    def _take_in(self, connection: sa.Connection, now: float, new: NewDelivery, body: bytes, work: NewJob) -> TakenIn:
        inserted = self._keep_delivery.scalar(connection, (new.forge, new.guid, new.kind, now, body))
        if inserted is None:
            return TakenIn(job_id=None, duplicate=True)
        asked = (getattr(work, name) for name in _JOB)
        job_id = self._keep_job.scalar(connection, (*asked, inserted, JobState.QUEUED.value, now, now))
        if job_id is not None and (work.supersedes or work.quiet_seconds):
            self._settle(connection, job_id, work, now)
        return TakenIn(job_id=job_id, duplicate=job_id is None)

    @staticmethod
    def _settle(connection: sa.Connection, job_id: int, work: NewJob, now: float) -> None:
        """Let a job wait until its subject is quiet, and take the place of the older ones that it supersedes."""
        alike = sa.and_(job.c.subject == work.subject, job.c.kind == work.kind, job.c.id != job_id)
        queued = sa.and_(alike, job.c.state == JobState.QUEUED)
        since = connection.execute(sa.select(sa.func.min(job.c.quiet_since)).where(queued)).scalar()
        since = now if since is None else since
        due = min(now + work.quiet_seconds, since + work.longest_quiet_seconds)
        connection.execute(sa.update(job).where(job.c.id == job_id).values(quiet_since=since, run_after=due))
        if not work.supersedes:
            return
        # One statement for both: between two, a job could go from the one state to the other.
        # Who works on one is told with his next heartbeat.
        waits = job.c.state == JobState.QUEUED
        connection.execute(
            sa.update(job)
            .where(alike, job.c.state.in_((JobState.QUEUED, *ACTIVE)))
            .values(
                superseded_by=job_id,
                state=sa.case((waits, JobState.SUPERSEDED), else_=job.c.state),
                outcome=sa.case((waits, f"job {job_id} answers this as well"), else_=job.c.outcome),
                done_at=sa.case((waits, now), else_=job.c.done_at),
            )
        )

    def purge(self, kept_seconds: float = DELIVERIES_KEPT) -> int:
        """Forget deliveries that no forge would send again; return how many. Their jobs stay."""
        with self._transaction() as connection:
            before = self._clock(connection) - kept_seconds
            old = sa.select(delivery.c.id).where(delivery.c.received_at < before)
            at_rest = job.c.state.not_in((JobState.QUEUED, *ACTIVE))
            connection.execute(sa.update(job).where(job.c.delivery_id.in_(old), at_rest).values(delivery_id=None))
            is_named = sa.exists(sa.select(1).where(job.c.delivery_id == delivery.c.id))
            gone = sa.delete(delivery).where(delivery.c.received_at < before, ~is_named)
            return connection.execute(gone).rowcount
