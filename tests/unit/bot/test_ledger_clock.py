"""The ledger's time on one machine: wall clocks jump, leases and waits do not notice."""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from stories.ledger import LEASE, claimant, delivery, request

from bot.events import Limit
from bot.ledger import Lease, Ledger, open_ledger
from bot.ledger.clock import MachineClock
from bot.ledger.schema import meta

HOUR = 3600.0


def wall(jump: float = 0.0) -> Callable[[], float]:
    return lambda: time.time() + jump


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/ledger.db"


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    opened = open_ledger(url)
    yield opened
    opened.close()


def after_boot(ledger: Ledger, boot: str, *, jump: float = 0.0) -> Ledger:
    """Open the ledger as the next boot would."""
    with ledger._engine.begin() as connection:
        return Ledger(ledger._engine, MachineClock(connection, wall(jump), boot))


def held(ledger: Ledger, key: str = "k-1") -> Lease:
    ledger.take_in(delivery(key), request(key, key))
    job = ledger.claim(claimant(key))
    assert job is not None
    return Lease(job.id, job.fence)


def test_time_begins_as_the_wall_clock_has_it_and_goes_on(ledger: Ledger) -> None:
    first = ledger.now()
    assert first == pytest.approx(time.time(), abs=5)
    time.sleep(0.01)
    assert 0.01 <= ledger.now() - first < 5


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_a_wall_clock_that_was_set_between_two_openings_changes_nothing(url: str, ledger: Ledger, jump: float) -> None:
    other = open_ledger(url, wall=wall(jump))
    assert other.now() == pytest.approx(ledger.now(), abs=5)
    other.close()


@pytest.mark.parametrize("jump", [HOUR, -HOUR])
def test_no_lease_is_taken_over_early_and_no_job_is_stuck(url: str, ledger: Ledger, jump: float) -> None:
    other = open_ledger(url, wall=wall(jump))
    for mine, theirs in ((ledger, other), (other, ledger)):
        lease = held(mine, f"{id(mine)}")
        assert theirs.claim(claimant("thief"), lease.job_id) is None
        theirs.check(lease)
        mine.release(lease, delay_seconds=0.0, outcome="leaving")
        assert theirs.due() == [lease.job_id]
        again = theirs.claim(claimant("next"), lease.job_id)
        assert again is not None
        assert again.lost_attempts == 0
        theirs.heartbeat(Lease(again.id, again.fence), lease_seconds=-1.0)  # silent for longer than its lease
        taken_over = mine.claim(claimant("rescuer"), lease.job_id)
        assert taken_over is not None
        mine.finish(Lease(taken_over.id, taken_over.fence), outcome="done")
    other.close()


def test_the_next_boot_starts_from_the_wall_clock_anew(ledger: Ledger) -> None:
    lease = held(ledger)
    ledger.finish(lease, outcome="done")
    later = after_boot(ledger, "second", jump=2 * HOUR)
    assert later.now() == pytest.approx(time.time() + 2 * HOUR, abs=5)


def test_every_process_of_the_next_boot_shares_one_anchor(ledger: Ledger) -> None:
    first = after_boot(ledger, "second", jump=2 * HOUR)
    second = after_boot(ledger, "second", jump=-9 * HOUR)
    assert second.now() == pytest.approx(first.now(), abs=5)
    with ledger._engine.begin() as connection:
        assert connection.execute(sa.select(sa.func.count()).where(meta.c.name == "clock")).scalar() == 1


def test_time_never_goes_behind_what_the_ledger_tells_of(ledger: Ledger) -> None:
    lease = held(ledger)
    ledger.finish(lease, outcome="done")
    done = ledger.job(lease.job_id)
    later = after_boot(ledger, "second", jump=-HOUR)
    assert done is not None
    assert done.done_at is not None
    assert done.done_at <= later.now() < done.done_at + 5


def test_a_job_that_a_boot_cut_short_is_taken_over_at_once_however_wrong_the_clock_is(ledger: Ledger) -> None:
    lease = held(ledger)
    ledger.heartbeat(lease, lease_seconds=40 * 60.0)  # as if it had been working for long
    later = after_boot(ledger, "second", jump=-HOUR)
    job = later.claim(claimant("w2"))
    assert job is not None
    assert (job.id, job.lost_attempts) == (lease.job_id, 1)


def test_a_bucket_that_was_emptied_before_the_boot_fills_again_in_its_time(ledger: Ledger) -> None:
    limit = Limit(80, 60.0)
    ahead = after_boot(ledger, "second", jump=HOUR)
    while (wait := ahead.spend("ann", [limit])) == 0.0:
        pass
    back = after_boot(ledger, "third")
    time.sleep(wait + 0.05)
    assert back.spend("ann", [limit]) == 0.0


def test_what_waits_its_time_waits_hardly_longer_for_a_boot(ledger: Ledger) -> None:
    lease = held(ledger)
    ledger.release(lease, delay_seconds=0.0, outcome="later")
    later = after_boot(ledger, "second", jump=-HOUR)
    time.sleep(0.5)  # when it was put back is not written down; when it was claimed is
    job = later.claim(claimant("w2"))
    assert job is not None
    assert job.lease_until == pytest.approx(later.now() + LEASE, abs=5)
