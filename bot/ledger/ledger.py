"""Every question to the ledger and every change of it, each in one short transaction."""

import contextlib
import dataclasses
import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from bot.errors import LeaseLostError, RetryableError
from bot.ledger.jobs import Effect, Job, JobState, Lease
from bot.ledger.schema import ACTIVE, delivery, effect, job, step

# Everything else that a driver raises means that the database is away, full, locked, read-only or broken.
_OUR_OWN_MISTAKES = (sa.exc.IntegrityError, sa.exc.ProgrammingError, sa.exc.DataError)
_JOB_COLUMNS = [job.c[field.name] for field in dataclasses.fields(Job)]


@dataclasses.dataclass(frozen=True, slots=True)
class NewDelivery:
    """A verified delivery that asks something of us; `body` is kept compressed."""

    forge: str
    guid: str
    kind: str
    body: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be queued; `dedupe_key` names the request itself, whatever delivery brought it."""

    forge: str
    tenant: str
    subject: str
    kind: str
    argument: str
    event: str
    dedupe_key: str


@dataclasses.dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a delivery: the job that it made, or None; `duplicate` if it was here before."""

    job_id: int | None
    duplicate: bool


class Ledger:
    """The one gate to the database. Thread-safe; every process opens its own.

    Every method raises `RetryableError` when the database is away, full or locked for too long, and
    every write for a job raises `LeaseLostError` when somebody else holds the job now.
    """

    def __init__(self, engine: sa.Engine, *, clock: Callable[[], float] = time.time) -> None:
        self._engine = engine
        self._clock = clock

    @contextlib.contextmanager
    def _transaction(self, *, reading: bool = False) -> Iterator[sa.Connection]:
        try:
            with self._engine.connect().execution_options(reading=reading) as connection, connection.begin():
                yield connection
        except _OUR_OWN_MISTAKES:
            raise
        except (sa.exc.DBAPIError, sa.exc.TimeoutError) as error:
            words = str(getattr(error, "orig", error)).strip()
            raise RetryableError(f"the ledger did not answer: {words}") from error

    def ping(self) -> None:
        """Ask the database for a sign of life."""
        with self._transaction(reading=True) as connection:
            connection.execute(sa.select(job.c.id).limit(1))

    def close(self) -> None:
        """Give all connections back; needed before a process forks."""
        self._engine.dispose()

    # Taking in

    def take_in(self, new: NewDelivery, work: NewJob) -> TakenIn:
        """Write a delivery and its job in one transaction; after this returns, both survive a crash."""
        now = self._clock()
        with self._transaction() as connection:
            inserted = connection.execute(
                self._insert(delivery)
                .values(
                    forge=new.forge,
                    guid=new.guid,
                    kind=new.kind,
                    received_at=now,
                    body=zlib.compress(new.body, 1),
                )
                .on_conflict_do_nothing()
                .returning(delivery.c.id)
            ).scalar()
            if inserted is None:
                return TakenIn(job_id=None, duplicate=True)
            job_id = connection.execute(
                self._insert(job)
                .values(
                    **dataclasses.asdict(work),
                    delivery_id=inserted,
                    state=JobState.QUEUED,
                    run_after=now,
                    created_at=now,
                )
                .on_conflict_do_nothing(index_elements=["dedupe_key"])
                .returning(job.c.id)
            ).scalar()
        return TakenIn(job_id=job_id, duplicate=job_id is None)

    def _insert(self, table: sa.Table) -> Any:
        # Both dialects know ON CONFLICT, but SQLAlchemy spells it in each dialect's own insert().
        if self._engine.dialect.name == "postgresql":
            return postgresql.insert(table)
        return sqlite.insert(table)

    # Working

    def due(self, limit: int = 40) -> list[int]:
        """Return the ids of jobs that somebody should claim: queued and due, or left by a dead worker."""
        claimable = self._claimable(self._clock())
        busy = sa.select(job.c.subject).where(job.c.state.in_(ACTIVE), job.c.lease_until >= self._clock())
        with self._transaction(reading=True) as connection:
            rows = connection.execute(
                sa.select(job.c.id).where(claimable, job.c.subject.not_in(busy)).order_by(job.c.run_after).limit(limit)
            )
            return [row.id for row in rows]

    def claim(self, job_id: int, *, worker: str, lease_seconds: float) -> Job | None:
        """Take a job, or return None when it is not to be had: done, not due, held, or its subject is busy."""
        now = self._clock()
        taken_over = sa.case((job.c.state.in_(ACTIVE), 1), else_=0)
        change = (
            sa.update(job)
            .where(job.c.id == job_id, self._claimable(now))
            .values(
                state=JobState.LEASED,
                worker=worker,
                fence=job.c.fence + 1,
                lease_until=now + lease_seconds,
                attempts=job.c.attempts + 1,
                lost_attempts=job.c.lost_attempts + taken_over,
                started_at=sa.func.coalesce(job.c.started_at, now),
            )
            .returning(*_JOB_COLUMNS)
        )
        try:
            with self._transaction() as connection:
                row = connection.execute(change).mappings().first()
        except sa.exc.IntegrityError:  # another job of the same subject is being worked on
            return None
        return None if row is None else _job(row)

    @staticmethod
    def _claimable(now: float) -> sa.ColumnElement[bool]:
        return sa.or_(
            sa.and_(job.c.state == JobState.QUEUED, job.c.run_after <= now),
            sa.and_(job.c.state.in_(ACTIVE), job.c.lease_until < now),
        )

    def heartbeat(self, lease: Lease, *, lease_seconds: float) -> None:
        """Say that the worker lives; the lease then holds for `lease_seconds` more."""
        self._write(lease, lease_until=self._clock() + lease_seconds)

    def check(self, lease: Lease) -> None:
        """Raise `LeaseLostError` unless the lease holds; asked right before anything becomes visible."""
        self._write(lease, fence=lease.fence)

    def publishing(self, lease: Lease) -> None:
        """Note that the job's effects are being made visible now."""
        self._write(lease, state=JobState.PUBLISHING)

    def count_tokens(self, lease: Lease, *, tokens_in: int, tokens_out: int) -> None:
        """Add the tokens that one model answer cost."""
        self._write(lease, tokens_in=job.c.tokens_in + tokens_in, tokens_out=job.c.tokens_out + tokens_out)

    def finish(self, lease: Lease, *, outcome: str) -> None:
        """Close the job for good; `outcome` is one word or a short sentence for the list of jobs."""
        self._write(lease, state=JobState.DONE, outcome=outcome, done_at=self._clock())

    def bury(self, lease: Lease, *, outcome: str) -> None:
        """Give the job up; it stays in the list with its reason."""
        self._write(lease, state=JobState.DEAD, outcome=outcome, done_at=self._clock())

    def release(self, lease: Lease, *, delay_seconds: float, outcome: str, counted: bool = True) -> None:
        """Put the job back into the queue; `counted=False` gives the attempt back (it was not the job's fault)."""
        self._write(
            lease,
            state=JobState.QUEUED,
            run_after=self._clock() + delay_seconds,
            attempts=job.c.attempts if counted else job.c.attempts - 1,
            outcome=outcome,
        )

    def _write(self, lease: Lease, **values: Any) -> None:
        change = sa.update(job).where(job.c.id == lease.job_id, job.c.fence == lease.fence, job.c.state.in_(ACTIVE))
        with self._transaction() as connection:
            if connection.execute(change.values(**values)).rowcount != 1:
                raise LeaseLostError(f"job {lease.job_id} is held by somebody else now")

    # Checkpoints

    def step(self, job_id: int, name: str) -> str | None:
        """Return what an earlier attempt at the job left for this step, or None."""
        with self._transaction(reading=True) as connection:
            return connection.execute(
                sa.select(step.c.output).where(step.c.job_id == job_id, step.c.name == name)
            ).scalar()

    def save_step(self, lease: Lease, name: str, output: str) -> None:
        """Keep a step's output for later attempts; the first one saved stays."""
        with self._fenced(lease) as connection:
            connection.execute(
                self._insert(step)
                .values(job_id=lease.job_id, name=name, fence=lease.fence, output=output, done_at=self._clock())
                .on_conflict_do_nothing()
            )

    @contextlib.contextmanager
    def _fenced(self, lease: Lease) -> Iterator[sa.Connection]:
        """Open a transaction in which the job's row is locked and the lease proven."""
        with self._transaction() as connection:
            held = connection.execute(
                sa.update(job)
                .where(job.c.id == lease.job_id, job.c.fence == lease.fence, job.c.state.in_(ACTIVE))
                .values(fence=lease.fence)
            )
            if held.rowcount != 1:
                raise LeaseLostError(f"job {lease.job_id} is held by somebody else now")
            yield connection

    # Effects

    def intend(self, lease: Lease, name: str, marker: str) -> Effect:
        """Write down that something is about to become visible, before it does."""
        with self._fenced(lease) as connection:
            known = connection.execute(
                sa.select(effect).where(effect.c.job_id == lease.job_id, effect.c.name == name)
            ).first()
            if known is not None:
                return Effect(name, known.marker, known.state == "confirmed", known.forge_ref, fresh=False)
            connection.execute(
                effect.insert().values(
                    job_id=lease.job_id,
                    name=name,
                    marker=marker,
                    state="intent",
                    fence=lease.fence,
                    changed_at=self._clock(),
                )
            )
        return Effect(name, marker, confirmed=False, forge_ref="", fresh=True)

    def confirm(self, lease: Lease, name: str, forge_ref: str) -> None:
        """Note what the forge calls the effect that is visible now."""
        with self._fenced(lease) as connection:
            connection.execute(
                sa.update(effect)
                .where(effect.c.job_id == lease.job_id, effect.c.name == name)
                .values(state="confirmed", forge_ref=forge_ref, fence=lease.fence, changed_at=self._clock())
            )

    # Looking

    def job(self, job_id: int) -> Job | None:
        """Return one job."""
        with self._transaction(reading=True) as connection:
            row = connection.execute(sa.select(*_JOB_COLUMNS).where(job.c.id == job_id)).mappings().first()
        return None if row is None else _job(row)

    def jobs(self, *, state: JobState | None = None, limit: int = 50) -> list[Job]:
        """Return jobs, the newest first."""
        query = sa.select(*_JOB_COLUMNS).order_by(job.c.id.desc()).limit(limit)
        if state is not None:
            query = query.where(job.c.state == state)
        with self._transaction(reading=True) as connection:
            return [_job(row) for row in connection.execute(query).mappings()]

    def history(self, job_id: int) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
        """Return (steps, effects) of a job as rows, in the order in which they happened."""
        with self._transaction(reading=True) as connection:
            steps = connection.execute(sa.select(step).where(step.c.job_id == job_id).order_by(step.c.done_at))
            effects = connection.execute(
                sa.select(effect).where(effect.c.job_id == job_id).order_by(effect.c.changed_at)
            )
            return ([dict(row) for row in steps.mappings()], [dict(row) for row in effects.mappings()])


def _job(row: Mapping[Any, Any]) -> Job:
    return Job(**{**row, "state": JobState(row["state"])})
