"""How fast a forge is asked, and how it is left alone while it is away, whatever database stands behind it."""

import random
from collections.abc import Iterator

import pytest

from bot.events import Limit
from bot.ledger import Job, Ledger, open_ledger
from stories.ledger import Clock, LedgerScene, claimant, delivery, request

MINUTE, HOUR = 60.0, 3600.0
LIMITS = (Limit(80, MINUTE), Limit(500, HOUR))


def most_in(times: list[float], seconds: float) -> int:
    """Return the largest number of calls in any stretch of so many seconds."""
    first, most = 0, 0
    for last, moment in enumerate(times):
        while moment - times[first] >= seconds:
            first += 1
        most = max(most, last - first + 1)
    return most


class PaceStories(LedgerScene):
    """Buckets and breakers."""

    @pytest.fixture
    def ledger(self, url: str, clock: Clock) -> Iterator[Ledger]:
        opened = open_ledger(url, synchronous="NORMAL")  # thousands of calls, and no power cut
        yield Ledger(opened._engine, clock)
        opened.close()

    def spend_all(self, ledger: Ledger, scope: str = "ann") -> int:
        spent = 0
        while ledger.spend(scope, LIMITS) == 0.0:
            spent += 1
        return spent

    def test_a_forge_never_sees_more_than_it_allows_and_is_used_well(self, ledger: Ledger, clock: Clock) -> None:
        chance = random.Random(3)  # a day of this seed, the same every time
        midnight, calls = clock.now, [0.0]
        for hour in range(24):
            clock.now = max(clock.now, midnight + hour * HOUR + chance.uniform(0, 600))
            wanted = 1000 if hour in {9, 10} else chance.choice([0, 1, 5, 30])
            for _ in range(wanted):
                if clock.now > midnight + (hour + 1) * HOUR:
                    break
                while wait := ledger.spend("ann", LIMITS):
                    clock.now += max(wait, 0.001) * chance.choice([1.0, 1.0, 1.1])
                calls.append(clock.now)
        calls = calls[1:]
        assert most_in(calls, MINUTE) <= 80
        assert most_in(calls, HOUR) <= 500
        busy = sum(midnight + 9 * HOUR <= moment < midnight + 11 * HOUR for moment in calls)
        assert busy >= 0.6 * 500 * 2

    def test_a_burst_is_given_at_once_and_then_a_call_in_a_while(self, ledger: Ledger, clock: Clock) -> None:
        assert self.spend_all(ledger) == 20
        wait = ledger.spend("ann", LIMITS)
        assert 0 < wait <= 1.0
        clock.now += wait + 0.001
        assert ledger.spend("ann", LIMITS) == 0.0
        assert ledger.spend("ann", LIMITS) > 0

    def test_each_installation_has_buckets_of_its_own(self, ledger: Ledger) -> None:
        assert (self.spend_all(ledger, "ann"), self.spend_all(ledger, "bea")) == (20, 20)
        assert [ledger.spend("ann", ()) for _ in range(100)] == [0.0] * 100

    def test_a_refused_call_takes_nothing_from_the_other_bucket(self, ledger: Ledger, clock: Clock) -> None:
        self.spend_all(ledger)
        for _ in range(200):
            ledger.spend("ann", LIMITS)
        spent = 20
        while clock.now < 1000.0 + 120:
            clock.now += 1
            spent += ledger.spend("ann", LIMITS) == 0.0
        assert spent >= 20 + 75 + 12  # the hour's bucket held 125 and refills by one in 9.6 seconds

    def test_a_caller_whose_look_at_the_clock_is_old_gains_nothing(self, ledger: Ledger, clock: Clock) -> None:
        # On PostgreSQL a caller may read the clock, then wait for another one who read it later.
        spent = self.spend_all(ledger)
        clock.now += 10
        for _ in range(50):
            for moment in (0.0, -10.0):
                clock.now += moment
                spent += ledger.spend("ann", LIMITS) == 0.0
                clock.now -= moment
        assert spent <= 20 + 10

    # The breaker

    def waiting_jobs(self, ledger: Ledger, number: int) -> None:
        for key in range(number):
            ledger.take_in(delivery(f"{key}"), request(f"{key}", f"s{key}"))

    def turn(self, ledger: Ledger) -> Job | None:
        return ledger.claim(claimant("w1", slots=100, tenant_jobs=100))

    def test_a_forge_that_failed_five_times_in_a_row_is_left_alone(self, ledger: Ledger, clock: Clock) -> None:
        self.waiting_jobs(ledger, 3)
        for _ in range(4):
            ledger.forge_failed("github")
        assert self.turn(ledger) is not None
        ledger.forge_failed("github")
        assert ledger.failures("github") == 5
        assert self.turn(ledger) is None
        assert ledger.due() == []
        clock.now += 14.9
        assert self.turn(ledger) is None
        clock.now += 0.1
        assert self.turn(ledger) is not None

    def test_one_job_in_fifteen_seconds_tries_a_forge_until_it_answers(self, ledger: Ledger, clock: Clock) -> None:
        self.waiting_jobs(ledger, 10)
        for _ in range(5):
            ledger.forge_failed("github")
        clock.now += 15
        tried = []
        for _ in range(60):
            if self.turn(ledger) is not None:
                tried.append(clock.now)
            clock.now += 1
        assert [moment - tried[0] for moment in tried] == [0, 15, 30, 45]
        ledger.forge_answered("github")
        assert ledger.failures("github") == 0
        assert [self.turn(ledger) is not None for _ in range(6)] == [True] * 6

    def test_a_forge_that_stays_away_is_tried_less_and_less_often(self, ledger: Ledger, clock: Clock) -> None:
        self.waiting_jobs(ledger, 40)
        for _ in range(5):
            ledger.forge_failed("github")
        pauses = []
        for _ in range(8):
            began = clock.now
            while self.turn(ledger) is None:
                clock.now += 5
            pauses.append(clock.now - began)
            ledger.forge_failed("github")
        assert pauses == [15, 30, 60, 120, 240, 300, 300, 300]

    def test_jobs_that_were_in_work_when_a_forge_went_away_make_the_pause_no_longer(
        self, ledger: Ledger, clock: Clock
    ) -> None:
        self.waiting_jobs(ledger, 13)
        for _ in range(12):
            assert self.turn(ledger) is not None
        began = clock.now
        for _ in range(12):
            clock.now += 0.5
            ledger.forge_failed("github", claimed_at=began)
        assert ledger.failures("github") == 5
        clock.now = began + 2.5 + 15
        probe = self.turn(ledger)
        assert probe is not None
        tried = clock.now
        clock.now += 3
        ledger.forge_failed("github", claimed_at=began)  # one that hung till now
        assert ledger.failures("github") == 5
        ledger.forge_failed("github", claimed_at=tried)  # the probe itself
        assert ledger.failures("github") == 6
        ledger.take_in(delivery("late"), request("late", "s-late"))
        clock.now += 29
        assert self.turn(ledger) is None
        clock.now += 2
        assert self.turn(ledger) is not None

    def test_an_answer_in_between_makes_failures_count_from_one(self, ledger: Ledger) -> None:
        self.waiting_jobs(ledger, 1)
        for _ in range(3):
            for _ in range(4):
                ledger.forge_failed("github")
            ledger.forge_answered("github")
        assert self.turn(ledger) is not None

    def test_one_forge_that_is_away_keeps_no_job_of_another_waiting(self, ledger: Ledger) -> None:
        self.waiting_jobs(ledger, 1)
        for _ in range(9):
            ledger.forge_failed("gitlab")
        assert self.turn(ledger) is not None
