"""`codex-bot jobs` against a ledger that the tests fill."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from stories.fresh_ledger import fresh_ledger
from stories.ledger import claimant

from actions.cli import cli
from actions.console import report
from bot.ledger import JobState, Lease, Ledger, NewDelivery, NewJob, schema

JOB_KEYS = [
    *("id", "state", "lane", "kind", "argument", "where", "outcome", "attempts", "lost_attempts", "round", "worker"),
    *("cancelled_by", "superseded_by", "created", "due", "started", "done", "tokens_in", "tokens_out"),
]
LONG = "acme-widgets-and-gadgets/a-repository-with-a-rather-long-name"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CODEX_BOT_DATA_DIR", str(tmp_path))
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


@pytest.fixture
def ledger(folder: Path) -> Iterator[Ledger]:
    opened = fresh_ledger(folder)
    yield opened
    opened.close()


def queue(ledger: Ledger, number: int, *, repo: str = "ann/kit", kind: str = "implement") -> int:
    subject = f"github:{repo}#{number}"
    taken = ledger.take_in(
        NewDelivery("github", f"guid-{subject}", "comment", b"{}"),
        NewJob("github", "ann", subject, kind, "", "{}", f"key-{subject}"),
    )
    assert taken.job_id
    return taken.job_id


def finish(ledger: Ledger, job_id: int, outcome: str, *, dead: bool = False) -> None:
    job = ledger.claim(claimant("w1"), job_id)
    assert job is not None
    lease = Lease(job.id, job.fence)
    ledger.save_step(lease, "place", '{"branch": "codex/issue-1"}')
    ledger.intend(lease, "status", f"marker {job_id}")
    ledger.confirm(lease, "status", "c-77")
    ledger.count_tokens(lease, tokens_in=120, tokens_out=34)
    ledger.finish(lease, outcome=outcome, state=JobState.DEAD if dead else JobState.DONE)


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = report(cli, ["jobs", *words])
    return status, *capsys.readouterr()


def test_the_list_has_the_newest_first(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    finish(ledger, queue(ledger, 1), "verified: http://forge/codex/issue-1")
    queue(ledger, 2)
    status, out, err = ask(capsys, "list")
    head, second, first = out.splitlines()
    assert (status, err) == (0, "")
    assert head.split() == ["job", "state", "lane", "kind", "where", "age", "took", "tries", "tokens", "outcome"]
    assert second.split()[:5] == ["2", "queued", "work", "implement", "github:ann/kit#2"]
    assert first.split()[:5] == ["1", "done", "work", "implement", "github:ann/kit#1"]
    assert "120+34  verified: http://forge/codex/issue-1" in first


def test_the_list_as_json_has_stable_keys(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    finish(ledger, queue(ledger, 1), "verified")
    queue(ledger, 2)
    status, out, err = ask(capsys, "list", "--json")
    document = json.loads(out)
    assert (status, err, list(document)) == (0, "", ["items"])
    waiting, done = document["items"]
    assert list(waiting) == list(done) == JOB_KEYS
    assert (waiting["id"], waiting["state"], waiting["started"], waiting["done"]) == (2, "queued", None, None)
    assert (done["id"], done["where"], done["tokens_in"], done["tokens_out"]) == (1, "github:ann/kit#1", 120, 34)
    for moment in ("created", "due", "started", "done"):
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", done[moment])


def test_the_list_says_what_was_asked_of_a_job_later(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    retried, stopping, waiting = (queue(ledger, number) for number in (1, 2, 3))
    for times in range(2):
        finish(ledger, retried, "gave up", dead=True)
        ledger.retry(retried)
        assert ("asked again once" in ask(capsys, "list")[1]) == (times == 0)
    ledger.claim(claimant("w1"), stopping)
    ledger.cancel(stopping, by="@ann")
    ledger.cancel(waiting, by="@ann")
    third, second, first = (line.rstrip() for line in ask(capsys, "list")[1].splitlines()[1:])
    assert first.endswith("  asked again 2 times")
    assert second.endswith("  told to stop by @ann")
    assert third.endswith("  cancelled by @ann")


def test_one_job_says_what_was_asked_of_it_later(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = queue(ledger, 1)
    assert "asked again" not in ask(capsys, "show", str(job_id))[1]
    finish(ledger, job_id, "gave up", dead=True)
    ledger.retry(job_id)
    newer = NewJob("github", "ann", "github:ann/kit#1", "implement", "", "{}", "newer", supersedes=True)
    ledger.take_in(NewDelivery("github", "newer", "comment", b"{}"), newer)
    out = ask(capsys, "show", str(job_id))[1]
    assert re.search(r"(?m)^state +superseded$", out)
    assert re.search(r"(?m)^lane +work$", out)
    assert re.search(r"(?m)^round +asked again once$", out)
    assert re.search(r"(?m)^superseded_by 2$", out)
    assert "cancelled_by" not in out


def test_ages_are_told_by_the_ledgers_clock(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    queue(ledger, 1)
    an_hour_ago = ledger.now() - 3600
    with ledger._transaction() as connection:
        connection.execute(sa.update(schema.job).values(created_at=an_hour_ago))
        # As if the machine's clock had been set back by a day since it was started.
        kept = connection.execute(sa.select(schema.meta.c.value).where(schema.meta.c.name == "clock")).scalar_one()
        boot, anchor = kept.split()
        connection.execute(sa.update(schema.meta).values(value=f"{boot} {float(anchor) + 86400}"))
        connection.execute(sa.update(schema.job).values(created_at=schema.job.c.created_at + 86400))
    assert ask(capsys, "list")[1].splitlines()[1].split()[5:7] == ["1", "h"]


def test_every_state_is_explained(capsys: pytest.CaptureFixture[str]) -> None:
    explained = "".join(ask(capsys, "list", "--help")[1].partition("queued waits")[1:])
    assert all(f"{state} " in explained for state in JobState)


def test_the_list_can_be_of_one_state_and_of_a_few(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    finish(ledger, queue(ledger, 1), "gave up", dead=True)
    for number in (2, 3, 4):
        queue(ledger, number)
    dead = json.loads(ask(capsys, "list", "--state", "dead", "--json")[1])["items"]
    few = json.loads(ask(capsys, "list", "--limit", "2", "--json")[1])["items"]
    assert [job["id"] for job in dead] == [1]
    assert [job["id"] for job in few] == [4, 3]


@pytest.mark.usefixtures("folder")
def test_an_empty_list_says_what_to_do_and_prints_no_data(capsys: pytest.CaptureFixture[str]) -> None:
    assert ask(capsys, "list") == (0, "", "No jobs yet. Comment `/codex implement` on an issue.\n")
    assert ask(capsys, "list", "--state", "dead") == (0, "", "No job is dead.\n")
    assert json.loads(ask(capsys, "list", "--json")[1]) == {"items": []}


@pytest.mark.parametrize("columns", [40, 60, 80, 120, 200])
def test_no_terminal_is_too_narrow_for_an_id(
    ledger: Ledger, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, columns: int
) -> None:
    for number in range(1, 13):
        finish(
            ledger,
            queue(ledger, number, repo=LONG),
            "refused: the change touches CODEOWNERS, only people may",
            dead=True,
        )
    monkeypatch.setenv("COLUMNS", str(columns))
    status, out, _ = ask(capsys, "list")
    assert status == 0
    assert all(len(line) <= columns for line in out.splitlines())
    found = re.findall(r"(?m)^ *(\d+) +dead ", out)
    assert found == [str(number) for number in range(12, 0, -1)]
    whole = "".join(out.split())
    assert "…" not in whole
    assert ("tokens" in whole) == (columns >= 100)


def test_a_pipe_gets_one_line_a_job(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    finish(ledger, queue(ledger, 1, repo=LONG), "nothing to propose, " * 20)
    out = ask(capsys, "list")[1]
    assert len(out.splitlines()) == 2
    assert f"github:{LONG}#1" in out


def test_a_strangers_words_are_shown_as_they_are(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = queue(ledger, 1)
    finish(ledger, job_id, "refused: [red]:boom:[/] \x1b[2J\nsecond")
    for words in (["list"], ["show", str(job_id)]):
        out = ask(capsys, *words)[1]
        assert "[red]:boom:[/] \\x1b[2J" in out
        assert "\x1b" not in out


def test_one_job_is_shown_with_steps_and_effects(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = queue(ledger, 1)
    finish(ledger, job_id, "verified")
    status, out, err = ask(capsys, "show", str(job_id))
    assert (status, err) == (0, "")
    assert re.search(r"(?m)^where +github:ann/kit#1$", out)
    assert re.search(r"(?m)^step +\S+  place  27 characters$", out)
    assert re.search(r"(?m)^effect +\S+  status  confirmed c-77$", out)


def test_one_job_as_json_has_stable_keys(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = queue(ledger, 1)
    finish(ledger, job_id, "verified")
    document = json.loads(ask(capsys, "show", str(job_id), "--json")[1])
    assert list(document) == [*JOB_KEYS, "steps", "effects"]
    (step,), (effect,) = document["steps"], document["effects"]
    assert list(step) == ["name", "done", "output"]
    assert (step["name"], step["output"]) == ("place", '{"branch": "codex/issue-1"}')
    assert list(effect) == ["name", "state", "forge_ref", "changed"]
    assert (effect["name"], effect["state"], effect["forge_ref"]) == ("status", "confirmed", "c-77")


@pytest.mark.usefixtures("folder")
def test_an_unknown_job_is_said_with_a_hint(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = ask(capsys, "show", "42")
    assert (status, out) == (1, "")
    assert err == "error: there is no job 42\nhint: `codex-bot jobs list` shows those that there are.\n"
    assert json.loads(ask(capsys, "show", "42", "--json")[1])["error"]["code"] == "refused"


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize("words", [["show", "0"], ["show", "x"], ["show", "9" * 30], ["list", "--state", "asleep"]])
def test_wrong_usage_leaves_with_2(capsys: pytest.CaptureFixture[str], words: list[str]) -> None:
    assert ask(capsys, *words)[:2] == (2, "")


def test_a_data_folder_that_is_a_file_is_said_with_a_hint(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "data").write_text("in the way")
    monkeypatch.setenv("CODEX_BOT_DATA_DIR", str(tmp_path / "data"))
    status, out, err = ask(capsys, "list")
    assert (status, out) == (1, "")
    assert f"{tmp_path}/data: File exists" in err
    assert "hint:" in err


def test_a_ledger_that_cannot_be_opened_is_said_with_a_hint(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "ledger.db").mkdir()
    status, out, err = ask(capsys, "list")
    assert (status, out) == (2, "")
    assert "ledger.db cannot be opened" in err
    assert "hint:" in err


def test_a_database_that_is_away_is_said_without_its_password(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CODEX_BOT_DATABASE_URL", "postgresql://ann:hunter2@127.0.0.1:1/codex")
    monkeypatch.setenv("CODEX_BOT_DEBUG", "1")
    status, out, err = ask(capsys, "list", "--json")
    assert status in {2, 3}
    assert "127.0.0.1" in json.loads(out)["error"]["message"]
    assert "hunter2" not in out + err
