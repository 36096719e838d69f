"""Taking in: a delivery and the job that it asks for, kept before anybody is told so."""

import dataclasses
import zlib
from typing import Any

import sqlalchemy as sa

from bot.ledger.clock import Clock
from bot.ledger.group import GroupCommit
from bot.ledger.jobs import JobState, NewDelivery, NewJob, TakenIn
from bot.ledger.schema import ACTIVE, delivery, job
from bot.ledger.store import OUR_OWN_MISTAKES, Store

DELIVERIES_KEPT = 14 * 24 * 3600.0  # seconds; no forge delivers again after so long


class Inbox(Store):
    """The door's half of the ledger."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        super().__init__(engine, clock)
        self._group: GroupCommit[TakenIn] = GroupCommit(self._transaction, OUR_OWN_MISTAKES)
        # Built once: to put a statement together costs more than to run it.
        self._keep_delivery = self._insert(delivery).on_conflict_do_nothing().returning(delivery.c.id)
        self._keep_job = self._insert(job).on_conflict_do_nothing(index_elements=["dedupe_key"]).returning(job.c.id)

    def take_in(self, new: NewDelivery, work: NewJob) -> TakenIn:
        """Write a delivery and its job in one transaction; after this returns, both survive a crash.

        Calls that come while a transaction is being written share the next one.
        """
        body = zlib.compress(new.body, 1)  # before the database is locked
        return self._group.run(lambda connection: self._take_in(connection, new, body, work))

    def _take_in(self, connection: sa.Connection, new: NewDelivery, body: bytes, work: NewJob) -> TakenIn:
        now = self._clock(connection)
        values = {"forge": new.forge, "guid": new.guid, "kind": new.kind, "received_at": now, "body": body}
        inserted = connection.execute(self._keep_delivery, values).scalar()
        if inserted is None:
            return TakenIn(job_id=None, duplicate=True)
        moment = {"delivery_id": inserted, "state": JobState.QUEUED, "run_after": now, "created_at": now}
        job_id = connection.execute(self._keep_job, {**_row(work), **moment}).scalar()
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
        outcome = f"job {job_id} answers this as well"
        connection.execute(
            sa.update(job)
            .where(queued)
            .values(state=JobState.SUPERSEDED, superseded_by=job_id, done_at=now, outcome=outcome)
        )
        # One that is being worked on is told with its next heartbeat.
        connection.execute(sa.update(job).where(alike, job.c.state.in_(ACTIVE)).values(superseded_by=job_id))

    def purge(self, kept_seconds: float = DELIVERIES_KEPT) -> int:
        """Forget deliveries that no forge would send again; return how many. Their jobs stay."""
        with self._transaction() as connection:
            before = self._clock(connection) - kept_seconds
            old = sa.select(delivery.c.id).where(delivery.c.received_at < before)
            at_rest = job.c.state.not_in((JobState.QUEUED, *ACTIVE))
            connection.execute(sa.update(job).where(job.c.delivery_id.in_(old), at_rest).values(delivery_id=None))
            named = sa.select(job.c.delivery_id).where(job.c.delivery_id.is_not(None))
            gone = sa.delete(delivery).where(delivery.c.received_at < before, delivery.c.id.not_in(named))
            return connection.execute(gone).rowcount


_KEPT = tuple(field.name for field in dataclasses.fields(NewJob) if field.name in job.c)


def _row(work: NewJob) -> dict[str, Any]:
    return {name: getattr(work, name) for name in _KEPT}
