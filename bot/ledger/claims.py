"""Who works on what next: one query that knows tenants, lanes, priorities and forges that are away."""

import functools
from typing import Any

import sqlalchemy as sa

from bot.ledger.clock import Clock
from bot.ledger.jobs import JOB_FIELDS, Claimant, Job, JobState, Lane, read_job
from bot.ledger.schema import ACTIVE, breaker, job, tenant
from bot.ledger.store import Store

PROBE_SECONDS = 15.0  # a forge that failed is tried by one job in so long, until it answers
_CLAIM_LOCK = 0x0C0DE9  # on PostgreSQL claims queue here: limits hold exactly, and a claim takes milliseconds
JOB_COLUMNS = [job.c[name] for name in JOB_FIELDS]


class Claims(Store):
    """The workers' way to their next job."""

    def __init__(self, engine: sa.Engine, clock: Clock) -> None:
        super().__init__(engine, clock)
        served = self._insert(tenant)
        newest = {"served_at": served.excluded.served_at}
        self._turn = served.on_conflict_do_update(index_elements=["name"], set_=newest)

    def due(self, limit: int = 40) -> list[int]:
        """Return the ids of jobs that somebody should claim: queued and due, or left by a dead worker."""
        with self._transaction(reading=True) as connection:
            values = {"now": self._clock(connection), "most": limit}
            return list(connection.execute(_due(), values).scalars())

    def claim(self, who: Claimant, only: int | None = None) -> Job | None:
        """Take the next job, or `only` that one; None when there is none to be had.

        The lowest number of priority first; then the tenant with the fewest jobs in work, then the one whose last
        job was begun longest ago; then the oldest.
        """
        values = {
            "only": only,
            "name": who.name,
            "team": f"{who.team.replace('/', '//').replace('_', '/_').replace('%', '/%')}%",
            "team_limit": who.team_limit,
            "tenant_limit": who.tenant_limit,
        }
        while True:
            with self._transaction() as connection:
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_CLAIM_LOCK)))
                now = self._clock(connection)
                chosen = connection.execute(_next() if only is None else _that_one(), {**values, "now": now}).first()
                if chosen is None:
                    return None
                taking = {"job": chosen.id, "name": who.name, "now": now, "until": now + who.lease_seconds}
                row = connection.execute(_take(), taking).mappings().first()
                if row is not None:
                    self._note_turn(connection, chosen, now)
                    return read_job(row)
            # On PostgreSQL somebody ended that job after it was chosen; there may be another one.

    def _note_turn(self, connection: sa.Connection, chosen: sa.Row[Any], now: float) -> None:
        connection.execute(self._turn, {"name": chosen.tenant, "served_at": now})
        if chosen.failures:
            probing = sa.update(breaker).where(breaker.c.forge == chosen.forge, breaker.c.open_until > 0)
            connection.execute(probing.values(open_until=now + PROBE_SECONDS))


# The statements are built once: to put one together costs more than to run it.

_NOW: sa.BindParameter[float] = sa.bindparam("now", type_=sa.Double)
# Written out: a database that plans before it knows the values could not use the index of jobs in work.
_IN_WORK: sa.BindParameter[Any] = sa.bindparam("in_work", ACTIVE, expanding=True, literal_execute=True)


@functools.cache
def _next() -> sa.Select[Any]:
    """Choose among each tenant's first job, so that a long queue costs no more than a short one."""
    lines = _lines()
    first = sa.select(job.c.id).where(job.c.state == JobState.QUEUED)
    first = first.where(job.c.forge == lines.c.forge, job.c.tenant == lines.c.tenant)
    first = first.where(job.c.run_after <= _NOW, _is_free(job))
    first_of_each = sa.select(
        first.order_by(job.c.priority, job.c.id).limit(1).correlate(lines).scalar_subquery().label("id")
    ).select_from(lines)
    left = sa.select(job.c.id).where(job.c.state.in_(_IN_WORK), job.c.lease_until < _NOW, _answers(job.c.forge))
    candidates = sa.union_all(first_of_each, left).cte("candidates")
    few = sa.select(job.c.id, job.c.tenant, job.c.forge, job.c.lane, job.c.priority)
    few = few.join_from(candidates, job, job.c.id == candidates.c.id)
    # Kept apart from the choice: to have them in order, PostgreSQL might rather read and sort all jobs.
    return _choice(few.cte("few").prefix_with("MATERIALIZED"))


@functools.cache
def _that_one() -> sa.Select[Any]:
    claimable = sa.and_(_claimable(), _is_free(job), _answers(job.c.forge))
    return _choice(job).where(job.c.id == sa.bindparam("only", type_=sa.Integer), claimable)


def _choice(wanted: sa.FromClause) -> sa.Select[Any]:
    running = (
        sa.select(job.c.tenant, sa.func.count().label("number"))
        .where(job.c.state.in_(_IN_WORK), job.c.lease_until >= _NOW, job.c.lane == Lane.WORK)
        .group_by(job.c.tenant)
        .subquery("running")
    )
    number = sa.func.coalesce(running.c.number, 0)
    has_room = sa.and_(
        number < sa.bindparam("tenant_limit", type_=sa.Integer),
        _in_work_by_the_team() < sa.bindparam("team_limit", type_=sa.Integer),
    )
    return (
        sa.select(
            wanted.c.id, wanted.c.tenant, wanted.c.forge, sa.func.coalesce(breaker.c.failures, 0).label("failures")
        )
        .outerjoin(running, running.c.tenant == wanted.c.tenant)
        .outerjoin(tenant, tenant.c.name == wanted.c.tenant)
        .outerjoin(breaker, breaker.c.forge == wanted.c.forge)
        .where(sa.or_(wanted.c.lane == Lane.CONTROL, has_room))
        .order_by(wanted.c.priority, number, sa.func.coalesce(tenant.c.served_at, 0.0), wanted.c.id)
        .limit(1)
    )


def _lines() -> sa.CTE:
    """Return (forge, tenant) of every line of jobs whose forge answers.

    Hops from one to the next through the index, without looking at the jobs between.
    """
    forges = _forges_that_answer()
    smallest = sa.select(sa.func.min(job.c.tenant)).where(job.c.state == JobState.QUEUED)
    first = smallest.where(job.c.forge == forges.c.name).correlate(forges).scalar_subquery()
    lines = sa.select(forges.c.name.label("forge"), first.label("tenant")).cte("lines", recursive=True)
    following = smallest.where(job.c.forge == lines.c.forge, job.c.tenant > lines.c.tenant)
    further = sa.select(lines.c.forge, following.correlate(lines).scalar_subquery())
    return lines.union_all(further.where(lines.c.tenant.is_not(None)))


def _forges_that_answer() -> sa.Subquery:
    """Return the name of every forge that has jobs in the queue and is not left alone."""
    smallest = sa.select(sa.func.min(job.c.forge).label("name")).where(job.c.state == JobState.QUEUED)
    names = smallest.cte("forges", recursive=True)
    following = smallest.where(job.c.forge > names.c.name).correlate(names).scalar_subquery()
    names = names.union_all(sa.select(following).where(names.c.name.is_not(None)))
    return sa.select(names.c.name).where(names.c.name.is_not(None), _answers(names.c.name)).subquery("answering")


def _in_work_by_the_team() -> sa.ScalarSelect[int]:
    """Count what the claimant's team has in work; what his own slot had before is given up, or he would not ask."""
    other = job.alias("of_the_team")
    return (
        sa.select(sa.func.count())
        .where(other.c.state.in_(_IN_WORK), other.c.lease_until >= _NOW, other.c.lane == Lane.WORK)
        .where(other.c.worker.like(sa.bindparam("team"), escape="/"), other.c.worker != sa.bindparam("name"))
        .scalar_subquery()
    )


@functools.cache
def _due() -> sa.CompoundSelect[Any]:
    # In no order: any few will do, and to find the oldest all of them would have to be looked at.
    queued = sa.select(job.c.id).where(job.c.state == JobState.QUEUED, job.c.run_after <= _NOW)
    left = sa.select(job.c.id).where(job.c.state.in_(_IN_WORK), job.c.lease_until < _NOW, _answers(job.c.forge))
    ready = queued.where(_is_free(job), job.c.forge.in_(sa.select(_forges_that_answer().c.name)))
    return sa.union_all(left, ready).limit(sa.bindparam("most", type_=sa.Integer))


def _claimable() -> sa.ColumnElement[bool]:
    return sa.or_(
        sa.and_(job.c.state == JobState.QUEUED, job.c.run_after <= _NOW),
        sa.and_(job.c.state.in_(_IN_WORK), job.c.lease_until < _NOW),
    )


def _is_free(wanted: sa.Table) -> sa.ColumnElement[bool]:
    """Say whether no other job of the subject's lane is in work, or was left by a dead worker and comes first."""
    other = job.alias("of_the_subject")
    # Counted, not NOT EXISTS: for that PostgreSQL may read all jobs in work anew for each job that waits.
    in_work = sa.select(sa.func.count()).where(
        other.c.subject == wanted.c.subject,
        other.c.lane == wanted.c.lane,
        other.c.id != wanted.c.id,
        other.c.state.in_(_IN_WORK),
    )
    return in_work.scalar_subquery() == 0


def _answers(forge: sa.ColumnElement[str]) -> sa.ColumnElement[bool]:
    shut = breaker.alias("shut")
    return ~sa.exists(sa.select(1).where(shut.c.forge == forge, shut.c.open_until > _NOW))


@functools.cache
def _take() -> sa.sql.dml.ReturningUpdate[Any]:
    return (
        sa.update(job)
        .where(job.c.id == sa.bindparam("job"), _claimable())
        .values(
            state=JobState.LEASED,
            worker=sa.bindparam("name"),
            fence=job.c.fence + 1,
            lease_until=sa.bindparam("until"),
            attempts=job.c.attempts + 1,
            lost_attempts=job.c.lost_attempts + sa.case((job.c.state.in_(_IN_WORK), 1), else_=0),
            started_at=sa.func.coalesce(job.c.started_at, _NOW),
        )
        .returning(*JOB_COLUMNS)
    )
