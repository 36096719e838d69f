"""What one process does to a job between two statements of another, on PostgreSQL, which locks but rows."""

import dataclasses
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from stories.ledger import Clock, claimant, delivery, request
from stories.ledger_crowd import at_once

from bot.errors import LeaseLostError
from bot.ledger import JobState, Lease, Ledger, TakenIn, Wanted, open_ledger


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pair(postgres_url: str, clock: Clock) -> Iterator[tuple[Ledger, Ledger]]:
    """Two processes' ledgers over one database."""
    with psycopg.connect(postgres_url, autocommit=True) as connection:
        (number,) = connection.execute("SELECT count(*) FROM pg_database").fetchone() or (0,)
        connection.execute(f"CREATE DATABASE race_{number}")
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://").replace("/postgres?", f"/race_{number}?")
    both = (open_ledger(url), open_ledger(url))
    yield Ledger(both[0]._engine, clock), Ledger(both[1]._engine, clock)
    for ledger in both:
        ledger.close()


class Between:
    """Lets somebody else act once, right after a ledger ran a statement that begins so."""

    def __init__(self, ledger: Ledger, beginning: str, act: Callable[[], object]) -> None:
        self.beginning, self.act = beginning, act
        self.thread: threading.Thread | None = None
        sa.event.listen(ledger._engine, "after_cursor_execute", self._executed)

    def _executed(self, _connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if self.thread is None and statement.startswith(self.beginning):
            self.thread = threading.Thread(target=self.act)
            self.thread.start()
            self.thread.join(0.5)  # or he waits for a lock of ours, which is as good

    def over(self) -> None:
        assert self.thread is not None
        self.thread.join(10)
        assert not self.thread.is_alive()


def queue(ledger: Ledger, key: str = "k-1", **values: Any) -> int:
    job_id = ledger.take_in(delivery(key), dataclasses.replace(request(key), **values)).job_id
    assert job_id is not None
    return job_id


def held(ledger: Ledger, job_id: int) -> Lease:
    job = ledger.claim(claimant("w1"), job_id)
    assert job is not None
    return Lease(job.id, job.fence)


def state(ledger: Ledger, job_id: int) -> JobState:
    job = ledger.job(job_id)
    assert job is not None
    return job.state


def test_a_job_that_is_cancelled_while_it_is_chosen_stays_cancelled(pair: tuple[Ledger, Ledger]) -> None:
    mine, theirs = pair
    job_id = queue(mine)
    race = Between(mine, "WITH", lambda: theirs.cancel(job_id, by="bea"))
    claimed = mine.claim(claimant("w1"))
    race.over()
    known = mine.job(job_id)
    assert known is not None
    if claimed is None:
        assert known.state is JobState.CANCELLED
    else:
        assert (known.state, known.cancelled_by, known.done_at) == (JobState.LEASED, "bea", None)


def test_a_job_that_is_finished_late_while_it_is_taken_over_is_done_or_taken_not_both(
    pair: tuple[Ledger, Ledger], clock: Clock
) -> None:
    mine, theirs = pair
    lease = held(theirs, queue(mine))
    clock.now += 31
    told: list[str] = []

    def finish() -> None:
        try:
            theirs.finish(lease, outcome="verified")
            told.append("done")
        except LeaseLostError:
            told.append("lost")

    race = Between(mine, "WITH", finish)
    claimed = mine.claim(claimant("w2"))
    race.over()
    assert (claimed is None) == (told == ["done"])
    assert state(mine, lease.job_id) is (JobState.DONE if claimed is None else JobState.LEASED)


def test_a_job_that_is_superseded_while_it_is_chosen_stays_so(pair: tuple[Ledger, Ledger]) -> None:
    mine, theirs = pair
    old = queue(mine, kind="review")
    race = Between(mine, "WITH", lambda: queue(theirs, "k-2", kind="review", supersedes=True))
    claimed = mine.claim(claimant("w1"))
    race.over()
    known = mine.job(old)
    assert known is not None
    assert known.superseded_by is not None
    assert known.state is (JobState.LEASED if claimed is not None and claimed.id == old else JobState.SUPERSEDED)
    assert (known.done_at is None) == (known.state is JobState.LEASED)


def test_a_job_that_is_put_back_while_it_is_cancelled_is_cancelled(pair: tuple[Ledger, Ledger]) -> None:
    mine, theirs = pair
    lease = held(theirs, queue(mine))
    race = Between(mine, "UPDATE job", lambda: theirs.release(lease, delay_seconds=0.0, outcome="later"))
    mine.cancel(lease.job_id, by="bea")
    race.over()
    known = mine.job(lease.job_id)
    assert known is not None
    assert known.cancelled_by == "bea"


@pytest.mark.parametrize("moment", ["put back", "claimed"])
def test_a_job_that_moves_while_it_is_superseded_is_superseded(pair: tuple[Ledger, Ledger], moment: str) -> None:
    mine, theirs = pair
    old = queue(mine, kind="review")
    lease = held(theirs, old)
    if moment == "claimed":
        theirs.release(lease, delay_seconds=0.0, outcome="later")

    def move() -> None:
        if moment == "claimed":
            theirs.claim(claimant("w2"), old)
        else:
            theirs.release(lease, delay_seconds=0.0, outcome="later")

    races = [Between(mine, beginning, move) for beginning in ("UPDATE job SET quiet", "UPDATE job SET state")]
    new = queue(mine, "k-2", kind="review", supersedes=True)
    for race in races:
        if race.thread is not None:
            race.over()
    known = mine.job(old)
    assert known is not None
    assert known.superseded_by == new


def test_a_push_that_comes_while_another_is_written_supersedes_it(pair: tuple[Ledger, Ledger]) -> None:
    mine, theirs = pair
    first = queue(mine, "k-0", kind="review", supersedes=True)
    race = Between(mine, "UPDATE job SET", lambda: queue(theirs, "k-2", kind="review", supersedes=True))
    second = queue(mine, "k-1", kind="review", supersedes=True)
    race.over()
    left = mine.jobs(states=[JobState.QUEUED])
    assert [job.dedupe_key for job in left] == ["k-2"]
    assert {state(mine, first), state(mine, second)} == {JobState.SUPERSEDED}


def test_pushes_that_come_at_once_to_two_processes_leave_one_job(pair: tuple[Ledger, Ledger]) -> None:
    for storm in range(5):
        subject = f"s{storm}"

        def push(ledger: Ledger, key: str, subject: str = subject) -> None:
            queue(ledger, f"{subject} {key}", subject=subject, kind="review", supersedes=True, quiet_seconds=10.0)

        at_once(*[lambda number=number, push=push: push(pair[number % 2], f"{number}") for number in range(8)])  # type: ignore[misc]
        assert len(pair[0].jobs(states=[JobState.QUEUED], subject=subject)) == 1


def test_the_same_deliveries_in_another_order_at_another_process_deadlock_nobody(pair: tuple[Ledger, Ledger]) -> None:
    for storm in range(20):
        taken: list[TakenIn | Exception] = []
        batch = [(delivery(f"{storm}.{n}"), request(f"{storm}.{n}", f"{n}")) for n in range(40)]
        again = [(delivery(f"again {storm}.{n}"), request(f"{storm}.{n}", f"{n}")) for n in reversed(range(40))]

        def deliver(ledger: Ledger, wanted: list[Wanted], taken: list[TakenIn | Exception] = taken) -> None:
            taken.extend(ledger.take_in_all(wanted))

        at_once(
            lambda b=batch, d=deliver: d(pair[0], b),  # type: ignore[misc]
            lambda b=batch, d=deliver: d(pair[1], b[::-1]),  # type: ignore[misc]
            lambda b=again, d=deliver: d(pair[1], b),  # type: ignore[misc]
        )
        assert not [one for one in taken if isinstance(one, Exception)]
        assert sorted(one.duplicate for one in taken if isinstance(one, TakenIn)) == [False] * 40 + [True] * 80
