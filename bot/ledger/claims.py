"""Who works on what next: one query that knows tenants, lanes, priorities and forges that are away."""

from typing import Any

import sqlalchemy as sa

from bot.ledger.jobs import JOB_FIELDS, Claimant, Job, JobState, Lane, read_job
from bot.ledger.schema import ACTIVE, breaker, job, tenant
from bot.ledger.store import Store

PROBE_SECONDS = 15.0  # a forge that failed is tried by one job in so long, until it answers
_CLAIM_LOCK = 0x0C0DE9  # on PostgreSQL claims queue here: limits hold exactly, and a claim takes milliseconds
JOB_COLUMNS = [job.c[name] for name in JOB_FIELDS]


class Claims(Store):
    """The workers' way to their next job."""

    def due(self, limit: int = 40) -> list[int]:
        """Return the ids of jobs that somebody should claim: queued and due, or left by a dead worker."""
        with self._transaction(reading=True) as connection:
            now = self._clock(connection)
            query = sa.select(job.c.id).where(_claimable(now), _is_free(), _forge_answers(now))
            return list(connection.execute(query.order_by(job.c.run_after).limit(limit)).scalars())

    def claim(self, who: Claimant, only: int | None = None) -> Job | None:
        """Take the next job, or `only` that one; None when there is none to be had.

        Higher priority first; then the tenant with the fewest jobs in work, then the one whose last job was
        begun longest ago; then the oldest.
        """
        with self._transaction() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CLAIM_LOCK)))
            now = self._clock(connection)
            query = _next(who, now)
            chosen = connection.execute(query if only is None else query.where(job.c.id == only)).first()
            if chosen is None:
                return None
            claimed = connection.execute(_taking(who, chosen.id, now)).mappings().one()
            served = self._insert(tenant).values(name=chosen.tenant, served_at=now)
            connection.execute(served.on_conflict_do_update(index_elements=["name"], set_={"served_at": now}))
            if chosen.failures:
                probing = sa.update(breaker).where(breaker.c.forge == chosen.forge, breaker.c.open_until > 0)
                connection.execute(probing.values(open_until=now + PROBE_SECONDS))
        return read_job(claimed)


def _next(who: Claimant, now: float) -> sa.Select[Any]:
    running = (
        sa.select(job.c.tenant, sa.func.count().label("number"))
        .where(job.c.state.in_(ACTIVE), job.c.lease_until >= now)
        .group_by(job.c.tenant)
        .subquery()
    )
    number = sa.func.coalesce(running.c.number, 0)
    return (
        sa.select(job.c.id, job.c.tenant, job.c.forge, sa.func.coalesce(breaker.c.failures, 0).label("failures"))
        .outerjoin(running, running.c.tenant == job.c.tenant)
        .outerjoin(tenant, tenant.c.name == job.c.tenant)
        .outerjoin(breaker, breaker.c.forge == job.c.forge)
        .where(_claimable(now), _is_free(), sa.func.coalesce(breaker.c.open_until, 0.0) <= now)
        .where(
            sa.or_(
                job.c.lane == Lane.CONTROL,
                sa.and_(number < who.tenant_limit, _working(who, now) < who.team_limit),
            )
        )
        .order_by(job.c.priority.desc(), number, sa.func.coalesce(tenant.c.served_at, 0.0), job.c.id)
        .limit(1)
    )


def _working(who: Claimant, now: float) -> sa.ColumnElement[int]:
    """Count what the claimant's team has in work; what his own slot had before is given up, or he would not ask."""
    return (
        sa.select(sa.func.count())
        .where(job.c.state.in_(ACTIVE), job.c.lease_until >= now, job.c.lane == Lane.WORK)
        .where(job.c.worker.startswith(who.team, autoescape=True), job.c.worker != who.name)
        .scalar_subquery()
        .correlate(None)
    )


def _claimable(now: float) -> sa.ColumnElement[bool]:
    return sa.or_(
        sa.and_(job.c.state == JobState.QUEUED, job.c.run_after <= now),
        sa.and_(job.c.state.in_(ACTIVE), job.c.lease_until < now),
    )


def _is_free() -> sa.ColumnElement[bool]:
    """Say whether no other job of the subject's lane is in work, or was left by a dead worker and comes first."""
    other = job.alias()
    return ~sa.exists(
        sa.select(1).where(
            other.c.subject == job.c.subject,
            other.c.lane == job.c.lane,
            other.c.id != job.c.id,
            other.c.state.in_(ACTIVE),
        )
    )


def _forge_answers(now: float) -> sa.ColumnElement[bool]:
    return ~sa.exists(sa.select(1).where(breaker.c.forge == job.c.forge, breaker.c.open_until > now))


def _taking(who: Claimant, job_id: int, now: float) -> sa.sql.dml.ReturningUpdate[Any]:
    taken_over = sa.case((job.c.state.in_(ACTIVE), 1), else_=0)
    return (
        sa.update(job)
        .where(job.c.id == job_id)
        .values(
            state=JobState.LEASED,
            worker=who.name,
            fence=job.c.fence + 1,
            lease_until=now + who.lease_seconds,
            attempts=job.c.attempts + 1,
            lost_attempts=job.c.lost_attempts + taken_over,
            started_at=sa.func.coalesce(job.c.started_at, now),
        )
        .returning(*JOB_COLUMNS)
    )
