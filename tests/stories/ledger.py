"""What every ledger must do, whatever database stands behind it."""

import dataclasses
import threading
from collections.abc import Iterator

import pytest

from bot.errors import LeaseLostError
from bot.ledger import Claimant, Job, JobState, Lease, Ledger, NewDelivery, NewJob, TakenIn, open_ledger

LEASE = 30.0


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self, _connection: object = None) -> float:
        return self.now


def delivery(guid: str = "g-1") -> NewDelivery:
    return NewDelivery(forge="github", guid=guid, kind="comment", body=b"{}")


def request(key: str = "k-1", subject: str = "github:ann/repo#1") -> NewJob:
    return NewJob("github", "ann", subject, "implement", "", "{}", key)


def claimant(name: str = "w1", *, team: str = "", slots: int = 1, tenant_jobs: int = 10) -> Claimant:
    return Claimant(name, team or name, slots, tenant_jobs, LEASE)


class LedgerScene:
    """An empty ledger on a clock of the story's own; subclasses give a fixture `url`."""

    @pytest.fixture
    def clock(self) -> Clock:
        return Clock()

    @pytest.fixture
    def ledger(self, url: str, clock: Clock) -> Iterator[Ledger]:
        opened = open_ledger(url)
        yield Ledger(opened._engine, clock)
        opened.close()

    def claim(self, ledger: Ledger, job_id: int | None, worker: str = "w1") -> Job | None:
        assert job_id is not None
        return ledger.claim(claimant(worker), job_id)

    def held(self, ledger: Ledger, key: str = "k-1", subject: str = "github:ann/repo#1") -> Lease:
        job = self.claim(ledger, ledger.take_in(delivery(key), request(key, subject)).job_id)
        assert job is not None
        return Lease(job.id, job.fence)


class LedgerStories(LedgerScene):
    """One job and who holds it."""

    def test_a_delivery_becomes_one_job_however_often_it_comes(self, ledger: Ledger) -> None:
        first = ledger.take_in(delivery(), request())
        again = ledger.take_in(delivery(), request())
        assert (first.duplicate, again) == (False, TakenIn(None, duplicate=True))
        assert [job.id for job in ledger.jobs()] == [first.job_id]

    def test_the_same_request_by_another_hook_is_a_duplicate_too(self, ledger: Ledger) -> None:
        ledger.take_in(delivery("g-1"), request())
        assert ledger.take_in(delivery("g-2"), request()).duplicate
        assert len(ledger.jobs()) == 1

    def test_ten_threads_taking_in_the_same_delivery_make_one_job(self, ledger: Ledger) -> None:
        found: list[TakenIn] = []
        threads = [
            threading.Thread(target=lambda: found.append(ledger.take_in(delivery(), request()))) for _ in range(10)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(taken.duplicate for taken in found) == [False, *[True] * 9]

    def test_one_worker_gets_a_job(self, ledger: Ledger) -> None:
        job_id = ledger.take_in(delivery(), request()).job_id
        first, second = self.claim(ledger, job_id, "w1"), self.claim(ledger, job_id, "w2")
        assert first is not None
        assert (first.state, first.worker, first.attempts, first.fence) == (JobState.LEASED, "w1", 1, 1)
        assert second is None

    def test_two_jobs_of_one_issue_run_one_after_the_other(self, ledger: Ledger) -> None:
        lease = self.held(ledger, "k-1")
        second = ledger.take_in(delivery("g-2"), request("k-2")).job_id
        assert self.claim(ledger, second) is None
        assert second not in ledger.due()
        ledger.finish(lease, outcome="done")
        assert ledger.due() == [second]
        assert self.claim(ledger, second) is not None

    def test_a_silent_worker_loses_its_job_and_everything_it_says_is_void(self, ledger: Ledger, clock: Clock) -> None:
        lease = self.held(ledger)
        clock.now += LEASE + 1
        assert ledger.due() == [lease.job_id]
        taken = self.claim(ledger, lease.job_id, "w2")
        assert taken is not None
        assert (taken.lost_attempts, taken.fence) == (1, 2)
        for write in (
            lambda: ledger.heartbeat(lease, lease_seconds=LEASE),
            lambda: ledger.check(lease),
            lambda: ledger.save_step(lease, "late", "x"),
            lambda: ledger.intend(lease, "status", "m"),
            lambda: ledger.confirm(lease, "status", "1"),
            lambda: ledger.forget(lease, "status"),
            lambda: ledger.finish(lease, outcome="late"),
        ):
            with pytest.raises(LeaseLostError):
                write()
        assert ledger.step(lease.job_id, "late") is None

    def test_a_heartbeat_keeps_the_job(self, ledger: Ledger, clock: Clock) -> None:
        lease = self.held(ledger)
        clock.now += LEASE - 1
        ledger.heartbeat(lease, lease_seconds=LEASE)
        clock.now += LEASE - 1
        assert ledger.due() == []
        assert self.claim(ledger, lease.job_id, "w2") is None

    def test_a_job_put_back_waits_its_time(self, ledger: Ledger, clock: Clock) -> None:
        lease = self.held(ledger)
        ledger.release(lease, delay_seconds=60, outcome="model away")
        assert self.claim(ledger, lease.job_id) is None
        clock.now += 61
        job = self.claim(ledger, lease.job_id)
        assert job is not None
        assert (job.attempts, job.outcome) == (2, "model away")

    def test_a_wait_that_the_forge_asked_for_costs_no_attempt(self, ledger: Ledger) -> None:
        lease = self.held(ledger)
        ledger.release(lease, delay_seconds=0, outcome="rate limit", counted=False)
        job = self.claim(ledger, lease.job_id)
        assert job is not None
        assert job.attempts == 1

    def test_a_finished_job_is_never_run_again(self, ledger: Ledger, clock: Clock) -> None:
        done, dead = self.held(ledger, "k-1", "s1"), self.held(ledger, "k-2", "s2")
        ledger.finish(done, outcome="verified")
        ledger.finish(dead, outcome="gave up", state=JobState.DEAD)
        clock.now += 10 * LEASE
        assert ledger.due() == []
        assert [job.state for job in ledger.jobs()] == [JobState.DEAD, JobState.DONE]
        assert [job.id for job in ledger.jobs(states=[JobState.DEAD])] == [dead.job_id]

    def test_the_first_output_of_a_step_stays(self, ledger: Ledger) -> None:
        lease = self.held(ledger)
        ledger.save_step(lease, "answer 1", "paid")
        ledger.save_step(lease, "answer 1", "paid twice")
        assert ledger.step(lease.job_id, "answer 1") == "paid"
        assert ledger.step(lease.job_id, "answer 2") is None

    def test_an_effect_is_fresh_once_and_then_known(self, ledger: Ledger) -> None:
        lease = self.held(ledger)
        first = ledger.intend(lease, "status", "marker")
        again = ledger.intend(lease, "status", "marker")
        ledger.confirm(lease, "status", "42")
        confirmed = ledger.intend(lease, "status", "marker")
        assert (first.fresh, again.fresh, again.confirmed) == (True, False, False)
        assert (confirmed.confirmed, confirmed.forge_ref) == (True, "42")
        assert (ledger.intended(lease, "status"), ledger.intended(lease, "reply")) == (True, False)
        ledger.forget(lease, "status")
        assert not ledger.intended(lease, "status")
        assert ledger.intend(lease, "status", "marker").fresh

    def test_tokens_are_added_up(self, ledger: Ledger) -> None:
        lease = self.held(ledger)
        ledger.count_tokens(lease, tokens_in=100, tokens_out=10)
        ledger.count_tokens(lease, tokens_in=100, tokens_out=5)
        job = ledger.job(lease.job_id)
        assert job is not None
        assert (job.tokens_in, job.tokens_out) == (200, 15)

    def test_the_history_of_a_job_can_be_read(self, ledger: Ledger) -> None:
        lease = self.held(ledger)
        ledger.save_step(lease, "place", "{}")
        ledger.intend(lease, "status", "marker")
        steps, effects = ledger.history(lease.job_id)
        assert [step["name"] for step in steps] == ["place"]
        assert [effect["state"] for effect in effects] == ["intent"]

    def test_a_jobs_number_is_never_given_twice(self, ledger: Ledger) -> None:
        numbers = [ledger.take_in(delivery(key), request(key, key)).job_id for key in ("a", "b", "c")]
        assert len(set(numbers)) == 3

    def test_every_field_of_a_job_comes_back(self, ledger: Ledger) -> None:
        job = self.claim(ledger, ledger.take_in(delivery(), request()).job_id)
        assert job is not None
        assert ledger.job(job.id) == job
        later = {"done_at", "superseded_by"}
        assert all(value is not None for name, value in dataclasses.asdict(job).items() if name not in later)
