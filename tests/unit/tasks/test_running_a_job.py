"""One attempt at a job, with every way in which it can end."""

import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from fakes.events import command_event, label_event
from stories.bench import Bench, a_bench
from stories.ledger import claimant

from bot.errors import LeaseLostError, RetryableError, SettingsError, UserError
from bot.events import Account, Comment, Issue, Permission
from bot.forges.protocol import Forge
from bot.intake import take_in
from bot.ledger import JobState, Lease, Ledger, schema
from tasks.commands.registry import Command, discover
from tasks.commands.work import Work
from tasks.running import MOST_ERRORS, MOST_LOST


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with a_bench(tmp_path) as made:
        yield made


def test_a_job_is_acknowledged_run_and_closed(bench: Bench) -> None:
    job = bench.run(bench.ask())
    assert (job.state, job.outcome, job.attempts) == (JobState.DONE, "done", 1)
    assert bench.forge.reactions == {("55", "eyes")}


def test_a_finished_job_is_not_run_by_a_late_hint(bench: Bench) -> None:
    job_id = bench.ask()
    bench.run(job_id)
    assert bench.runner.run(job_id) is None


@pytest.mark.parametrize("permission", [Permission.NONE, Permission.READ])
def test_who_may_not_write_gets_one_refusal_and_nothing_runs(bench: Bench, permission: Permission) -> None:
    bench.forge.permissions = {"eve": permission}
    bench.handler = lambda work: pytest.fail("the handler ran for somebody without permission")
    job = bench.run(bench.ask(by="eve"))
    assert job.state is JobState.DONE
    assert job.outcome.startswith("refused")
    (comment,) = bench.forge.comments.values()
    assert "may not give commands" in comment
    assert bench.forge.reactions == set()


@pytest.mark.parametrize(("author", "editor"), [("eve", "ann"), ("ann", "eve")])
def test_of_an_edited_comment_both_author_and_editor_must_be_allowed(bench: Bench, author: str, editor: str) -> None:
    bench.handler = lambda work: pytest.fail("the handler ran for somebody without permission")
    event = dataclasses.replace(command_event(by=author), action="edited", before="Hm.", sender=Account(editor))
    job_id = take_in(bench.ledger, event, b"").job_id
    assert bench.run(job_id or 0).outcome.startswith("refused: @\u200beve may not")


def test_a_label_is_acknowledged_on_the_issue_and_answered_like_a_command(bench: Bench) -> None:
    bench.handler = lambda work: f"done for {work.event.asker.login}"
    job = bench.run(take_in(bench.ledger, label_event(), b"").job_id or 0)
    assert (job.kind, job.outcome) == ("implement", "done for ann")
    assert bench.forge.reactions == {("#7", "eyes")}


OUTSIDE = Issue(7, "Mend", "It.", Account("eve"), is_pull_request=True, is_from_outside=True)


def test_work_on_code_from_outside_needs_an_author_who_may_write(bench: Bench) -> None:
    bench.forge.issue_ = OUTSIDE
    bench.handler = lambda work: pytest.fail("the handler ran with code of somebody without permission")
    asked = dataclasses.replace(OUTSIDE, author=Account("ann"), is_from_outside=False)  # what a delivery claims
    assert bench.run(bench.ask(asked=asked)).outcome.startswith("refused: This comes from outside: @\u200beve may")


@pytest.mark.parametrize("change", [{"is_from_outside": False}, {"author": Account("ann")}])
def test_work_on_code_of_ones_own_or_of_a_friend_is_done(bench: Bench, change: dict[str, Any]) -> None:
    bench.forge.issue_ = dataclasses.replace(OUTSIDE, **change)
    assert bench.run(bench.ask(asked=OUTSIDE)).outcome == "done"


def test_who_may_command_may_ask_what_stands_where_on_any_pull_request(bench: Bench) -> None:
    bench.forge.issue_ = OUTSIDE
    assert bench.run(bench.ask(text="/codex status", asked=OUTSIDE)).outcome == "showed 0 jobs"


def test_a_listed_program_is_not_asked_about(bench: Bench) -> None:
    program = Account("helper[bot]", is_bot=True, is_listed=True)
    event = command_event()
    event = dataclasses.replace(event, sender=program, comment=Comment("55", "/codex implement", program))
    assert bench.run(take_in(bench.ledger, event, b"").job_id or 0).outcome == "done"
    assert "permission" not in bench.forge.calls


def test_no_command_runs_where_the_repositorys_rules_cannot_be_read_unless_it_is_made_free(bench: Bench) -> None:
    held = Command("implement", "", lambda work: pytest.fail("the handler ran without the rules"))
    bench.runner = dataclasses.replace(bench.runner, commands={**bench.runner.commands, "implement": held})
    assert bench.run(bench.ask()).outcome.startswith("refused: git clone failed")


def test_a_forge_that_cannot_say_who_may_starts_nothing(bench: Bench) -> None:
    bench.forge.fail_before = ["permission"]
    bench.handler = lambda work: pytest.fail("the handler ran without permission being proven")
    assert bench.run(bench.ask()).state is JobState.QUEUED


def test_a_user_error_is_told_with_the_next_step(bench: Bench) -> None:
    def handler(work: Work) -> str:
        raise UserError("the repository is empty", mend="Push a first commit.")

    bench.handler = handler
    job = bench.run(bench.ask())
    assert (job.state, job.outcome) == (JobState.DONE, "refused: the repository is empty")
    (comment,) = bench.forge.comments.values()
    assert "Push a first commit." in comment


def test_a_refusal_that_the_forge_did_not_take_is_told_later_and_once(bench: Bench) -> None:
    def handler(work: Work) -> str:
        raise UserError("no")

    bench.handler = handler
    bench.forge.fail_after = ["create_comment"]
    job = bench.run_until_it_rests(bench.ask())
    assert job.state is JobState.DONE
    assert len(bench.forge.comments) == 1


def test_a_service_that_is_away_is_tried_again(bench: Bench) -> None:
    tries: list[int] = []

    def handler(work: Work) -> str:
        tries.append(work.job.attempts)
        if len(tries) < 3:
            raise RetryableError("model server away")
        return "done"

    bench.handler = handler
    job = bench.run_until_it_rests(bench.ask())
    assert (job.state, tries) == (JobState.DONE, [1, 1, 1])


def test_a_service_that_is_away_for_hours_loses_no_job_and_is_not_pestered(bench: Bench) -> None:
    begun, tries = bench.now, 0

    def handler(work: Work) -> str:
        nonlocal tries
        tries += 1
        if bench.now < begun + 10 * 3600:
            raise RetryableError("model server away")
        return "done"

    bench.handler = handler
    job_id = bench.ask()
    while bench.run(job_id).state is JobState.QUEUED:
        bench.now = bench.job(job_id).run_after
    assert bench.job(job_id).outcome == "done"
    assert tries < 150
    assert bench.now < begun + 10 * 3600 + 900


def test_a_service_that_is_away_for_days_ends_the_job_with_one_note(bench: Bench) -> None:
    def handler(work: Work) -> str:
        raise RetryableError("model server away")

    bench.handler = handler
    job_id = bench.ask()
    while bench.run(job_id).state is JobState.QUEUED:
        bench.now = bench.job(job_id).run_after
    assert bench.job(job_id).state is JobState.DEAD
    (comment,) = bench.forge.comments.values()
    assert "away for a day" in comment


@pytest.mark.parametrize("named", [-5.0, 0.0, 1e300, float("inf"), float("nan")])
def test_a_senseless_wait_is_not_taken_at_its_word(bench: Bench, named: float) -> None:
    def handler(work: Work) -> str:
        raise RetryableError("rate limit", retry_after=named)

    bench.handler = handler
    job = bench.run(bench.ask())
    assert 0 < job.run_after - bench.now <= 3600


def test_a_refusal_that_the_forge_forbids_to_tell_ends_the_job_at_once(bench: Bench) -> None:
    def handler(work: Work) -> str:
        raise UserError("no")

    def forbid(*_what: object) -> Comment:
        raise UserError("The App's installation 1 is suspended.", mend="Its owner can unsuspend it.")

    told, bench.forge.create_comment = bench.forge.create_comment, forbid  # type: ignore[method-assign]
    bench.handler = handler
    job = bench.run(bench.ask())
    assert (job.state, job.attempts) == (JobState.DEAD, 1)
    assert "suspended. Its owner can unsuspend it." in job.outcome
    bench.forge.create_comment = told  # type: ignore[method-assign]
    bench.handler = lambda work: "done"
    assert bench.run(bench.say("/codex retry")).outcome == f"job {job.id} is queued again"
    assert bench.run(job.id).outcome == "done"


def test_a_bot_without_a_way_in_lets_the_job_wait(bench: Bench) -> None:
    def connect(_name: str, _installation: str) -> Forge:
        raise SettingsError("The bot has no access to GitHub.", mend="Set a token.")

    job_id = bench.ask()
    shut_out = dataclasses.replace(bench.runner, connect=connect)
    for _ in range(2 * MOST_ERRORS):
        shut_out.run(job_id)
        bench.now = bench.job(job_id).run_after
    assert "Set a token." in bench.job(job_id).outcome
    assert bench.run(job_id).outcome == "done"


def test_a_job_that_cannot_be_read_comes_to_rest(bench: Bench) -> None:
    job_id = bench.ask()
    with bench.ledger._transaction() as connection:
        connection.execute(sa.update(schema.job).values(event='{"of": "an older version"}'))
    job = bench.run_until_it_rests(job_id)
    assert (job.state, job.attempts) == (JobState.DEAD, MOST_ERRORS)


def test_a_note_that_cannot_be_written_now_is_written_later(bench: Bench) -> None:
    def handler(work: Work) -> str:
        if work.job.attempts == MOST_ERRORS:
            bench.forge.fail_before = ["create_comment"] * (1 - bench.forge.calls.count("create_comment"))
        raise ValueError("a bug of ours")

    bench.handler = handler
    assert bench.run_until_it_rests(bench.ask()).state is JobState.DEAD
    assert len(bench.forge.comments) == 1


def test_a_worker_that_leaves_puts_its_job_back_and_starts_no_other(bench: Bench) -> None:
    leaving = threading.Event()
    bench.runner = dataclasses.replace(bench.runner, leaving=leaving.is_set)

    def handler(work: Work) -> str:
        leaving.set()
        work.check()
        return "never"

    bench.handler = handler
    first, second = bench.ask(), bench.ask(guid="g-2", comment="56")
    job = bench.run(first)
    assert (job.state, job.attempts, job.lost_attempts, job.run_after) == (JobState.QUEUED, 0, 0, bench.now)
    assert bench.runner.run(second) is None
    assert bench.job(second).fence == 0


class _Heartless(Ledger):
    def heartbeat(self, lease: Lease, *, lease_seconds: float) -> JobState | None:
        raise ValueError("a bug of ours")


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_work_stops_when_the_heartbeat_does(bench: Bench) -> None:
    def handler(work: Work) -> str:
        waited = threading.Event()
        while work.stopped() is None:
            waited.wait(0.01)
        work.check()
        return "went on without a lease"

    bench.handler = handler
    job_id = bench.ask()
    dataclasses.replace(bench.runner, ledger=_Heartless(bench.ledger._engine, lambda _connection: bench.now)).run(
        job_id
    )
    assert bench.job(job_id).state is JobState.LEASED


def test_a_wait_that_the_service_named_is_kept_and_costs_nothing(bench: Bench) -> None:
    def handler(work: Work) -> str:
        raise RetryableError("rate limit", retry_after=90)

    bench.handler = handler
    job = bench.run(bench.ask())
    assert (job.state, job.run_after, job.attempts) == (JobState.QUEUED, bench.now + 90, 0)


def test_a_job_that_always_fails_is_given_up_with_one_note(bench: Bench) -> None:
    def handler(work: Work) -> str:
        raise ValueError("a bug of ours with a secret path")

    bench.handler = handler
    job = bench.run_until_it_rests(bench.ask())
    assert (job.state, job.attempts) == (JobState.DEAD, MOST_ERRORS)
    (comment,) = bench.forge.comments.values()
    assert "secret path" not in comment


def test_a_job_that_kills_its_workers_is_given_up(bench: Bench) -> None:
    bench.handler = lambda work: pytest.fail("run once more")
    job_id = bench.ask()
    for _ in range(MOST_LOST):
        bench.ledger.claim(claimant("dead"), job_id)
        bench.now += 31
    job = bench.run(job_id)
    assert (job.state, job.lost_attempts) == (JobState.DEAD, MOST_LOST)
    (note,) = bench.forge.comments.values()
    assert "3 workers died" in note
    assert "`/codex retry`" in note


def test_a_worker_that_lost_its_lease_stops_and_writes_nothing(bench: Bench) -> None:
    def handler(work: Work) -> str:
        bench.now += 31
        bench.ledger.claim(claimant("other"), work.job.id)
        with pytest.raises(LeaseLostError):
            work.publisher.status("too late")
        waited = threading.Event()
        while work.stopped() is None:
            waited.wait(0.01)
        work.check()
        return "too late"

    bench.handler = handler
    job = bench.run(bench.ask())
    assert (job.worker, job.state) == ("other", JobState.LEASED)
    assert bench.forge.comments == {}


def test_the_heartbeat_keeps_a_long_job(bench: Bench) -> None:
    def handler(work: Work) -> str:
        before = bench.job(work.job.id).lease_until
        bench.now += 20
        waited = threading.Event()
        while bench.job(work.job.id).lease_until == before:
            waited.wait(0.01)
        return "kept"

    bench.handler = handler
    assert bench.run(bench.ask()).outcome == "kept"


def test_a_job_that_takes_too_long_is_given_up(bench: Bench) -> None:
    bench.runner = dataclasses.replace(bench.runner, job_seconds=0.0)

    def handler(work: Work) -> str:
        work.check()
        return "never"

    bench.handler = handler
    assert "took longer" in bench.run(bench.ask()).outcome


def test_a_step_of_a_dead_attempt_is_used_again(bench: Bench) -> None:
    made: list[int] = []

    def handler(work: Work) -> str:
        value = work.once("place", lambda: made.append(1) or {"branch": "b"})
        if work.job.fence == 1:
            raise RetryableError("died later")
        return str(value["branch"])

    bench.handler = handler
    assert bench.run_until_it_rests(bench.ask()).outcome == "b"
    assert made == [1]


def test_an_unknown_command_is_answered_with_the_nearest_one(bench: Bench) -> None:
    job = bench.run(bench.ask("/codex implment"))
    (comment,) = bench.forge.comments.values()
    assert "Did you mean `/codex implement`?" in comment
    assert job.outcome == "unknown command: implment"


def test_help_lists_every_command(bench: Bench) -> None:
    bench.run(bench.ask("/codex help"))
    (comment,) = bench.forge.comments.values()
    assert all(f"`/codex {name}`" in comment for name in discover())
    assert "Did you mean" not in comment


def test_a_lease_is_per_fence(bench: Bench) -> None:
    job_id = bench.ask()
    job = bench.ledger.claim(claimant("w1"), job_id)
    assert job is not None
    bench.ledger.check(Lease(job_id, job.fence))
    with pytest.raises(LeaseLostError):
        bench.ledger.check(Lease(job_id, job.fence + 1))
