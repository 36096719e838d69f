"""Whose turn it is, and how a job is stopped, superseded or asked for again, whatever database stands behind it."""

import dataclasses
from collections import Counter
from typing import Any

import pytest

from bot.errors import LeaseLostError
from bot.ledger import Job, JobState, Lane, Lease, Ledger, NewJob
from stories.ledger import LEASE, Clock, LedgerScene, claimant, delivery, request


class PolicyStories(LedgerScene):
    """Many jobs, and which of them goes first."""

    def queue(self, ledger: Ledger, tenant: str, key: str, **values: Any) -> int:
        """Queue a job of a tenant on a subject of its own."""
        named = request(f"{tenant} {key}", f"github:{tenant}/repo#{key}")
        work = dataclasses.replace(named, tenant=tenant, **values)
        job_id = ledger.take_in(delivery(f"{tenant} {key}"), work).job_id
        assert job_id is not None
        return job_id

    def turn(
        self, ledger: Ledger, worker: str = "w1", *, team: str = "", slots: int = 10, tenant_jobs: int = 10
    ) -> Job:
        job = ledger.claim(claimant(worker, team=team, slots=slots, tenant_jobs=tenant_jobs))
        assert job is not None
        return job

    def push(self, ledger: Ledger, number: int) -> int:
        push = dataclasses.replace(
            request(f"sha-{number}"), kind="review", supersedes=True, quiet_seconds=10.0, longest_quiet_seconds=60.0
        )
        job_id = ledger.take_in(delivery(f"push-{number}"), push).job_id
        assert job_id is not None
        return job_id

    # Fairness

    def test_a_quiet_tenant_does_not_wait_for_a_noisy_one(self, ledger: Ledger, clock: Clock) -> None:
        for number in range(50):
            self.queue(ledger, "noisy", f"n{number}")
        for number in range(3):
            self.queue(ledger, "quiet", f"q{number}")
        served = []
        for number in range(6):
            served.append(self.turn(ledger, f"w{number}").tenant)
            clock.now += 1
        assert "quiet" in served[:2]
        assert Counter(served) == {"noisy": 3, "quiet": 3}

    def test_one_slot_serves_its_tenants_by_turns(self, ledger: Ledger, clock: Clock) -> None:
        for number in range(4):
            for tenant in ("ann", "bea", "cid"):
                self.queue(ledger, tenant, f"{number}")
        served = []
        for _ in range(12):
            job = self.turn(ledger)
            served.append(job.tenant)
            clock.now += 2
            ledger.finish(Lease(job.id, job.fence), outcome="done")
        assert [set(served[at : at + 3]) for at in range(0, 12, 3)] == [{"ann", "bea", "cid"}] * 4

    def test_a_tenant_at_his_limit_waits_and_others_do_not(self, ledger: Ledger) -> None:
        for number in range(5):
            self.queue(ledger, "noisy", f"n{number}")
        first = [self.turn(ledger, f"w{number}", tenant_jobs=2) for number in range(2)]
        assert ledger.claim(claimant("w3", tenant_jobs=2)) is None
        self.queue(ledger, "quiet", "q")
        assert self.turn(ledger, "w3", tenant_jobs=2).tenant == "quiet"
        ledger.finish(Lease(first[0].id, first[0].fence), outcome="done")
        assert self.turn(ledger, "w4", tenant_jobs=2).tenant == "noisy"

    def test_a_tenant_whose_worker_died_is_not_kept_at_his_limit(self, ledger: Ledger, clock: Clock) -> None:
        self.queue(ledger, "ann", "1")
        self.queue(ledger, "ann", "2")
        self.turn(ledger, "w1", tenant_jobs=1)
        clock.now += LEASE + 1
        assert self.turn(ledger, "w2", tenant_jobs=1).lost_attempts == 1

    def test_a_team_at_its_limit_still_hears_control_commands(self, ledger: Ledger) -> None:
        for number in range(4):
            self.queue(ledger, f"t{number}", f"{number}")
        for slot in range(2):
            self.turn(ledger, f"host/{slot}", team="host/", slots=2)
        assert ledger.claim(claimant("host/2", team="host/", slots=2)) is None
        self.queue(ledger, "t0", "stop", lane=Lane.CONTROL, priority=-100)
        assert self.turn(ledger, "host/2", team="host/", slots=2).lane is Lane.CONTROL
        assert ledger.claim(claimant("other/1", team="other/", slots=2)) is not None

    def test_a_command_about_a_job_does_not_wait_for_that_job(self, ledger: Ledger) -> None:
        running = self.held(ledger, "k-1", "github:ann/repo#1")
        stop = dataclasses.replace(request("k-2", "github:ann/repo#1"), lane=Lane.CONTROL, priority=-100)
        wanted = ledger.take_in(delivery("g-2"), stop).job_id
        assert self.turn(ledger, "w2", tenant_jobs=1).id == wanted
        ledger.check(running)

    def test_a_command_about_a_job_takes_no_place_of_its_tenant(self, ledger: Ledger) -> None:
        stop = self.queue(ledger, "ann", "stop", lane=Lane.CONTROL, priority=-100)
        work = self.queue(ledger, "ann", "1")
        assert [self.turn(ledger, f"w{number}", tenant_jobs=1).id for number in range(2)] == [stop, work]

    def test_what_is_urgent_goes_first_whoever_asked(self, ledger: Ledger) -> None:
        self.queue(ledger, "ann", "1", priority=5)
        self.turn(ledger, "w1")
        idle = self.queue(ledger, "bea", "2", priority=5)
        urgent = self.queue(ledger, "ann", "3", priority=0)
        assert [self.turn(ledger, f"w{number}").id for number in (2, 3)] == [urgent, idle]

    def test_what_waits_its_time_keeps_nobody_else_of_the_tenant_waiting(self, ledger: Ledger, clock: Clock) -> None:
        lease = self.held(ledger, "k-1", "s-1")
        ledger.release(lease, delay_seconds=60, outcome="model away")
        later = self.queue(ledger, "ann", "2", priority=5)
        assert self.turn(ledger).id == later
        clock.now += 60
        assert self.turn(ledger).id == lease.job_id

    # Debounce and supersession

    def test_fifty_pushes_leave_one_job_and_it_answers_the_last(self, ledger: Ledger, clock: Clock) -> None:
        pushes = []
        for number in range(50):
            pushes.append(self.push(ledger, number))
            clock.now += 0.1
        queued = ledger.jobs(states=[JobState.QUEUED])
        assert [(job.id, job.dedupe_key) for job in queued] == [(pushes[-1], "sha-49")]
        superseded = ledger.jobs(states=[JobState.SUPERSEDED])
        assert len(superseded) == 49
        assert all(job.done_at is not None and job.superseded_by in pushes for job in superseded)

    def test_a_job_waits_until_its_subject_is_quiet(self, ledger: Ledger, clock: Clock) -> None:
        self.push(ledger, 1)
        clock.now += 9
        last = self.push(ledger, 2)
        clock.now += 9.9
        assert ledger.claim(claimant()) is None
        clock.now += 0.1
        assert self.turn(ledger).id == last

    def test_somebody_who_never_stops_pushing_is_answered_after_a_minute(self, ledger: Ledger, clock: Clock) -> None:
        began = clock.now
        while (job := ledger.claim(claimant())) is None:
            last = self.push(ledger, int(clock.now))
            clock.now += 5
        assert clock.now == began + 60
        assert job.id == last

    def test_a_new_storm_is_waited_for_anew(self, ledger: Ledger, clock: Clock) -> None:
        self.push(ledger, 1)
        clock.now += 100
        job = self.turn(ledger)
        ledger.finish(Lease(job.id, job.fence), outcome="done")
        self.push(ledger, 2)
        clock.now += 9.9
        assert ledger.claim(claimant()) is None

    def test_a_review_in_work_is_told_that_it_is_outdated(self, ledger: Ledger, clock: Clock) -> None:
        first = self.push(ledger, 1)
        clock.now += 10
        job = self.turn(ledger)
        lease = Lease(job.id, job.fence)
        assert ledger.heartbeat(lease, lease_seconds=LEASE) is None
        second = self.push(ledger, 2)
        assert ledger.heartbeat(lease, lease_seconds=LEASE) is JobState.SUPERSEDED
        ledger.finish(lease, outcome="superseded", state=JobState.SUPERSEDED)
        clock.now += 10
        assert self.turn(ledger).id == second
        known = ledger.job(first)
        assert known is not None
        assert known.superseded_by == second

    def test_only_what_is_alike_is_superseded(self, ledger: Ledger) -> None:
        asked = ledger.take_in(delivery("g-1"), request("k-1")).job_id
        elsewhere = self.queue(ledger, "ann", "2", kind="review")
        pushed = self.push(ledger, 1)
        assert {job.id for job in ledger.jobs(states=[JobState.QUEUED])} == {asked, elsewhere, pushed}

    def test_a_push_that_comes_twice_supersedes_nothing(self, ledger: Ledger) -> None:
        self.push(ledger, 1)
        last = self.push(ledger, 2)
        again: NewJob = dataclasses.replace(request("sha-1"), kind="review", supersedes=True, quiet_seconds=10.0)
        assert ledger.take_in(delivery("again"), again).duplicate
        assert [job.id for job in ledger.jobs(states=[JobState.QUEUED])] == [last]

    # Cancel and retry

    def test_a_waiting_job_is_cancelled_at_once(self, ledger: Ledger) -> None:
        job_id = self.queue(ledger, "ann", "1")
        cancelled = ledger.cancel(job_id, by="bea")
        assert cancelled is not None
        assert (cancelled.state, cancelled.outcome) == (JobState.CANCELLED, "cancelled by bea")
        assert cancelled.done_at is not None
        assert self.claim(ledger, job_id) is None
        assert ledger.cancel(10**6, by="bea") is None

    def test_a_job_in_work_is_told_to_stop(self, ledger: Ledger, clock: Clock) -> None:
        lease = self.held(ledger)
        told = ledger.cancel(lease.job_id, by="bea")
        assert told is not None
        assert (told.state, told.cancelled_by) == (JobState.LEASED, "bea")
        assert ledger.heartbeat(lease, lease_seconds=LEASE) is JobState.CANCELLED
        clock.now += LEASE + 1  # its worker dies before it has stopped
        again = self.claim(ledger, lease.job_id, "w2")
        assert again is not None
        assert again.cancelled_by == "bea"

    def test_what_ended_stays_as_it_ended(self, ledger: Ledger) -> None:
        lease = self.held(ledger)
        ledger.finish(lease, outcome="verified")
        after = ledger.cancel(lease.job_id, by="bea")
        assert after is not None
        assert (after.state, after.outcome, after.cancelled_by) == (JobState.DONE, "verified", "")
        assert not ledger.retry(lease.job_id)

    @pytest.mark.parametrize("end", [JobState.DEAD, JobState.CANCELLED])
    def test_a_job_asked_for_again_starts_anew_but_keeps_what_was_paid(self, ledger: Ledger, end: JobState) -> None:
        lease = self.held(ledger)
        ledger.save_step(lease, "answer", "paid")
        ledger.cancel(lease.job_id, by="bea")
        ledger.finish(lease, outcome="over", state=end)
        assert ledger.retry(lease.job_id)
        assert not ledger.retry(lease.job_id)
        job = self.claim(ledger, lease.job_id, "w2")
        assert job is not None
        assert (job.attempts, job.lost_attempts, job.round, job.cancelled_by, job.done_at) == (1, 0, 1, "", None)
        assert ledger.step(job.id, "answer") == "paid"
        assert ledger.heartbeat(Lease(job.id, job.fence), lease_seconds=LEASE) is None
        with pytest.raises(LeaseLostError):
            ledger.heartbeat(lease, lease_seconds=LEASE)

    # Forgetting

    def test_old_deliveries_are_forgotten_but_not_those_of_open_jobs(self, ledger: Ledger, clock: Clock) -> None:
        lease, waiting = self.held(ledger, "k-1", "s1"), self.queue(ledger, "ann", "k-2")
        ledger.finish(lease, outcome="done")
        clock.now += 1000
        recent = self.queue(ledger, "ann", "k-3")
        assert ledger.purge(kept_seconds=500) == 1
        assert ledger.purge(kept_seconds=500) == 0
        assert [job.id for job in ledger.jobs()] == [recent, waiting, lease.job_id]
        # The delivery is unknown now, but what it asks for was done.
        assert ledger.take_in(delivery("k-1"), request("k-1", "s1")).duplicate
        assert ledger.take_in(delivery("ann k-2"), request("other", "s9")).duplicate

    def test_a_job_that_was_superseded_and_is_asked_for_again_is_not_stopped_again(
        self, ledger: Ledger, clock: Clock
    ) -> None:
        older = self.push(ledger, 1)
        clock.now += 10
        job = self.turn(ledger)
        self.push(ledger, 2)
        lease = Lease(job.id, job.fence)
        assert ledger.heartbeat(lease, lease_seconds=30) is JobState.SUPERSEDED
        ledger.finish(lease, outcome="broken before it heard of that", state=JobState.DEAD)
        assert ledger.retry(older)
        again = ledger.claim(claimant(), older)
        assert again is not None
        assert ledger.heartbeat(Lease(again.id, again.fence), lease_seconds=30) is None
