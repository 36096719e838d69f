"""`codex-bot findings` against a ledger that the tests fill."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from stories.fresh_ledger import fresh_ledger
from stories.ledger import claimant, delivery, request
from stories.ledger_findings import ONE, REVIEW, TWO

from actions.cli import cli
from actions.console import report
from bot.ledger import Lease, Ledger
from bot.memory import FindingState, KeptFinding


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Ledger]:
    monkeypatch.setenv("CODEX_BOT_DATA_DIR", str(tmp_path))
    for name in ("COLUMNS", "NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    opened = fresh_ledger(tmp_path)
    yield opened
    opened.close()


def review(ledger: Ledger, key: str, subject: str, *findings: KeptFinding, told: tuple[str, ...] = ()) -> None:
    job = ledger.claim(claimant(), ledger.take_in(delivery(key), request(key, subject)).job_id)
    assert job is not None
    lease = Lease(job.id, job.fence)
    ledger.keep_review(lease, REVIEW, findings, told=told)
    ledger.finish(lease, outcome="reviewed")


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = report(cli, ["findings", *words])
    return status, *capsys.readouterr()


@pytest.fixture
def reviewed(ledger: Ledger) -> Ledger:
    review(ledger, "1", "github:ann/kit!1", ONE, TWO, told=("f1", "f2"))
    review(ledger, "2", "github:ann/kit!1", dataclasses.replace(ONE, state=FindingState.FIXED))
    review(ledger, "3", "github:ann/kit!2")
    review(ledger, "4", "github:ann/kit!3", dataclasses.replace(ONE, state=FindingState.DISMISSED), told=("f1",))
    return ledger


def test_nothing_was_reviewed_yet(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = ask(capsys)
    assert (status, out) == (0, "")
    assert "`/codex review`" in err


def test_a_row_a_pull_request_and_a_line_about_all(reviewed: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, err = ask(capsys)
    assert (status, err) == (0, "")
    rows = {line.split()[0]: line.split()[1:] for line in out.splitlines() if line.startswith("github:")}
    assert rows == {
        "github:ann/kit!1": ["2", "2", "1", "1", "0", "0", "0"],
        "github:ann/kit!2": ["1", "0", "0", "0", "0", "0", "0"],
        "github:ann/kit!3": ["1", "1", "0", "0", "1", "0", "0"],
    }
    said = "3 in all: 1.0 comments per pull request; 33% addressed by a later commit, 33% dismissed; 0 repeated"
    assert out.splitlines()[-1] == said


def test_the_document_says_the_same(reviewed: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = ask(capsys, "--json", "--limit", "1")
    document = json.loads(out)
    assert (status, len(document["items"])) == (0, 1)
    assert document["total"] == {
        "pull_requests": 3,
        "reviews": 4,
        "told": 3,
        "open": 1,
        "fixed": 1,
        "dismissed": 1,
        "cannot_tell": 0,
        "repeated": 0,
        "comments_per_pull_request": 1.0,
        "addressed_share": 0.333,
        "dismissed_share": 0.333,
    }


def test_a_repeat_is_shown(reviewed: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    review(reviewed, "5", "github:ann/kit!1", TWO, told=("f2",))
    assert ask(capsys)[1].endswith("; 1 repeated\n")


def test_reviews_that_found_nothing_have_no_shares(ledger: Ledger, capsys: pytest.CaptureFixture[str]) -> None:
    review(ledger, "1", "github:ann/kit!2")
    assert "0.0 comments per pull request; no findings yet; 0 repeated" in ask(capsys)[1]
    assert json.loads(ask(capsys, "--json")[1])["total"]["addressed_share"] is None
