"""Deliveries that are taken in together, whatever database stands behind: each is answered for itself."""

import dataclasses
from collections.abc import Sequence

import sqlalchemy as sa

from bot.ledger import JobState, Ledger, TakenIn, Wanted
from bot.ledger.schema import delivery as deliveries
from stories.ledger import LedgerScene, delivery, request


def wanted(*numbers: int) -> list[Wanted]:
    return [(delivery(f"g{number}"), request(f"k{number}", f"s{number}")) for number in numbers]


def told(taken: Sequence[TakenIn | Exception]) -> list[str]:
    return [
        type(one).__name__ if isinstance(one, Exception) else ("again" if one.duplicate else "new") for one in taken
    ]


def count(ledger: Ledger) -> tuple[int, int]:
    with ledger._transaction(reading=True) as connection:
        stored = connection.execute(sa.select(sa.func.count()).select_from(deliveries)).scalar() or 0
    return len(ledger.jobs()), stored


class IntakeStories(LedgerScene):
    """One transaction for many."""

    def test_they_share_one_transaction(self, ledger: Ledger) -> None:
        commits = []
        sa.event.listen(ledger._engine, "commit", commits.append)
        taken = ledger.take_in_all(wanted(*range(40)))
        assert (len(commits), told(taken)) == (1, ["new"] * 40)
        for number, one in enumerate(taken):
            assert isinstance(one, TakenIn)
            job = ledger.job(one.job_id or 0)
            assert job is not None
            assert job.subject == f"s{number}"  # each is told of its own job
        assert count(ledger) == (40, 40)

    def test_of_those_that_are_alike_the_first_is_new(self, ledger: Ledger) -> None:
        assert told(ledger.take_in_all(wanted(2, 1, 2, 1, 3))) == ["new", "new", "again", "again", "new"]
        assert told(ledger.take_in_all(wanted(3, 4))) == ["again", "new"]
        same_request = [(delivery("other"), request("k4")), (delivery("another"), request("k5"))]
        assert told(ledger.take_in_all(same_request)) == ["again", "new"]
        assert count(ledger)[0] == 5

    def test_what_the_database_refuses_is_blamed_on_nobody_else(self, ledger: Ledger) -> None:
        broken = (delivery("broken"), dataclasses.replace(request("broken"), argument=None))
        assert told(ledger.take_in_all([*wanted(1, 2), broken, *wanted(3)])) == ["new", "new", "IntegrityError", "new"]
        assert count(ledger) == (3, 3)

    def test_of_pushes_that_come_together_the_last_one_stays(self, ledger: Ledger) -> None:
        pushes = [
            (delivery(guid), dataclasses.replace(request(f"push {guid}", "s"), kind="review", supersedes=True))
            for guid in ("c", "a", "b")  # guids have no order
        ]
        taken = ledger.take_in_all([*wanted(1), *pushes])
        assert told(taken) == ["new"] * 4
        (left,) = ledger.jobs(states=[JobState.QUEUED], subject="s")
        assert left.dedupe_key == "push b"
