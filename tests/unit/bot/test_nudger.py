"""The door's hints: never on the way of who takes something in, never piled up, whatever the carrier does."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.hints import MOST_WAITING, Hints, Nudger, make_app


class Carrier(Hints):
    """Notes what is sent; nobody takes it, unless the story does."""

    def __init__(self) -> None:
        self.lying: list[int] = []
        self.away = False
        self.broken: Exception | None = None
        self.gate = threading.Event()
        self.gate.set()

    def send(self, job_id: int) -> bool:
        assert self.gate.wait(30)
        if self.away:
            return False
        self.lying.append(job_id)
        return True

    def waiting(self) -> int:
        if self.broken is not None:
            raise self.broken
        return len(self.lying)


@pytest.fixture
def carrier() -> Carrier:
    return Carrier()


def until(happened: Callable[[], bool], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.005)
    return True


def test_a_single_hint_is_sent_at_once(carrier: Carrier) -> None:
    Nudger(carrier).nudge(7)
    assert until(lambda: carrier.lying == [7], seconds=2)


def test_each_of_a_few_is_sent(carrier: Carrier) -> None:
    nudger = Nudger(carrier)
    for number in range(5):
        nudger.nudge(number)
    assert until(lambda: sorted(carrier.lying) == [0, 1, 2, 3, 4])


def test_a_flood_leaves_no_more_than_wakes_everybody(carrier: Carrier) -> None:
    nudger = Nudger(carrier)
    for number in range(5000):
        nudger.nudge(number)
    assert until(lambda: len(carrier.lying) >= MOST_WAITING)
    time.sleep(0.2)
    assert len(carrier.lying) <= MOST_WAITING
    carrier.lying.clear()
    nudger.nudge(5001)
    assert until(lambda: carrier.lying == [5001])


def test_hints_that_come_one_by_one_are_not_piled_up_either(carrier: Carrier) -> None:
    nudger = Nudger(carrier)
    for number in range(MOST_WAITING + 10):
        nudger.nudge(number)
        until(lambda number=number: number in carrier.lying, seconds=0.1)  # type: ignore[misc]
    assert len(carrier.lying) <= MOST_WAITING


def test_a_carrier_that_hangs_keeps_nobody_waiting(carrier: Carrier) -> None:
    carrier.gate.clear()
    nudger = Nudger(carrier)
    began = time.monotonic()
    for number in range(200):
        nudger.nudge(number)
    assert time.monotonic() - began < 2
    carrier.gate.set()
    assert until(lambda: len(carrier.lying) > 0)


def test_a_carrier_that_was_away_gets_the_next_hint(carrier: Carrier) -> None:
    carrier.away = True
    nudger = Nudger(carrier)
    nudger.nudge(1)
    time.sleep(0.1)
    carrier.away = False
    nudger.nudge(2)
    assert until(lambda: carrier.lying[-1:] == [2])


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_an_error_that_nobody_expected_costs_no_more_than_the_hints_of_that_moment(carrier: Carrier) -> None:
    carrier.broken = RuntimeError("what no library should raise")
    nudger = Nudger(carrier)
    for number in range(MOST_WAITING + 10):
        nudger.nudge(number)
    assert until(lambda: nudger._thread is not None and not nudger._thread.is_alive())
    carrier.broken = None
    carrier.lying.clear()
    nudger.nudge(99)
    assert until(lambda: carrier.lying == [99])


@pytest.mark.parametrize("used_before", [False, True])
def test_a_nudger_works_in_the_processes_that_were_forked_after_it_was_made(tmp_path: Path, used_before: bool) -> None:  # noqa: FBT001
    hints = Hints(make_app(None, tmp_path, sending=True))
    nudger = Nudger(hints)
    if used_before:
        nudger.nudge(1)
        assert until(lambda: hints.waiting() == 1)
    child = os.fork()
    if child == 0:
        try:
            nudger.nudge(2)
            os._exit(0 if until(lambda: hints.waiting() == 1 + used_before, seconds=5) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
