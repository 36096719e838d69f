"""The whole ledger as one object: every question to it and every change of it, each in one short transaction."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from bot.ledger.claims import JOB_COLUMNS, Claims
from bot.ledger.findings import Findings
from bot.ledger.inbox import Inbox
from bot.ledger.jobs import Job, JobState, Lane, read_job
from bot.ledger.leases import Leases
from bot.ledger.pace import Pace
from bot.ledger.schema import effect, job, step


class Ledger(Inbox, Claims, Leases, Pace, Findings):
    """The one gate to the database. Thread-safe; every process opens its own.

    Every method raises `RetryableError` when the database is away, full or locked for too long, and
    every write for a job raises `LeaseLostError` when somebody else holds the job now.
    """

    def job(self, job_id: int) -> Job | None:
        """Return one job."""
        with self._transaction(reading=True) as connection:
            row = connection.execute(sa.select(*JOB_COLUMNS).where(job.c.id == job_id)).mappings().first()
        return None if row is None else read_job(row)

    def jobs(
        self, *, states: Sequence[JobState] = (), subject: str = "", lane: Lane | None = None, limit: int = 50
    ) -> list[Job]:
        """Return jobs, the newest first: all, or those in one of `states`, of one subject, of one lane."""
        query = sa.select(*JOB_COLUMNS).order_by(job.c.id.desc()).limit(limit)
        if states:
            query = query.where(job.c.state.in_(states))
        if subject:
            query = query.where(job.c.subject == subject)
        if lane is not None:
            query = query.where(job.c.lane == lane)
        with self._transaction(reading=True) as connection:
            return [read_job(row) for row in connection.execute(query).mappings()]

    def history(self, job_id: int) -> tuple[Sequence[Mapping[str, Any]], Sequence[Mapping[str, Any]]]:
        """Return (steps, effects) of a job as rows, in the order in which they happened."""
        with self._transaction(reading=True) as connection:
            steps = connection.execute(sa.select(step).where(step.c.job_id == job_id).order_by(step.c.done_at))
            effects = connection.execute(
                sa.select(effect).where(effect.c.job_id == job_id).order_by(effect.c.changed_at)
            )
            return ([dict(row) for row in steps.mappings()], [dict(row) for row in effects.mappings()])
