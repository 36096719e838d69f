"""A worker that ends, whether it was asked to or killed, lets go of its job and leaves nothing behind."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from stories.shop import Shop, has_ended, until

from bot.ledger import JobState


class Busy(Shop):
    """In the middle of a job that never ends by itself."""

    def __init__(self, folder: Path, how: str = "", *, hinted: bool = True, **options: object) -> None:
        super().__init__(folder, **options)
        self.job_id = self.ask(f"implement {how}")
        if hinted:
            self.hint(self.job_id)
        self.child: psutil.Process = self.begun(self.job_id)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Busy]:
    with contextlib.closing(Busy(tmp_path)) as made:
        yield made


def test_a_worker_that_is_asked_to_end_puts_its_job_back(shop: Busy) -> None:
    assert list(shop.scratch.glob("codex-bot-job-*")), "the job works in a folder of its own, or this proves nothing"
    shop.worker.terminate()
    assert shop.worker.wait(60) == 0
    job = shop.job(shop.job_id)
    assert (job.state, job.attempts, job.lost_attempts) == (JobState.QUEUED, 0, 0)
    assert list(shop.scratch.glob("codex-bot-job-*")) == []


def test_a_job_that_the_slot_found_by_itself_is_put_back_too(tmp_path: Path) -> None:
    with contextlib.closing(Busy(tmp_path, hinted=False)) as shop:
        shop.worker.terminate()
        assert shop.worker.wait(60) == 0
        job = shop.job(shop.job_id)
        assert (job.state, job.attempts, job.lost_attempts) == (JobState.QUEUED, 0, 0)
        assert list(shop.scratch.glob("codex-bot-job-*")) == []


def test_a_killed_worker_takes_its_child_along_and_the_next_one_tidies_up(shop: Busy) -> None:
    shop.worker.kill()
    shop.worker.wait(60)
    until(lambda: has_ended(shop.child), "the child ended")
    (left,) = shop.scratch.glob("codex-bot-job-*")
    shop.start()
    until(lambda: not left.exists(), "the folder is removed")
    lease_until = shop.job(shop.job_id).lease_until
    time.sleep(0.5)  # several heartbeats
    assert shop.job(shop.job_id).lease_until == lease_until, "nobody keeps the dead worker's lease alive"


def test_a_killed_childs_job_is_taken_over_by_the_same_worker_and_counted(tmp_path: Path) -> None:
    with contextlib.closing(Busy(tmp_path, lease_seconds=2.0)) as shop:
        shop.child.kill()
        until(lambda: shop.job(shop.job_id).fence == 2, f"the job is taken over\n{shop.log()}")
        job = shop.job(shop.job_id)
        assert (job.state, job.attempts, job.lost_attempts) == (JobState.LEASED, 2, 1)
        assert shop.worker.poll() is None


def test_a_child_that_is_killed_while_it_waits_keeps_the_others_from_nothing(tmp_path: Path) -> None:
    with contextlib.closing(Shop(tmp_path, slots=2, poll_seconds=600.0)) as shop:  # by their hints or never
        for turn in range(3):
            job_id = shop.ask("implement briefly")
            shop.hint(job_id)
            shop.wait_for(job_id, JobState.DONE, seconds=20)
            children = psutil.Process(shop.worker.pid).children
            until(lambda turn=turn, children=children: len(children()) > turn, "the killed one is replaced")
            children()[turn].kill()
        shop.worker.terminate()
        assert shop.worker.wait(30) == 0


def test_a_worker_ends_when_its_children_were_told_so_as_well(shop: Busy) -> None:
    os.killpg(shop.worker.pid, signal.SIGTERM)
    shop.worker.wait(30)
    assert shop.job(shop.job_id).state in {JobState.QUEUED, JobState.LEASED}


def test_a_worker_ends_soon_though_a_hint_was_just_handed_to_a_slot(tmp_path: Path) -> None:
    with contextlib.closing(Shop(tmp_path, poll_seconds=600.0)) as shop:
        job_id = shop.ask("implement briefly")
        shop.hint(job_id)
        shop.wait_for(job_id, JobState.DONE)
        worker = psutil.Process(shop.worker.pid)
        children = worker.children()
        for child in children:
            child.suspend()
        shop.hint(shop.ask("implement briefly"))
        until(lambda: shop.hints.waiting() == 0, "the worker has taken the hint")
        shop.worker.terminate()
        until(lambda: worker.num_threads() > 1, "the worker waits for its children")
        for child in children:
            child.resume()
        assert shop.worker.wait(20) == 0, "half a minute would be more than most supervisors wait"


@pytest.mark.parametrize("hinted", [True, False], ids=["hinted", "found by itself"])
def test_a_slot_that_is_stuck_is_killed_and_lets_go_of_its_job(tmp_path: Path, *, hinted: bool) -> None:
    with contextlib.closing(Busy(tmp_path, "stubbornly", hinted=hinted, kill_after_seconds=2.0)) as shop:
        until(lambda: has_ended(shop.child), "the slot is killed")
        assert shop.worker.poll() is None
        lease_until = shop.job(shop.job_id).lease_until
        time.sleep(0.5)  # several heartbeats
        job = shop.job(shop.job_id)
        assert (job.state, job.lease_until) == (JobState.LEASED, lease_until)
