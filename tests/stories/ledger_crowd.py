"""Many threads at once, whatever database stands behind the ledger."""

import dataclasses
import os
import threading
import traceback
from collections import Counter
from collections.abc import Callable

from bot.ledger import Claimant, Job, JobState, Lease, Ledger, TakenIn, open_ledger
from stories.ledger import LedgerScene, claimant, delivery, request
from stories.ledger_pace import LIMITS


def at_once(*calls: Callable[[], object]) -> None:
    """Run all calls in threads that begin together; raise what one of them raised."""
    gate = threading.Barrier(len(calls))
    errors: list[BaseException] = []

    def run(call: Callable[[], object]) -> None:
        gate.wait()
        try:
            call()
        except BaseException as error:  # noqa: BLE001  # handed over to the test
            errors.append(error)

    threads = [threading.Thread(target=run, args=(call,), daemon=True) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert not any(thread.is_alive() for thread in threads), "somebody waits for ever"
    if errors:
        raise errors[0]


class CrowdStories(LedgerScene):
    """Everybody comes at the same moment."""

    def fill(self, ledger: Ledger, *, jobs: int, tenants: int) -> None:
        for key in range(jobs):
            work = dataclasses.replace(request(f"{key}", f"s{key}"), tenant=f"t{key % tenants}")
            ledger.take_in(delivery(f"{key}"), work)

    def test_limits_hold_when_all_slots_ask_at_once(self, ledger: Ledger) -> None:
        self.fill(ledger, jobs=40, tenants=5)
        found: list[Job] = []

        def claim(who: Claimant) -> None:
            job = ledger.claim(who)
            if job is not None:
                found.append(job)

        crowd = [
            Claimant(f"h{team}/{slot}", f"h{team}/", team_limit=3, tenant_limit=2, lease_seconds=30.0)
            for team in range(3)
            for slot in range(6)
        ]
        at_once(*[lambda who=who: claim(who) for who in crowd])  # type: ignore[misc]
        assert len({job.id for job in found}) == len(found) == 9
        assert Counter(job.worker[:3] for job in found) == {"h0/": 3, "h1/": 3, "h2/": 3}
        assert max(Counter(job.tenant for job in found).values()) == 2

    def test_every_job_is_done_once(self, ledger: Ledger) -> None:
        self.fill(ledger, jobs=60, tenants=3)
        done: list[int] = []

        def work(name: str) -> None:
            while job := ledger.claim(claimant(name)):
                done.append(job.id)
                ledger.finish(Lease(job.id, job.fence), outcome="done")

        at_once(*[lambda name=name: work(f"w{name}") for name in range(6)])  # type: ignore[misc]
        assert Counter(done) == Counter({job.id: 1 for job in ledger.jobs(limit=100)})
        assert {(job.state, job.attempts, job.fence) for job in ledger.jobs(limit=100)} == {(JobState.DONE, 1, 1)}

    def test_one_job_that_all_want_goes_to_one(self, ledger: Ledger) -> None:
        self.fill(ledger, jobs=1, tenants=1)
        (job_id,) = ledger.due()
        found: list[Job | None] = []
        at_once(*[lambda name=name: found.append(ledger.claim(claimant(f"w{name}"), job_id)) for name in range(8)])  # type: ignore[misc]
        assert len([job for job in found if job is not None]) == 1

    def test_together_callers_spend_no_more_than_one_could(self, ledger: Ledger) -> None:
        spent: list[int] = []

        def spend() -> None:
            while ledger.spend("ann", LIMITS) == 0.0:
                spent.append(1)

        at_once(*[spend] * 8)
        assert len(spent) == 20

    def test_failures_that_come_at_once_are_all_counted(self, ledger: Ledger) -> None:
        at_once(*[lambda: ledger.forge_failed("github")] * 8)
        assert ledger.failures("github") == 8

    def test_deliveries_that_come_five_times_at_once_make_one_job_each(self, ledger: Ledger) -> None:
        taken: list[TakenIn] = []

        def deliver(number: int) -> None:
            taken.append(ledger.take_in(delivery(f"g{number}"), request(f"k{number}", f"s{number}")))

        at_once(*[lambda number=number: deliver(number % 6) for number in range(30)])  # type: ignore[misc]
        assert Counter(one.duplicate for one in taken) == {False: 6, True: 24}
        assert len({one.job_id for one in taken if one.job_id is not None}) == len(ledger.jobs()) == 6


class OpeningStories:
    """Many processes at once, and no ledger yet; subclasses give a fixture `url`."""

    def test_processes_that_open_an_empty_ledger_at_once_all_get_to_work(self, url: str) -> None:
        gate, opener = os.pipe()
        children = [self._child(url, number, gate, opener) for number in range(8)]
        os.close(gate)
        os.close(opener)  # the last one who could write is gone: all reads return
        assert [os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children] == [0] * 8
        ledger = open_ledger(url)
        assert sorted(job.dedupe_key for job in ledger.jobs()) == [f"k{number}" for number in range(8)]
        assert len({job.created_at for job in ledger.jobs()}) == 8
        assert max(job.created_at for job in ledger.jobs()) <= ledger.now()
        ledger.close()

    @staticmethod
    def _child(url: str, number: int, gate: int, opener: int) -> int:
        child = os.fork()
        if child != 0:
            return child
        try:
            os.close(opener)
            os.read(gate, 1)
            ledger = open_ledger(url)
            ledger.take_in(delivery(f"g{number}"), request(f"k{number}", f"s{number}"))
            ledger.close()
        except BaseException:  # noqa: BLE001  # a child of the test must not go on as a second pytest
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
