"""`codex-bot jobs cancel`, `retry` and `dead`: orders of whoever runs the bot."""

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from stories.fresh_ledger import fresh_ledger
from stories.ledger import claimant

from actions.cli import cli
from actions.console import report
from bot.hints import Hints, make_app
from bot.ledger import Job, JobState, Lease, Ledger, NewDelivery, NewJob

LIST_HINT = "hint: `codex-bot jobs list` shows how each job stands.\n"


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    monkeypatch.setenv("CODEX_BOT_DATA_DIR", str(tmp_path))
    opened = fresh_ledger(tmp_path)
    yield opened
    opened.close()


def queue(ledger: Ledger) -> int:
    number = len(ledger.jobs()) + 1
    subject = f"github:ann/kit#{number}"
    work = NewJob("github", "ann", subject, "implement", "", "{}", f"key-{number}")
    return ledger.take_in(NewDelivery("github", f"guid-{number}", "comment", b"{}"), work).job_id or 0


def begin(ledger: Ledger, job_id: int) -> Lease:
    job = ledger.claim(claimant(f"w{job_id}"), job_id)
    assert job is not None
    return Lease(job.id, job.fence)


def end(ledger: Ledger, outcome: str, state: JobState = JobState.DEAD) -> int:
    job_id = queue(ledger)
    ledger.finish(begin(ledger, job_id), outcome=outcome, state=state)
    return job_id


def look(ledger: Ledger, job_id: int) -> Job:
    job = ledger.job(job_id)
    assert job is not None
    return job


def ask(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, str, str]:
    capsys.readouterr()
    status = report(cli, ["jobs", *map(str, words)])
    return status, *capsys.readouterr()


def test_a_job_that_waits_is_cancelled_at_once(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = queue(ledger)
    assert ask(capsys, "cancel", job_id) == (0, f"job {job_id} is cancelled\n", "")
    job = look(ledger, job_id)
    assert (job.state, job.outcome) == (JobState.CANCELLED, "cancelled by the operator")


def test_a_running_job_is_told_to_stop(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = queue(ledger)
    lease = begin(ledger, job_id)
    told = f"job {job_id} is told to stop, which it does within seconds\n"
    assert ask(capsys, "cancel", job_id) == (0, told, "")
    assert ask(capsys, "cancel", job_id) == (0, told, ""), "asking twice does no harm"
    assert ledger.heartbeat(lease, lease_seconds=30) is JobState.CANCELLED


@pytest.mark.parametrize("state", [JobState.DONE, JobState.DEAD, JobState.CANCELLED])
def test_a_job_that_has_ended_cannot_be_cancelled(
    ledger: Ledger, capsys: pytest.CaptureFixture[str], state: JobState
) -> None:
    job_id = end(ledger, "as it was", state)
    status, out, err = ask(capsys, "cancel", job_id)
    assert (status, out) == (1, "")
    assert err == f"error: job {job_id} had ended already: it is {state}\n{LIST_HINT}"
    assert look(ledger, job_id).outcome == "as it was"


def test_several_are_cancelled_whatever_becomes_of_the_others(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    done, first, second = end(ledger, "ok", JobState.DONE), queue(ledger), queue(ledger)
    status, out, err = ask(capsys, "cancel", done, first, 99, second)
    assert (status, out) == (1, f"job {first} is cancelled\njob {second} is cancelled\n")
    assert f"error: job {done} had ended already: it is done; there is no job 99\n" in err


def test_cancel_speaks_json(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    done, waiting = end(ledger, "ok", JobState.DONE), queue(ledger)
    status, out, err = ask(capsys, "cancel", done, waiting, 99, "--json")
    assert (status, err) == (1, "")
    assert [(item["id"], item["ok"], item["state"]) for item in json.loads(out)["items"]] == [
        (done, False, "done"),
        (waiting, True, "cancelled"),
        (99, False, ""),
    ]


@pytest.mark.parametrize("state", [JobState.DEAD, JobState.CANCELLED])
def test_a_job_is_tried_again_and_a_worker_is_woken(
    ledger: Ledger, capsys: pytest.CaptureFixture[str], tmp_path: Path, state: JobState
) -> None:
    job_id = end(ledger, "this failed 5 times", state)
    assert ask(capsys, "retry", job_id) == (0, f"job {job_id} is queued again\n", "")
    job = look(ledger, job_id)
    assert (job.state, job.attempts, job.round, job.outcome) == (JobState.QUEUED, 0, 1, "")
    assert Hints(make_app(None, tmp_path, sending=True)).waiting() == 1


def test_a_hint_carrier_that_is_away_keeps_no_job_from_being_tried_again(
    ledger: Ledger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CODEX_BOT_BROKER_URL", "redis://127.0.0.1:1/0")
    job_id = end(ledger, "gave up")
    assert ask(capsys, "retry", job_id)[:2] == (0, f"job {job_id} is queued again\n")


def test_a_job_in_another_state_is_not_tried_again(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    done, waiting, dead = end(ledger, "ok", JobState.DONE), queue(ledger), end(ledger, "gave up")
    status, out, err = ask(capsys, "retry", done, waiting, dead, 99)
    assert (status, out) == (1, f"job {dead} is queued again\n")
    assert err == (
        f"error: job {done} is done, not dead or cancelled; job {waiting} is queued, not dead or cancelled; "
        f"there is no job 99\n{LIST_HINT}"
    )
    assert look(ledger, done).outcome == "ok"
    document = json.loads(ask(capsys, "retry", done, "--json")[1])
    assert document["items"] == [
        {"id": done, "ok": False, "state": "done", "text": f"job {done} is done, not dead or cancelled"}
    ]


def test_the_dead_are_listed_with_the_reason_in_full_and_the_line_to_type(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    reason = "ValueError: " + "a very long story " * 30 + "\x1b[2J"
    job_id = end(ledger, reason)
    end(ledger, "ok", JobState.DONE)
    status, out, err = ask(capsys, "dead")
    assert (status, err) == (0, "")
    head, gave_up, why, again = out.splitlines()
    assert head == f"job {job_id}: implement on github:ann/kit#1"
    assert re.fullmatch(r"  gave up     \d{4}-\S+\+00:00, \d+ s ago, after 1 try", gave_up)
    assert why == "  reason      " + reason.replace("\x1b", "\\x1b").rstrip()
    assert again == f"  retry       codex-bot jobs retry {job_id}"


def test_the_dead_say_how_often_they_were_tried(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = queue(ledger)
    for _ in range(2):
        ledger.heartbeat(begin(ledger, job_id), lease_seconds=-1)
    ledger.finish(begin(ledger, job_id), outcome="2 workers died", state=JobState.DEAD)
    assert "after 3 tries, 2 of them lost with their worker\n" in ask(capsys, "dead")[1]
    ledger.retry(job_id)
    ledger.finish(begin(ledger, job_id), outcome="again", state=JobState.DEAD)
    assert "after 1 try, asked again once\n" in ask(capsys, "dead")[1]


def test_the_dead_speak_json(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = end(ledger, "gave up")
    queue(ledger)
    dead, listed = (json.loads(ask(capsys, *words, "--json")[1]) for words in (["dead"], ["list", "--state", "dead"]))
    assert dead == listed
    assert [item["id"] for item in dead["items"]] == [job_id]


@pytest.mark.usefixtures("ledger")
def test_when_none_is_dead_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(capsys, "dead") == (0, "", "No job is dead.\n")
    assert ask(capsys, "dead", "--retry-all", "--yes") == (0, "", "No job is dead.\n")
    assert json.loads(ask(capsys, "dead", "--json")[1]) == {"items": []}


def test_all_the_dead_are_tried_again_when_that_is_confirmed_beforehand(
    ledger: Ledger, capsys: pytest.CaptureFixture[str]
) -> None:
    dead = [end(ledger, "gave up") for _ in range(3)]
    status, out, err = ask(capsys, "dead", "--retry-all", "--yes")
    assert (status, err) == (0, "")
    assert out == "".join(f"job {job_id} is queued again\n" for job_id in reversed(dead))
    assert {job.state for job in ledger.jobs()} == {JobState.QUEUED}


def test_where_nobody_can_be_asked_nothing_is_tried_again(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = end(ledger, "gave up")
    status, out, err = ask(capsys, "dead", "--retry-all")
    assert (status, out) == (2, "")
    assert "add --yes" in err
    assert look(ledger, job_id).state is JobState.DEAD


@pytest.mark.parametrize(("typed", "status", "state"), [("y\n", 0, "queued"), ("n\n", 1, "dead"), ("\n", 1, "dead")])
def test_at_a_terminal_the_answer_decides(ledger: Ledger, tmp_path: Path, typed: str, status: int, state: str) -> None:
    job_id = end(ledger, "gave up")
    ours, theirs = pty.openpty()
    argv = [sys.executable, "-I", "-m", "actions", "jobs", "dead", "--retry-all"]
    environment = {**os.environ, "CODEX_BOT_DATA_DIR": str(tmp_path)}
    with subprocess.Popen(argv, stdin=theirs, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as asked:
        os.write(ours, typed.encode())
        out, err = asked.communicate(timeout=60)
    for end_of_line in (ours, theirs):
        os.close(end_of_line)
    assert asked.returncode == status, err
    assert b"Try this 1 job once more? [y/N]" in err
    assert out == (f"job {job_id} is queued again\n".encode() if status == 0 else b"")
    assert look(ledger, job_id).state == state


@pytest.mark.usefixtures("ledger")
@pytest.mark.parametrize(
    "words", [["cancel"], ["retry"], ["cancel", "0"], ["retry", "x"], ["dead", "--yes"], ["dead", "7"]]
)
def test_wrong_usage_leaves_with_2(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert ask(capsys, *words)[:2] == (2, "")
