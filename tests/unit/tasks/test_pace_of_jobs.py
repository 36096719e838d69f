"""A forge that is away, and a forge that wants patience, as the jobs of a worker meet them."""

import dataclasses
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.events import command_event, issue
from fakes.forge import FakeForge
from stories.bench import Bench, a_bench

from bot.errors import ForgeAwayError
from bot.events import Limit, Permission, Repo
from bot.intake import take_in
from bot.ledger import JobState, Ledger
from bot.ledger.pace import FAILURES_TO_OPEN, FIRST_OPEN_SECONDS
from tasks.commands.work import Work


@dataclasses.dataclass
class Shaky(FakeForge):
    """A forge that may be away, and lets the test look while it is asked."""

    away: bool = True
    asked: Callable[[], object] = lambda: None

    def permission(self, repo: Repo, login: str) -> Permission:
        self.asked()
        if self.away:
            raise ForgeAwayError("502")
        return super().permission(repo, login)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with a_bench(tmp_path) as made:
        yield made


@pytest.fixture
def shaky(bench: Bench) -> Shaky:
    bench.forge = made = Shaky(issue())
    return made


def queue(bench: Bench, count: int) -> list[int]:
    return [bench.say("/codex implement", asked=issue(number=number)) for number in range(1, count + 1)]


def opened(bench: Bench) -> None:
    """Let jobs fail until the forge is left alone; more of them wait."""
    for job_id in queue(bench, FAILURES_TO_OPEN + 2)[:FAILURES_TO_OPEN]:
        assert bench.run(job_id).state is JobState.QUEUED


@pytest.mark.usefixtures("shaky")
def test_a_forge_that_failed_again_and_again_is_left_alone(bench: Bench) -> None:
    opened(bench)
    bench.now += FIRST_OPEN_SECONDS - 1
    assert (bench.runner.run(), bench.ledger.due()) == (None, [])


@pytest.mark.usefixtures("shaky")
def test_the_jobs_of_another_forge_go_on(bench: Bench) -> None:
    opened(bench)
    elsewhere = dataclasses.replace(command_event(guid="elsewhere", comment="777"), forge="other")
    job_id = take_in(bench.ledger, elsewhere, b"").job_id
    assert bench.ledger.due() == [job_id]


def test_one_job_tries_the_forge_and_while_it_fails_the_others_wait_longer(bench: Bench, shaky: Shaky) -> None:
    opened(bench)
    bench.now += FIRST_OPEN_SECONDS + 1
    others: list[str | None] = []
    shaky.asked = lambda: others.append(bench.beside("w2").run())
    assert bench.runner.run() == "ForgeAwayError: 502"
    assert others == [None]
    bench.now += FIRST_OPEN_SECONDS + 1
    assert bench.runner.run() is None, "twice as long as the first time"
    bench.now += FIRST_OPEN_SECONDS
    assert bench.runner.run() == "ForgeAwayError: 502"


def test_a_forge_that_is_back_gets_every_job_at_once_and_none_was_charged(bench: Bench, shaky: Shaky) -> None:
    opened(bench)
    shaky.away = False
    bench.now += FIRST_OPEN_SECONDS + 1
    ran = 0
    while bench.runner.run() is not None:
        ran += 1
    assert ran == FAILURES_TO_OPEN + 2
    assert {(job.state, job.attempts) for job in bench.ledger.jobs()} == {(JobState.DONE, 1)}


def test_a_single_answer_between_failures_keeps_the_forge_in_use(bench: Bench, shaky: Shaky) -> None:
    jobs = queue(bench, 2 * FAILURES_TO_OPEN)
    for number, job_id in enumerate(jobs, 1):
        shaky.away = number % FAILURES_TO_OPEN != 0
        bench.run(job_id)
    assert bench.ledger.failures("github") == 0


def test_the_twenty_first_comment_in_a_row_has_to_wait_and_costs_no_attempt(bench: Bench) -> None:
    bench.runner = bench.beside("w1", limits=lambda _forge: [Limit(80, 6000.0)])
    *first, late = [bench.say("/codex help") for _ in range(21)]
    assert {bench.run(job_id).state for job_id in first} == {JobState.DONE}
    job = bench.run(late)
    assert (job.state, job.attempts, len(bench.forge.comments)) == (JobState.QUEUED, 0, 20)
    assert job.run_after == pytest.approx(bench.now + 100, abs=0.1)
    bench.now = job.run_after
    assert bench.run(late).state is JobState.DONE
    assert len(bench.forge.comments) == 21


def test_two_installations_do_not_share_a_limit(bench: Bench) -> None:
    bench.runner = bench.beside("w1", limits=lambda _forge: [Limit(4, 6000.0)])
    first = bench.say("/codex help")
    event = dataclasses.replace(command_event("/codex help", guid="theirs", comment="778"), installation="2")
    second = take_in(bench.ledger, event, b"").job_id or 0
    assert [bench.run(job_id).state for job_id in (first, second)] == [JobState.DONE] * 2


def test_a_short_wait_is_slept_through(bench: Bench) -> None:
    ticking = Ledger(bench.ledger._engine, lambda _connection: time.monotonic() + 10_000)
    slot = bench.beside("w1", ledger=ticking, limits=lambda _forge: [Limit(4, 1.5)])
    began = time.monotonic()
    for _ in range(2):
        bench.say("/codex help")
        assert slot.run() == "helped"
    assert time.monotonic() - began > 0.4


def test_who_waits_for_the_forge_still_hears_that_the_job_is_cancelled(bench: Bench) -> None:
    bench.runner = bench.beside("w1", limits=lambda _forge: [Limit(4, 3.0)])  # on a clock that stands

    def handler(work: Work) -> str:
        work.publisher.status("the one that is allowed")
        threading.Timer(0.1, lambda: bench.ledger.cancel(work.job.id, by="@ann")).start()
        work.publisher.reply("one more")
        return "never"

    bench.handler = handler
    assert bench.run(bench.ask()).state is JobState.CANCELLED
