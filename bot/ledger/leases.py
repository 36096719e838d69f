"""What the holder of a lease may write, and how others stop his job or ask for it again."""

import functools
from typing import Any

import sqlalchemy as sa

from bot.ledger.claims import JOB_COLUMNS
from bot.ledger.jobs import RETRIABLE, Effect, Job, JobState, Lease, read_job
from bot.ledger.schema import ACTIVE, effect, job, step
from bot.ledger.store import HELD, Store, lost


class Leases(Store):
    """Writes under a lease. Each raises `LeaseLostError` when somebody else holds the job now."""

    def heartbeat(self, lease: Lease, *, lease_seconds: float) -> JobState | None:
        """Say that the worker lives; the lease then holds for `lease_seconds` more.

        Returns the state in which the job should end now, if somebody asked for that.
        """
        with self._transaction() as connection:
            until = self._clock(connection) + lease_seconds
            self._write(connection, lease, lease_until=until)
            asked = connection.execute(
                sa.select(job.c.cancelled_by, job.c.superseded_by).where(job.c.id == lease.job_id)
            ).one()
        if asked.cancelled_by:
            return JobState.CANCELLED
        return None if asked.superseded_by is None else JobState.SUPERSEDED

    def check(self, lease: Lease) -> None:
        """Raise `LeaseLostError` unless the lease holds; asked right before anything becomes visible."""
        with self._transaction(reading=True) as connection:
            now = self._clock(connection)
            held = sa.select(job.c.id).where(
                job.c.id == lease.job_id,
                job.c.fence == lease.fence,
                job.c.state.in_(ACTIVE),
                job.c.lease_until >= now,  # somebody may be about to take it over
            )
            if connection.execute(held).first() is None:
                raise lost(lease)

    def publishing(self, lease: Lease) -> None:
        """Note that the job's effects are being made visible now."""
        self._change(lease, state=JobState.PUBLISHING)

    def count_tokens(self, lease: Lease, *, tokens_in: int, tokens_out: int) -> None:
        """Add the tokens that one model answer cost."""
        self._change(lease, tokens_in=job.c.tokens_in + tokens_in, tokens_out=job.c.tokens_out + tokens_out)

    def finish(self, lease: Lease, *, outcome: str, state: JobState = JobState.DONE) -> None:
        """Close the job for good; `outcome` is one word or a short sentence for the list of jobs."""
        with self._transaction() as connection:
            values = {"state": state, "outcome": outcome, "done_at": self._clock(connection)}
            self._held(connection, lease, _finish(), values)

    def release(self, lease: Lease, *, delay_seconds: float, outcome: str, counted: bool = True) -> None:
        """Put the job back into the queue; `counted=False` gives the attempt back (it was not the job's fault)."""
        with self._transaction() as connection:
            self._write(
                connection,
                lease,
                state=JobState.QUEUED,
                run_after=self._clock(connection) + delay_seconds,
                attempts=job.c.attempts if counted else job.c.attempts - 1,
                outcome=outcome,
            )

    def _change(self, lease: Lease, **values: Any) -> None:
        with self._transaction() as connection:
            self._write(connection, lease, **values)

    # Asked by others

    def cancel(self, job_id: int, *, by: str) -> Job | None:
        """Stop a job: one that waits is cancelled at once, one in work is told with its next heartbeat.

        Returns the job as it stands then, or None when there is none.
        """
        waits = job.c.state == JobState.QUEUED
        with self._transaction() as connection:
            # One statement for both: between two, a job could go from the one state to the other.
            stopping = sa.update(job).where(job.c.id == job_id, job.c.state.in_((JobState.QUEUED, *ACTIVE)))
            connection.execute(
                stopping.values(
                    cancelled_by=by,
                    state=sa.case((waits, JobState.CANCELLED), else_=job.c.state),
                    outcome=sa.case((waits, f"cancelled by {by}"), else_=job.c.outcome),
                    done_at=sa.case((waits, self._clock(connection)), else_=job.c.done_at),
                )
            )
            found = connection.execute(sa.select(*JOB_COLUMNS).where(job.c.id == job_id)).mappings().first()
        return None if found is None else read_job(found)

    def retry(self, job_id: int) -> bool:
        """Queue a job again that died or was cancelled; its paid steps stay. False when it is in another state."""
        with self._transaction() as connection:
            again = (
                sa.update(job)
                .where(job.c.id == job_id, job.c.state.in_(RETRIABLE))
                .values(
                    state=JobState.QUEUED,
                    run_after=self._clock(connection),
                    round=job.c.round + 1,
                    attempts=0,
                    lost_attempts=0,
                    cancelled_by="",
                    superseded_by=None,
                    started_at=None,
                    done_at=None,
                    outcome="",
                )
            )
            return connection.execute(again).rowcount == 1

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
            now = self._clock(connection)
            connection.execute(
                self._insert(step)
                .values(job_id=lease.job_id, name=name, fence=lease.fence, output=output, done_at=now)
                .on_conflict_do_nothing()
            )

    # Effects

    def intend(self, lease: Lease, name: str, marker: str) -> Effect:
        """Write down that something is about to become visible, before it does."""
        with self._fenced(lease) as connection:
            known = connection.execute(
                sa.select(effect).where(effect.c.job_id == lease.job_id, effect.c.name == name)
            ).first()
            if known is not None:
                age = max(0.0, self._clock(connection) - known.changed_at)
                return Effect(name, known.marker, known.state == "confirmed", known.forge_ref, fresh=False, age=age)
            connection.execute(
                effect.insert().values(
                    job_id=lease.job_id,
                    name=name,
                    marker=marker,
                    state="intent",
                    fence=lease.fence,
                    changed_at=self._clock(connection),
                )
            )
        return Effect(name, marker, confirmed=False, forge_ref="", fresh=True)

    def intended(self, lease: Lease, name: str) -> bool:
        """Say whether something of that name became visible for the job, or may have."""
        query = sa.select(effect.c.name).where(effect.c.job_id == lease.job_id, effect.c.name == name)
        with self._transaction(reading=True) as connection:
            return connection.execute(query).first() is not None

    def forget(self, lease: Lease, name: str) -> None:
        """Strike out an effect that was taken back; it may become visible anew."""
        with self._fenced(lease) as connection:
            connection.execute(sa.delete(effect).where(effect.c.job_id == lease.job_id, effect.c.name == name))

    def reword(self, lease: Lease, name: str, text: str) -> None:
        """Write down what an effect is about to say from now on."""
        with self._fenced(lease) as connection:
            own = sa.update(effect).where(effect.c.job_id == lease.job_id, effect.c.name == name)
            connection.execute(own.values(text=text))

    def wording(self, job_id: int, name: str) -> str:
        """Return the newest words of an effect, whoever holds the job now; empty when there are none."""
        query = sa.select(effect.c.text).where(effect.c.job_id == job_id, effect.c.name == name)
        with self._transaction(reading=True) as connection:
            return connection.execute(query).scalar() or ""

    def confirm(self, lease: Lease, name: str, forge_ref: str) -> None:
        """Note what the forge calls the effect that is visible now."""
        with self._fenced(lease) as connection:
            connection.execute(
                sa.update(effect)
                .where(effect.c.job_id == lease.job_id, effect.c.name == name)
                .values(state="confirmed", forge_ref=forge_ref, fence=lease.fence, changed_at=self._clock(connection))
            )


@functools.cache
def _finish() -> sa.Update:
    # Built once: every job ends so, and to put a statement together costs more than to run it.
    names = ("state", "outcome", "done_at")
    return sa.update(job).where(HELD).values({name: sa.bindparam(name) for name in names})
