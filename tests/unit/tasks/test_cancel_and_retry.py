"""`/codex cancel` and `/codex retry`: comment in, comment out, and the job that they are about."""

import contextlib
import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.breaking import Fuse, KilledError
from stories.bench import Bench, a_bench

from bot.errors import RetryableError
from bot.events import Permission
from bot.ledger import JobState
from tasks.commands.progress import Progress
from tasks.commands.work import StoppedError, Work
from tasks.running import MOST_ERRORS


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with a_bench(tmp_path) as made:
        yield made


def go_on_until_stopped(work: Work) -> str:
    waited = threading.Event()
    while work.stopped() is None:
        waited.wait(0.01)
    work.check()
    return "went on"


def work_away(work: Work) -> str:
    raise RetryableError("model server away")


def fail(work: Work) -> str:
    raise ValueError("a bug of ours")


def test_a_job_that_waits_is_cancelled_at_once_and_never_runs(bench: Bench) -> None:
    bench.handler = lambda work: pytest.fail("ran though it was cancelled")
    asked = bench.ask()
    cancelling = bench.run(bench.say("/codex cancel"))
    assert (cancelling.state, cancelling.outcome) == (JobState.DONE, "cancelled 1 jobs")
    job = bench.run(asked)
    assert (job.state, job.cancelled_by, job.outcome) == (JobState.CANCELLED, "@ann", "cancelled by @ann")
    assert bench.comment("reply").startswith(f"**Cancelled** for @ann:\n\n- `/codex implement` (job {asked})\n")


def test_a_running_job_hears_of_it_with_its_next_heartbeat(bench: Bench) -> None:
    control = bench.beside("w2")

    def handler(work: Work) -> str:
        assert control.run(bench.say("/codex cancel")) == "cancelled 1 jobs"
        return go_on_until_stopped(work)

    bench.handler = handler
    job = bench.run(bench.ask())
    assert (job.state, job.outcome) == (JobState.CANCELLED, "cancelled by @ann")
    assert f"(job {job.id}), which stops within seconds\n" in bench.comment("reply")


def test_a_job_that_a_dead_worker_left_stops_with_the_next_one(bench: Bench) -> None:
    def die(work: Work) -> str:
        raise KilledError

    bench.handler = die
    asked = bench.ask()
    with pytest.raises(KilledError):
        bench.runner.run(asked)
    bench.run(bench.say("/codex cancel"))
    assert bench.job(asked).state is JobState.LEASED
    bench.now += 31
    bench.handler = go_on_until_stopped
    assert bench.run(asked).state is JobState.CANCELLED


def test_a_job_that_fails_after_it_was_told_to_stop_is_not_put_back(bench: Bench) -> None:
    for trouble in (work_away, fail):

        def handler(work: Work) -> str:
            bench.ledger.cancel(work.job.id, by="@bob")
            return trouble(work)  # noqa: B023  # run before the next turn

        bench.handler = handler
        job = bench.run(bench.say("/codex implement"))
        assert (job.state, job.outcome) == (JobState.CANCELLED, "cancelled by @bob")


def test_the_status_of_a_job_that_was_waiting_no_longer_promises_anything(bench: Bench) -> None:
    def handler(work: Work) -> str:
        progress = Progress(work.publisher, asker="ann", command="implement", steps=["Read"], job=work.job.id)
        progress.begin()
        progress.wait()
        raise RetryableError("model server away")

    bench.handler = handler
    bench.run(bench.ask())
    assert bench.comment("status").startswith("**Codex Bot is waiting**")
    bench.forge.permissions["bob"] = Permission.WRITE
    bench.run(bench.say("/codex cancel", by="bob"))
    assert bench.comment("status").startswith("**Cancelled.** Nothing more is done for the request of @ann;")


def test_who_may_not_write_stops_nothing(bench: Bench) -> None:
    asked = bench.ask()
    cancelling = bench.run(bench.say("/codex cancel", by="eve"))
    assert cancelling.outcome.startswith("refused")
    assert "may not give commands" in bench.comment("reply")
    job = bench.run(asked)
    assert (job.state, job.cancelled_by) == (JobState.DONE, "")


def test_there_may_be_nothing_to_cancel(bench: Bench) -> None:
    bench.run(bench.ask())
    assert bench.run(bench.say("/codex cancel")).outcome == "nothing to cancel"
    assert bench.comment("reply").startswith("**Nothing to cancel**, @ann:")


def test_what_is_asked_after_the_cancel_is_not_meant(bench: Bench) -> None:
    before, cancelling, after = bench.ask(), bench.say("/codex cancel"), bench.say("/codex implement more")
    bench.run(cancelling)
    assert [bench.job(number).state for number in (before, after)] == [JobState.CANCELLED, JobState.QUEUED]


def test_a_cancel_that_dies_before_it_answers_tells_the_same_later(bench: Bench) -> None:
    asked, cancelling = bench.ask(), bench.say("/codex cancel")
    for at in range(20):
        fuse = Fuse(at, KilledError(), after=True)
        dying = bench.beside("w0", ledger=fuse.wire(bench.ledger), heartbeat_seconds=600, most_lost=99)
        with pytest.raises(KilledError):
            dying.run(cancelling)
        bench.now += 31
        if bench.job(asked).state is JobState.CANCELLED:
            break
    assert bench.forge.comments == {}, "it died after the cancelling and before the answer, or this proves nothing"
    bench.runner = bench.beside("w1", most_lost=99)
    assert bench.run(cancelling).outcome == "cancelled 1 jobs"
    assert f"- `/codex implement` (job {asked})\n" in bench.comment("reply")


def test_a_cancelled_job_is_taken_up_again(bench: Bench) -> None:
    asked = bench.ask()
    bench.run(bench.say("/codex cancel"))
    assert bench.run(bench.say("/codex retry")).outcome == f"job {asked} is queued again"
    job = bench.run(asked)
    assert (job.state, job.outcome, job.round, job.cancelled_by) == (JobState.DONE, "done", 1, "")


def test_a_dead_job_goes_on_where_it_was_and_pays_no_step_twice(bench: Bench) -> None:
    paid: list[str] = []
    mended = threading.Event()

    def handler(work: Work) -> str:
        work.once("answer 1", lambda: paid.append("answer 1"))
        if not mended.is_set():
            raise ValueError("a bug of ours")
        return "done"

    bench.handler = handler
    asked = bench.ask()
    assert bench.run_until_it_rests(asked).state is JobState.DEAD
    mended.set()
    bench.run(bench.say("/codex retry"))
    job = bench.run(asked)
    assert (job.state, job.attempts, paid) == (JobState.DONE, 1, ["answer 1"])


def test_a_job_that_dies_again_says_so_again(bench: Bench) -> None:
    bench.handler = fail
    asked = bench.ask()
    bench.run_until_it_rests(asked)
    bench.run(bench.say("/codex retry"))
    job = bench.run_until_it_rests(asked)
    assert (job.state, job.attempts, job.round) == (JobState.DEAD, MOST_ERRORS, 1)
    notes = [body for body in bench.forge.comments.values() if body.startswith("**Not done:**")]
    assert [note.rpartition(" ")[0].rpartition(" ")[2] for note in notes] == ["reply", "1"]


def test_only_the_newest_job_is_tried_again_and_only_if_it_was_given_up(bench: Bench) -> None:
    bench.handler = fail
    dead = bench.ask()
    bench.run_until_it_rests(dead)
    bench.handler = lambda work: "done"
    bench.run(bench.say("/codex implement"))
    retrying = bench.run(bench.say("/codex retry"))
    assert retrying.outcome.endswith("is done, so there is nothing to try again")
    assert bench.job(dead).state is JobState.DEAD


def test_where_nothing_was_asked_there_is_nothing_to_retry(bench: Bench) -> None:
    assert bench.run(bench.say("/codex retry")).outcome == "refused: nothing was asked here before"
    assert "`/codex help`" in bench.comment("reply")


def test_who_may_not_write_retries_nothing(bench: Bench) -> None:
    asked = bench.ask()
    bench.run(bench.say("/codex cancel"))
    assert bench.run(bench.say("/codex retry", by="eve")).outcome.startswith("refused")
    assert bench.job(asked).state is JobState.CANCELLED


@pytest.mark.parametrize("command", ["help", "cancel", "retry"])
def test_commands_about_jobs_run_beside_the_job_of_their_issue_while_all_slots_are_busy(
    bench: Bench, command: str
) -> None:
    spare = bench.beside("w:2", team="w:", team_jobs=1)
    bench.runner = bench.beside("w:1", team="w:", team_jobs=1)
    heard: list[str | None] = []

    def handler(work: Work) -> str:
        waiting, control = bench.say("/codex implement", asked=dataclasses.replace(work.event.issue, number=8)), None
        assert spare.run(waiting) is None, "all slots are busy"
        control = bench.say(f"/codex {command}")
        heard.append(spare.run())
        assert bench.job(control).state is JobState.DONE
        return "done"

    bench.handler = handler
    with contextlib.suppress(StoppedError):
        bench.run(bench.ask())
    assert heard != [None]
