"""A worker that ends, whether it was asked to or killed, lets go of its job and leaves nothing behind."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from fakes.events import command_event

from bot.hints import Hints, make_app
from bot.intake import take_in
from bot.ledger import Job, JobState, Ledger, open_ledger

TESTS = Path(__file__).parents[1]


def until(found: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + 60
    while not found():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


class Shop:
    """A worker in the middle of a job that never ends by itself."""

    def __init__(self, folder: Path, asked: str = "") -> None:
        self.folder = folder
        self.scratch = folder / "scratch"
        self.scratch.mkdir()
        self.ledger: Ledger = open_ledger(f"sqlite:///{folder}/ledger.db")
        self.start()
        self.job_id = take_in(self.ledger, command_event(f"/codex implement {asked}"), b"{}").job_id or 0
        assert Hints(make_app(None, folder, sending=True)).send(self.job_id)
        until(lambda: list(folder.glob("busy-*")), "the job has begun")
        self.child = psutil.Process(int(next(folder.glob("busy-*")).name.removeprefix("busy-")))

    def start(self) -> None:
        environment = {**os.environ, "TMPDIR": str(self.scratch), "PYTHONPATH": f"{TESTS}:{TESTS.parent}"}
        argv = [sys.executable, str(TESTS / "stories" / "slow_worker.py"), str(self.folder)]
        with (self.folder / "worker.log").open("ab") as log:
            self.worker = subprocess.Popen(argv, env=environment, stdout=log, stderr=log, start_new_session=True)

    def job(self) -> Job:
        job = self.ledger.job(self.job_id)
        assert job is not None
        return job

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait(60)
        self.ledger.close()


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.close()


def test_a_worker_that_is_asked_to_end_puts_its_job_back(shop: Shop) -> None:
    assert list(shop.scratch.glob("codex-bot-job-*")), "the job works in a folder of its own, or this proves nothing"
    shop.worker.terminate()
    assert shop.worker.wait(60) == 0
    job = shop.job()
    assert (job.state, job.attempts, job.lost_attempts) == (JobState.QUEUED, 0, 0)
    assert list(shop.scratch.glob("codex-bot-job-*")) == []


def test_a_killed_worker_takes_its_child_along_and_the_next_one_tidies_up(shop: Shop) -> None:
    shop.worker.kill()
    shop.worker.wait(60)
    until(lambda: not shop.child.is_running() or shop.child.status() == psutil.STATUS_ZOMBIE, "the child ended")
    (left,) = shop.scratch.glob("codex-bot-job-*")
    shop.start()
    until(lambda: not left.exists(), "the folder is removed")
    lease_until = shop.job().lease_until
    time.sleep(0.5)  # several heartbeats
    assert shop.job().lease_until == lease_until, "nobody keeps the dead worker's lease alive"


def test_a_slot_that_is_stuck_is_killed_and_lets_go_of_its_job(tmp_path: Path) -> None:
    with contextlib.closing(Shop(tmp_path, "stubbornly")) as shop:
        until(lambda: not shop.child.is_running() or shop.child.status() == psutil.STATUS_ZOMBIE, "the slot is killed")
        assert shop.worker.poll() is None
        lease_until = shop.job().lease_until
        time.sleep(0.5)  # several heartbeats
        assert (shop.job().state, shop.job().lease_until) == (JobState.LEASED, lease_until)
