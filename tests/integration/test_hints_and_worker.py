"""A hint wakes a worker, over files and over Redis; a lost one is found by the sweeper."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import redis
from fakes.events import command_event
from stories.fresh_ledger import fresh_ledger

from bot.hints import Hints, make_app
from bot.intake import take_in
from bot.ledger import Ledger
from tasks.sweeper import sweep_once


def until(found: Callable[[], bool], seconds: float = 60.0) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found():
            return True
        time.sleep(0.05)
    return False


class Workshop:
    """A ledger, a hint carrier and a real worker process whose forge refuses the connection."""

    def __init__(self, folder: Path, broker_url: str | None) -> None:
        self.folder = folder
        self.ledger: Ledger = fresh_ledger(folder)
        self.carrier = broker_url
        self.hints = Hints(make_app(broker_url, folder, sending=True))
        self.environment = {
            **os.environ,
            "CODEX_BOT_DATA_DIR": str(folder),
            "CODEX_BOT_SWEEP_SECONDS": "600",  # so that no worker finds a job without a hint
            "CODEX_BOT_GITHUB_URL": "http://127.0.0.1:1",
            "CODEX_BOT_GITHUB_TOKEN": "of the test",
            **({"CODEX_BOT_BROKER_URL": broker_url} if broker_url else {}),
        }

    def start_worker(self) -> subprocess.Popen[bytes]:
        argv = [sys.executable, "-I", "-m", "actions", "work", "--slots", "1"]
        with (self.folder / "worker.log").open("ab") as log:
            return subprocess.Popen(argv, env=self.environment, stdout=log, stderr=log, start_new_session=True)

    def ask(self, number: int = 1) -> int:
        event = command_event(guid=f"g-{number}", comment=str(number))
        return take_in(self.ledger, event, b"{}").job_id or 0

    def claims(self, job_id: int) -> int:
        job = self.ledger.job(job_id)
        return job.fence if job else 0


@pytest.fixture(params=["files", "redis"])
def workshop(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Workshop]:
    broker = request.getfixturevalue("redis_url") if request.param == "redis" else None
    if broker:
        with redis.Redis.from_url(broker) as client:
            client.flushall()
    made = Workshop(tmp_path, broker)
    yield made
    made.ledger.close()


@pytest.fixture
def worker(workshop: Workshop) -> Iterator[subprocess.Popen[bytes]]:
    process = workshop.start_worker()
    yield process
    os.killpg(process.pid, signal.SIGTERM)
    process.wait(60)


@pytest.mark.usefixtures("worker")
def test_a_hint_makes_a_worker_take_the_job(workshop: Workshop) -> None:
    job_id = workshop.ask()
    assert workshop.hints.send(job_id)
    assert until(lambda: workshop.claims(job_id) >= 1), (workshop.folder / "worker.log").read_text()
    assert until(lambda: workshop.hints.waiting() == 0)


def test_hints_wait_for_a_worker_and_are_not_piled_up(workshop: Workshop) -> None:
    workshop.ask()
    assert sweep_once(workshop.ledger, workshop.hints) == 1
    assert workshop.hints.waiting() == 1
    assert sweep_once(workshop.ledger, workshop.hints) == 0
    assert workshop.hints.waiting() == 1


@pytest.mark.usefixtures("worker")
def test_a_lost_hint_is_found_by_the_sweeper(workshop: Workshop) -> None:
    job_id = workshop.ask()
    assert sweep_once(workshop.ledger, workshop.hints) == 1
    assert until(lambda: workshop.claims(job_id) >= 1), (workshop.folder / "worker.log").read_text()


def test_nothing_due_means_nothing_sent(workshop: Workshop) -> None:
    assert sweep_once(workshop.ledger, workshop.hints) == 0


def test_a_carrier_that_is_away_loses_a_hint_but_raises_nothing(tmp_path: Path) -> None:
    hints = Hints(make_app("redis://127.0.0.1:1/0", tmp_path, sending=True))
    assert not hints.send(1)
    assert not hints.reachable()
    assert hints.waiting() == 0


@pytest.mark.timeout(30)
def test_a_carrier_that_never_answers_keeps_no_webhook_waiting(tmp_path: Path) -> None:
    with socket.socket() as mute:
        mute.bind(("127.0.0.1", 0))
        mute.listen()
        hints = Hints(make_app(f"redis://127.0.0.1:{mute.getsockname()[1]}/0", tmp_path, sending=True))
        # With the patience of a listener each one would take longer than the whole test may.
        assert not any(hints.send(number) for number in range(5))
        assert hints.waiting() == 0


def test_a_redis_that_is_full_loses_a_hint_but_raises_nothing(tmp_path: Path, redis_url: str) -> None:
    with redis.Redis.from_url(redis_url) as client:
        client.config_set("maxmemory", "1")
        try:
            assert not Hints(make_app(redis_url, tmp_path, sending=True)).send(1)
        finally:
            client.config_set("maxmemory", "0")


@pytest.mark.usefixtures("worker")
def test_what_is_no_hint_brings_no_worker_down(workshop: Workshop, worker: subprocess.Popen[bytes]) -> None:
    if workshop.carrier is None:
        queue = workshop.folder / "hints" / "queue"
        queue.mkdir(parents=True, exist_ok=True)
        (queue / "0_junk.hints.msg").write_bytes(b"")
    else:
        with redis.Redis.from_url(workshop.carrier) as client:
            client.lpush("hints", json.dumps({"headers": {}, "body": "", "properties": {"delivery_tag": "x"}}))
    job_id = workshop.ask()
    assert workshop.hints.send(job_id)
    assert until(lambda: workshop.claims(job_id) >= 1), (workshop.folder / "worker.log").read_text()
    assert worker.poll() is None
