"""Writes that come at the same time share a transaction: each is told the truth, and nobody is left waiting."""

import contextlib
import os
import random
import resource
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from fakes.breaking import KilledError
from stories.ledger import delivery, request
from stories.ledger_crowd import at_once

from bot.errors import RetryableError
from bot.ledger import Ledger, TakenIn, open_ledger
from bot.ledger.group import GroupCommit
from bot.ledger.schema import delivery as deliveries
from bot.ledger.schema import meta

Write = Callable[[sa.Connection], str]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    yield opened
    opened.close()


class Group:
    """A group over a real database, and what each of its callers was told."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.group: GroupCommit[sa.Connection, str] = GroupCommit(ledger._transaction, (sa.exc.IntegrityError,))
        self.commits = 0
        self.told: dict[str, str | BaseException] = {}
        self.waiting = 0
        sa.event.listen(ledger._engine, "commit", self._count)

    def _count(self, _connection: object) -> None:
        self.commits += 1

    def write(self, name: str, value: str = "") -> Write:
        def insert(connection: sa.Connection) -> str:
            connection.execute(meta.insert().values(name=name, value=value))
            return f"wrote {name}"

        return insert

    def ask(self, name: str, write: Write | None = None) -> None:
        self.waiting += 1
        try:
            self.told[name] = self.group.run(write or self.write(name))
        except BaseException as error:  # noqa: BLE001  # looked at by the story
            self.told[name] = error

    def kept(self) -> set[str]:
        with self.ledger._transaction(reading=True) as connection:
            return set(connection.execute(sa.select(meta.c.name).where(meta.c.name != "clock")).scalars())

    def together(self, calls: dict[str, Write | None]) -> None:
        """Let all calls gather behind one that is being written, so that they are written together."""
        gathered = threading.Event()

        def first(_connection: sa.Connection) -> str:
            assert gathered.wait(30)
            return "first"

        def open_the_gate() -> None:
            deadline = time.monotonic() + 30
            while self.waiting < len(calls) + 1 and time.monotonic() < deadline:
                time.sleep(0.005)
            time.sleep(0.1)  # they said that they would ask; now they have
            gathered.set()

        leader = threading.Thread(target=self.ask, args=("first", first))
        leader.start()
        while self.waiting == 0:
            time.sleep(0.001)
        at_once(open_the_gate, *[lambda call=call: self.ask(*call) for call in calls.items()])  # type: ignore[misc]
        leader.join(30)
        assert not leader.is_alive()


@pytest.fixture
def group(ledger: Ledger) -> Group:
    return Group(ledger)


def names(number: int) -> dict[str, Write | None]:
    return {f"n{count}": None for count in range(number)}


def test_writes_that_wait_together_share_a_transaction(group: Group) -> None:
    group.together(names(40))
    assert group.commits <= 3  # the first one's, theirs, and one for somebody who was late
    assert {name: group.told[name] for name in names(40)} == {name: f"wrote {name}" for name in names(40)}
    assert group.kept() == set(names(40))


def test_a_transaction_holds_a_bounded_number_of_writes(group: Group) -> None:
    group.together(names(130))
    assert group.commits >= 4
    assert group.kept() == set(names(130))


def test_writes_of_a_transaction_are_done_by_place_and_then_as_they_came(group: Group) -> None:
    done: list[str] = []
    gathered = threading.Event()

    def ask(place: str, name: str) -> threading.Thread:
        def write(_connection: sa.Connection) -> str:
            assert gathered.wait(30)
            done.append(name)
            return name

        thread = threading.Thread(target=lambda: group.group.run(write, place))
        thread.start()
        time.sleep(0.05)  # so that they come in this order
        return thread

    threads = [ask(*one) for one in (("", "first"), ("b", "b1"), ("c", "c1"), ("a", "a1"), ("b", "b2"), ("a", "a2"))]
    gathered.set()
    for thread in threads:
        thread.join(30)
    assert done == ["first", "a1", "a2", "b1", "b2", "c1"]


def test_one_alone_waits_for_nobody(group: Group) -> None:
    began = time.monotonic()
    for name in names(10):
        group.ask(name)
    assert time.monotonic() - began < 5
    assert (group.commits, group.kept()) == (10, set(names(10)))


def test_a_mistake_of_one_write_is_blamed_on_it_alone(group: Group) -> None:
    group.ask("taken")
    group.together({**names(9), "again": group.write("taken")})
    assert isinstance(group.told.pop("again"), sa.exc.IntegrityError)
    assert all(group.told[name] == f"wrote {name}" for name in names(9))
    assert group.kept() == {*names(9), "taken"}


def test_a_bug_in_one_write_tells_nobody_that_he_is_kept(group: Group) -> None:
    def broken(_connection: sa.Connection) -> str:
        raise ZeroDivisionError

    group.together({**names(9), "broken": broken})
    assert all(isinstance(group.told[name], ZeroDivisionError) for name in [*names(9), "broken"])
    assert group.kept() == set()
    group.ask("next")
    assert group.told["next"] == "wrote next"


def test_a_thread_that_is_killed_as_it_leads_leaves_nobody_waiting(group: Group) -> None:
    def killed(_connection: sa.Connection) -> str:
        raise KilledError

    group.together({**names(100), "killed": killed})
    told = {name for name in names(100) if group.told[name] == f"wrote {name}"}
    assert isinstance(group.told["killed"], KilledError)
    assert group.kept() == told
    group.ask("next")
    assert group.told["next"] == "wrote next"


def test_a_full_disk_is_told_to_everybody_and_the_next_ones_are_kept(ledger: Ledger, tmp_path: Path) -> None:
    told: list[TakenIn | RetryableError] = []

    def deliver(number: int) -> None:
        try:
            told.append(ledger.take_in(delivery(f"g{number}"), request(f"k{number}", f"s{number}")))
        except RetryableError as error:
            told.append(error)

    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    room = (tmp_path / "ledger.db-wal").stat().st_size
    resource.setrlimit(resource.RLIMIT_FSIZE, (room + 100, before[1]))
    try:
        at_once(*[lambda number=number: deliver(number) for number in range(20)])  # type: ignore[misc]
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert [type(one) for one in told] == [RetryableError] * 20
    assert ledger.jobs() == []
    told.clear()
    at_once(*[lambda number=number: deliver(number) for number in range(20)])  # type: ignore[misc]
    assert len({one.job_id for one in told if isinstance(one, TakenIn)}) == len(ledger.jobs()) == 20


def test_nobody_is_told_a_lie_and_nobody_waits_for_ever_whatever_fails(group: Group) -> None:
    broken = random.Random(3)  # the same failures every time
    fuse = [broken.random() < 0.2 for _ in range(1000)]
    transaction = group.ledger._transaction

    @contextlib.contextmanager
    def failing() -> Iterator[sa.Connection]:
        with transaction() as connection:
            yield connection
            if fuse.pop():
                raise RetryableError("the disk is full")

    group.group._transaction = failing

    def ask_often(thread: int) -> None:
        for number in range(20):
            name = f"{thread}.{number}"
            group.ask(name, group.write("taken twice" if number % 7 == 0 else name))

    at_once(*[lambda thread=thread: ask_often(thread) for thread in range(16)])  # type: ignore[misc]
    assert len(group.told) == 320
    told = {str(word).removeprefix("wrote ") for word in group.told.values() if isinstance(word, str)}
    assert group.kept() == told
    assert {type(word) for word in group.told.values()} == {str, RetryableError, sa.exc.IntegrityError}


def test_a_ledger_that_was_used_before_a_fork_is_used_after_it(ledger: Ledger) -> None:
    ledger.take_in(delivery("g-1"), request("k-1", "s-1"))
    ledger.close()  # as whoever forks has to
    children = []
    for number in range(3):
        child = os.fork()
        if child == 0:
            try:
                ledger.take_in(delivery(f"child {number}"), request(f"child {number}", f"s{number}"))
                ledger.close()
            except BaseException:  # noqa: BLE001  # a child of the test must not go on as a second pytest
                os._exit(1)
            os._exit(0)
        children.append(child)
    ledger.take_in(delivery("g-2"), request("k-2", "s-2"))
    assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0, 0, 0]
    assert len(ledger.jobs()) == 5
    with ledger._transaction(reading=True) as connection:
        assert connection.execute(sa.select(sa.func.count()).select_from(deliveries)).scalar() == 5
