"""What a worker does with the ledger alone: hints may never come, and their carrier may be gone."""

import contextlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from stories.shop import Shop, has_ended, until

from bot.ledger import JobState

NOBODY = "redis://127.0.0.1:1/0"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    with contextlib.closing(Shop(tmp_path)) as made:
        yield made


def test_a_job_is_found_though_no_hint_is_ever_sent(shop: Shop) -> None:
    assert shop.wait_for(shop.ask("implement briefly"), JobState.DONE).attempts == 1


def test_a_job_that_is_cancelled_stops_within_seconds_and_the_slot_goes_on(shop: Shop) -> None:
    job_id = shop.ask()
    child = shop.begun(job_id)
    shop.ledger.cancel(job_id, by="the operator")
    job = shop.wait_for(job_id, JobState.CANCELLED, seconds=10)
    assert (job.outcome, job.attempts, job.lost_attempts) == ("cancelled by the operator", 1, 0)
    assert list(shop.scratch.glob("codex-bot-job-*")) == []
    assert not has_ended(child)
    shop.wait_for(shop.ask("implement briefly"), JobState.DONE)


def test_a_comment_stops_the_job_while_every_slot_is_busy(shop: Shop) -> None:
    running, waiting = shop.ask(), shop.ask("implement briefly", number=8)
    shop.begun(running)
    cancelling = shop.ask("cancel")
    shop.wait_for(cancelling, JobState.DONE, seconds=10)
    assert shop.wait_for(running, JobState.CANCELLED, seconds=10).cancelled_by == "@ann"
    shop.wait_for(waiting, JobState.DONE)


def test_no_worker_runs_more_jobs_than_it_has_slots(shop: Shop) -> None:
    running, waiting = shop.ask(), shop.ask("implement briefly", number=8)
    shop.begun(running)
    shop.wait_for(shop.ask("help", number=9), JobState.DONE)  # so the spare child has looked
    assert shop.job(waiting).fence == 0


def test_with_a_redis_that_is_not_there_jobs_are_done_all_the_same(tmp_path: Path) -> None:
    with contextlib.closing(Shop(tmp_path, broker=NOBODY)) as shop:
        first = shop.ask("implement briefly")
        assert shop.wait_for(first, JobState.DONE).attempts == 1
        second = shop.ask("implement briefly")
        shop.wait_for(second, JobState.DONE)
        assert shop.worker.poll() is None


def test_a_slot_shows_that_it_lives_whether_it_waits_or_works(shop: Shop) -> None:
    folder = shop.folder / "alive"
    until(lambda: len(list(folder.glob("slot-*"))) == 2, "both children show that they live")
    shop.begun(shop.ask())
    for sign in folder.glob("slot-*"):
        before = sign.stat().st_mtime_ns
        until(lambda: sign.stat().st_mtime_ns > before, f"{sign.name} goes on", 10)  # noqa: B023
