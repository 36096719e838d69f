"""Taking in: a delivery and the job that it asks for, kept before anybody is told so."""

import dataclasses
import zlib
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from bot.errors import RetryableError
from bot.ledger.clock import Clock
from bot.ledger.jobs import JobState, NewDelivery, NewJob, TakenIn, Wanted
from bot.ledger.prepared import PreparedInsert
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
        keep_delivery = self._insert(delivery).on_conflict_do_nothing()
        named = keep_delivery.returning(delivery.c.id, delivery.c.forge, delivery.c.guid)
        self._keep_deliveries = PreparedInsert(engine, named, _DELIVERY)
        keep_job = self._insert(job).on_conflict_do_nothing(index_elements=["dedupe_key"])
        self._keep_jobs = PreparedInsert(engine, keep_job.returning(job.c.id, job.c.dedupe_key), [*_JOB, *_MOMENT])

    def take_in(self, new: NewDelivery, work: NewJob) -> TakenIn:
        """Write a delivery and its job in one transaction; after this returns, both survive a crash."""
        (taken,) = self.take_in_all([(new, work)])
        if isinstance(taken, Exception):
            raise taken
        return taken

    def take_in_all(self, wanted: Sequence[Wanted]) -> list[TakenIn | Exception]:
        """Take in many in one transaction, so that one sync of the disk keeps them all (group commit).

        Each is answered for itself: what the database refuses is not blamed on the others. Raises nothing of its own.
        """
        bodies = [zlib.compress(new.body, 1) for new, _ in wanted]  # before the database is locked
        try:
            return list(self._take_in_all(wanted, bodies))
        except OUR_OWN_MISTAKES as error:
            return [error] if len(wanted) == 1 else [self.take_in_all([one])[0] for one in wanted]
        except RetryableError as error:
            return [error] * len(wanted)

    def _take_in_all(self, wanted: Sequence[Wanted], bodies: Sequence[bytes]) -> list[TakenIn]:
        in_turn = [place for place, (_, work) in enumerate(wanted) if work.supersedes or work.quiet_seconds]
        taken = [TakenIn(job_id=None, duplicate=True)] * len(wanted)
        with self._transaction() as connection:
            if in_turn and self._engine.dialect.name == "postgresql":
                # Whoever supersedes sees what every other of his kind has written: none does it in the dark.
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_IN_TURN_LOCK)))
            now = self._clock(connection)
            deliveries = self._new_deliveries(connection, wanted, bodies, now)
            plain = {place: number for place, number in deliveries.items() if place not in in_turn}
            alone = [{place: deliveries[place]} for place in in_turn if place in deliveries]
            # Those that supersede come one by one, in their order: the newest is to be the one that stays.
            for group in [plain, *alone]:
                for place, job_id in self._new_jobs(connection, wanted, group, now).items():
                    taken[place] = TakenIn(job_id=job_id, duplicate=False)
                    if place in in_turn:
                        self._settle(connection, job_id, wanted[place][1], now)
        return taken

    def _new_deliveries(
        self, connection: sa.Connection, wanted: Sequence[Wanted], bodies: Sequence[bytes], now: float
    ) -> dict[int, int]:
        """Return the row of each delivery that is new, by its place; of two alike, the first is the new one."""
        # In one order everywhere: two processes that write the same deliveries then never wait for each other.
        places = sorted(range(len(wanted)), key=lambda place: wanted[place][0].guid)
        rows = []
        for place in places:
            new = wanted[place][0]
            rows.append((new.forge, new.guid, new.kind, now, bodies[place]))
        found = {(forge, guid): number for number, forge, guid in self._keep_deliveries.rows(connection, rows)}
        first = {(wanted[place][0].forge, wanted[place][0].guid): place for place in reversed(places)}
        return {first[key]: number for key, number in found.items()}

    def _new_jobs(
        self, connection: sa.Connection, wanted: Sequence[Wanted], deliveries: Mapping[int, int], now: float
    ) -> dict[int, int]:
        """Return the number of each job that is new, by its place, for deliveries that are new."""
        if not deliveries:
            return {}
        places = sorted(deliveries, key=lambda place: wanted[place][1].dedupe_key)
        rows = []
        for place in places:
            asked = [getattr(wanted[place][1], name) for name in _JOB]
            rows.append((*asked, deliveries[place], JobState.QUEUED.value, now, now))
        first = {wanted[place][1].dedupe_key: place for place in reversed(places)}
        return {first[key]: number for number, key in self._keep_jobs.rows(connection, rows)}

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
