"""`codex-bot ledger upgrade`, and what the other entrances say of a ledger of another version."""

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from stories.first_release import make_first_ledger
from stories.ledger import claimant

from actions.checks import checks
from actions.cli import cli
from actions.console import report
from actions.findings import examine
from bot.ledger import open_ledger
from bot.settings import read_settings
from tasks.sandbox import SelfTest

OLDER = "the ledger's tables are of an older version (0001; this one needs "


@pytest.fixture
def url(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setenv("CODEX_BOT_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("CODEX_BOT_GITHUB_WEBHOOK_SECRET", "of the test")
    return f"sqlite:///{tmp_path}/ledger.db"


def ask(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, str, str]:
    capsys.readouterr()
    status = report(cli, list(words))
    return status, *capsys.readouterr()


def test_it_brings_the_first_releases_ledger_to_today(url: str, capsys: pytest.CaptureFixture[str]) -> None:
    job_id = make_first_ledger(url)
    for _ in range(2):
        assert ask(capsys, "ledger", "upgrade") == (0, "The ledger is of this version.\n", "")
    with closing(open_ledger(url)) as ledger:
        job = ledger.claim(claimant())
        assert job is not None
        assert job.id == job_id


@pytest.mark.usefixtures("url")
def test_it_makes_a_ledger_where_there_is_none(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert ask(capsys, "ledger", "upgrade")[0] == 0
    assert (tmp_path / "ledger.db").exists()


@pytest.mark.parametrize("words", [["serve"], ["work"], ["sweep"], ["jobs", "list"], ["jobs", "retry", "1"]])
def test_an_older_ledger_is_refused_with_the_mend(
    url: str, capsys: pytest.CaptureFixture[str], words: list[str]
) -> None:
    make_first_ledger(url)
    status, out, err = ask(capsys, *words)
    assert (status, out) == (2, "")
    assert err.startswith(f"error: {OLDER}")
    assert "hint: Run `codex-bot ledger upgrade` once;" in err


@pytest.mark.parametrize(
    "words", [["ledger", "upgrade"], ["serve"], ["work"], ["sweep"], ["up", "--no-engine"], ["jobs", "list"]]
)
def test_a_newer_ledger_is_refused_by_everybody(
    url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path, words: list[str]
) -> None:
    open_ledger(url).close()
    with closing(sqlite3.connect(tmp_path / "ledger.db")) as connection, connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    status, out, err = ask(capsys, *words)
    assert (status, out) == (2, "")
    assert "the ledger was written by a newer version" in err
    assert "hint: Install the newer version again" in err


def test_a_ledger_that_is_away_is_said_in_json_too(
    url: str, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    make_first_ledger(url)
    status, out, _ = ask(capsys, "jobs", "dead", "--json")
    error = json.loads(out)["error"]
    assert (status, error["code"]) == (2, "settings")
    assert error["message"].startswith(OLDER)


def test_doctor_says_that_the_ledger_is_of_an_older_version_and_changes_nothing(url: str) -> None:
    make_first_ledger(url)
    proven = SelfTest(ok=False, rung="none", reason="", mend="")
    for _ in range(2):
        asked = [check for check in checks(lambda: proven) if check.name == "ledger"]
        (finding,) = examine(read_settings(), asked)
        assert (finding.state, finding.text[: len(OLDER)]) == ("fail", OLDER)
        assert finding.mend.startswith("Run `codex-bot ledger upgrade` once;")
