"""What is remembered of reviews, so that the next one repeats nothing and forgets nothing."""

import dataclasses
from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from bot.ledger.jobs import Lease
from bot.ledger.schema import finding, job, review
from bot.ledger.store import Store
from bot.memory import FindingState, KeptFinding, KeptReview, Tally

_KEPT = tuple(field.name for field in dataclasses.fields(KeptFinding))
_REVIEW = tuple(field.name for field in dataclasses.fields(KeptReview))
_ONCE = {"fingerprint", "first_head"}  # what a finding keeps from when it was told first
_OPEN = (FindingState.OPEN, FindingState.CANNOT_TELL)


class Findings(Store):
    """The memory of reviews, by the subject of the jobs that gave them."""

    def keep_review(
        self, lease: Lease, given: KeptReview, findings: Sequence[KeptFinding] = (), *, told: Collection[str] = ()
    ) -> None:
        """Write down a review that was given and how every finding of its subject stands now, all or nothing.

        `told` are the fingerprints of those that this review told. To write the same again for one job changes nothing.
        """
        with self._fenced(lease) as connection:
            now = self._clock(connection)
            subject = connection.execute(sa.select(job.c.subject).where(job.c.id == lease.job_id)).scalar_one()
            row = {**_storable(given), "job_id": lease.job_id, "subject": subject, "posted_at": now}
            keeping = self._insert(review).values(row)
            newest = {name: keeping.excluded[name] for name in _REVIEW}
            connection.execute(keeping.on_conflict_do_update(index_elements=["job_id"], set_=newest))
            for each in findings:
                row = {**_storable(each), "subject": subject, "job_id": lease.job_id, "changed_at": now}
                connection.execute(self._keep(row, told=each.fingerprint in told))

    def _keep(self, row: dict[str, Any], *, told: bool) -> Any:
        keeping = self._insert(finding).values({**row, "told": 1, "returned": 0})
        newest = {name: keeping.excluded[name] for name in _KEPT if name not in _ONCE}
        newest["changed_at"] = sa.case(
            (finding.c.state != keeping.excluded.state, keeping.excluded.changed_at), else_=finding.c.changed_at
        )
        if told:
            # Another attempt at the job that told it tells nothing new.
            again = sa.case((finding.c.job_id == row["job_id"], 0), else_=1)
            was_fixed = sa.case((finding.c.state == FindingState.FIXED, again), else_=0)
            newest |= {"told": finding.c.told + again, "returned": finding.c.returned + was_fixed}
            newest["job_id"] = keeping.excluded.job_id
        return keeping.on_conflict_do_update(index_elements=["subject", "fingerprint"], set_=newest)

    def reviewed(self, subject: str) -> KeptReview | None:
        """Return the newest review of a subject, or None."""
        query = sa.select(*(review.c[name] for name in _REVIEW)).where(review.c.subject == subject)
        with self._transaction(reading=True) as connection:
            row = connection.execute(query.order_by(review.c.job_id.desc()).limit(1)).mappings().first()
        return None if row is None else KeptReview(**row)

    def known_findings(self, subject: str, states: Sequence[FindingState] = ()) -> list[KeptFinding]:
        """Return the findings of a subject in the order in which they were told first: all, or those in `states`."""
        query = sa.select(*(finding.c[name] for name in _KEPT)).where(finding.c.subject == subject)
        if states:
            query = query.where(finding.c.state.in_(states))
        with self._transaction(reading=True) as connection:
            rows = connection.execute(query.order_by(finding.c.id)).mappings()
            return [KeptFinding(**{**row, "state": FindingState(row["state"])}) for row in rows]

    def open_findings(self, subject: str) -> list[KeptFinding]:
        """Return the findings of a subject that are open as far as anybody can tell."""
        return self.known_findings(subject, _OPEN)

    def finding_tallies(self) -> list[Tally]:
        """Return what became of the findings of every subject that was reviewed, the newest review first."""
        given = sa.select(
            review.c.subject, sa.func.count().label("reviews"), sa.func.max(review.c.posted_at).label("at")
        )
        given_by_subject = given.group_by(review.c.subject).subquery("given")
        counted = {
            "told": finding.c.told,
            "open": _one_if(finding.c.state == FindingState.OPEN),
            "fixed": _one_if(finding.c.state == FindingState.FIXED),
            "dismissed": _one_if(finding.c.state == FindingState.DISMISSED),
            "cannot_tell": _one_if(finding.c.state == FindingState.CANNOT_TELL),
            "repeated": finding.c.told - 1 - finding.c.returned,
        }
        sums = [sa.func.coalesce(sa.func.sum(column), 0).label(name) for name, column in counted.items()]
        query = (
            sa.select(given_by_subject.c.subject, given_by_subject.c.reviews, *sums)
            .outerjoin(finding, finding.c.subject == given_by_subject.c.subject)
            .group_by(given_by_subject.c.subject, given_by_subject.c.reviews, given_by_subject.c.at)
            .order_by(given_by_subject.c.at.desc(), given_by_subject.c.subject)
        )
        with self._transaction(reading=True) as connection:
            return [Tally(**row) for row in connection.execute(query).mappings()]


def _one_if(so: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.case((so, 1), else_=0)


def _storable(kept: KeptReview | KeptFinding) -> dict[str, Any]:
    """Return the fields as every database takes them: no NUL, no halves of characters."""
    return {
        name: value.encode("utf-8", "replace").decode().replace("\0", "\ufffd") if isinstance(value, str) else value
        for name, value in dataclasses.asdict(kept).items()
    }
