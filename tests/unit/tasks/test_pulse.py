"""The heartbeat of an attempt: what keeps a lease, and what ends the work."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.breaking import Fuse
from stories.bench import Bench, a_bench
from stories.ledger import claimant

from bot.errors import RetryableError
from bot.ledger import Job, NewDelivery, NewJob
from tasks.commands.work import CANCELLED, LEAVING, LOST, SUPERSEDED
from tasks.pulse import Pulse

LEASE = 30.0


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with a_bench(tmp_path) as made:
        yield made


def claimed(bench: Bench) -> Job:
    job = bench.ledger.claim(claimant("w1"), bench.ask())
    assert job is not None
    return job


def pulse_of(bench: Bench, job: Job, **how: Any) -> Pulse:
    usual: dict[str, Any] = {
        "ledger": bench.ledger,
        "lease_seconds": LEASE,
        "heartbeat_seconds": 0.01,
        "job_seconds": 60.0,
        "leaving": lambda: False,
        "beating": lambda: None,
    }
    wanted = {**usual, **how}
    return Pulse(wanted.pop("ledger"), job, **wanted)


def until(found: Callable[[], object]) -> None:
    deadline = time.monotonic() + 10
    while not found():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_it_renews_the_lease_and_nothing_stops_the_work(bench: Bench) -> None:
    job, beats = claimed(bench), threading.Event()
    with pulse_of(bench, job, beating=beats.set) as pulse:
        bench.now += 20
        until(lambda: bench.job(job.id).lease_until == bench.now + LEASE)
        assert pulse.stopped() is None
        assert beats.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name == f"pulse-{job.id}"]


def test_a_lease_that_is_gone_stops_the_work(bench: Bench) -> None:
    job = claimed(bench)
    bench.now += LEASE + 1
    assert bench.ledger.claim(claimant("other"), job.id) is not None
    with pulse_of(bench, job) as pulse:
        until(lambda: pulse.stopped() == LOST)


def test_a_cancelled_job_stops(bench: Bench) -> None:
    job = claimed(bench)
    with pulse_of(bench, job) as pulse:
        bench.ledger.cancel(job.id, by="@ann")
        until(lambda: pulse.stopped() == CANCELLED)


def test_a_job_whose_place_is_taken_stops(bench: Bench) -> None:
    job = claimed(bench)
    with pulse_of(bench, job) as pulse:
        newer = NewJob("github", "ann", job.subject, job.kind, "", "{}", "newer", supersedes=True)
        bench.ledger.take_in(NewDelivery("github", "g-2", "comment", b"{}"), newer)
        until(lambda: pulse.stopped() == SUPERSEDED)


def test_what_was_asked_of_a_worker_that_died_is_known_without_a_beat(bench: Bench) -> None:
    job = claimed(bench)
    bench.ledger.cancel(job.id, by="@ann")
    bench.now += LEASE + 1
    again = bench.ledger.claim(claimant("w2"), job.id)
    assert again is not None
    assert pulse_of(bench, again).stopped() == CANCELLED


def test_a_worker_that_leaves_and_a_time_that_is_up_stop_the_work_too(bench: Bench) -> None:
    job = claimed(bench)
    assert pulse_of(bench, job, leaving=lambda: True).stopped() == LEAVING
    assert pulse_of(bench, job, job_seconds=-1.0).stopped() == "it took longer than -1 s"
    bench.ledger.cancel(job.id, by="@ann")
    with pulse_of(bench, job, leaving=lambda: True) as pulse:
        until(lambda: pulse.stopped() == CANCELLED)  # or else the next worker would have to stop it


def test_a_heartbeat_that_the_ledger_missed_ends_nothing(bench: Bench) -> None:
    job = claimed(bench)
    fuse = Fuse(0, RetryableError("locked"), after=False)
    with pulse_of(bench, job, ledger=fuse.wire(bench.ledger)) as pulse:
        until(lambda: fuse.calls > 2)
        assert pulse.stopped() is None
    assert fuse.blown == "heartbeat"
