"""What `codex-bot doctor` finds, check by check, and what it says to do about it."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from actions.checks import checks
from actions.findings import Check, Finding, examine
from bot.settings import Settings, read_settings
from tasks.sandbox import SelfTest

HOLDS = SelfTest(ok=True, rung="full", reason="every wall stands", mend="")
FAILS = SelfTest(ok=False, rung="none", reason="bubblewrap is not installed", mend="apt install bubblewrap")
NOBODY = "127.0.0.1:1"
NOBODYS_UID = 65534
SECRET = "hunter2-hunter2"
LLAMA = {"default_generation_settings": {"n_ctx": 4096}}


@pytest.fixture
def ask(tmp_path: Path) -> Callable[..., list[Finding]]:
    """Ask one check by its name; settings are those given, everything else stays below the test's folder."""

    def look(name: str, *, proven: SelfTest = HOLDS, **settings: object) -> list[Finding]:
        read = read_settings(**{"data_dir": tmp_path / "data", **settings})
        return list(examine(read, [check for check in checks(lambda: proven) if check.name == name]))

    return look


Ask = Callable[..., list[Finding]]


def only(found: list[Finding]) -> tuple[str, str, str]:
    (finding,) = found
    return finding.state, finding.text, finding.mend


def test_known_settings_are_fine(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_BOT_WEB_PORT", "9000")
    assert only(ask("settings"))[0] == "ok"


def test_a_mistyped_setting_is_named_with_the_one_that_was_meant(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CODEX_BOT_MODEL_ULR", "http://gpu")
    state, text, mend = only(ask("settings"))
    assert (state, text) == ("warn", "CODEX_BOT_MODEL_ULR means nothing")
    assert mend == "Did you mean CODEX_BOT_MODEL_URL?"


def test_a_secret_for_us_alone_is_fine(ask: Ask, tmp_path: Path) -> None:
    assert ask("secrets") == []
    (tmp_path / "hook").write_text(SECRET)
    (tmp_path / "hook").chmod(0o600)
    assert only(ask("secrets", github_webhook_secret_file=tmp_path / "hook"))[0] == "ok"


def test_a_secret_that_others_may_read_is_told_with_the_mend(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "hook").write_text(SECRET)
    (tmp_path / "hook").chmod(0o640)
    state, text, mend = only(ask("secrets", github_webhook_secret_file=tmp_path / "hook"))
    assert (state, mend) == ("warn", f"chmod 600 {tmp_path / 'hook'}")
    assert "mode 640" in text


def test_a_secret_that_is_not_there_is_told_with_the_mend(ask: Ask, tmp_path: Path) -> None:
    state, text, mend = only(ask("secrets", github_app_key_file=tmp_path / "app.pem"))
    assert state == "fail"
    assert text.startswith("CODEX_BOT_GITHUB_APP_KEY_FILE names ")
    assert "mode 600" in mend


@contextlib.contextmanager
def an_ordinary_user() -> Iterator[None]:
    """Root may do everything: let it be nobody for a moment."""
    us = os.geteuid()
    if us == 0:
        os.seteuid(NOBODYS_UID)
    yield
    os.seteuid(us)


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that every user of the machine may enter, unlike the tests' own."""
    with tempfile.TemporaryDirectory(dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_a_secret_that_we_may_not_read_is_told_with_the_mend(ask: Ask, open_folder: Path) -> None:
    key = open_folder / "app.pem"
    key.write_text(SECRET)
    key.chmod(0)
    with an_ordinary_user():
        state, text, mend = only(ask("secrets", github_app_key_file=key))
    assert (state, text.endswith("cannot be used: Permission denied")) == ("fail", True)
    assert mend


def test_a_data_folder_is_made_for_us_alone(ask: Ask, tmp_path: Path) -> None:
    state, text, _ = only(ask("data folder"))
    assert state == "ok"
    assert "GiB free" in text
    assert (tmp_path / "data").stat().st_mode & 0o777 == 0o700


def test_a_file_in_the_place_of_the_data_folder_is_told_with_the_mend(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "data").write_text("in the way")
    state, text, mend = only(ask("data folder"))
    assert (state, text) == ("fail", f"{tmp_path / 'data'} cannot be made: File exists")
    assert "CODEX_BOT_DATA_DIR" in mend


def test_a_data_folder_that_we_may_not_write_is_told_with_the_mend(ask: Ask, open_folder: Path) -> None:
    (open_folder / "data").mkdir(mode=0o555)
    with an_ordinary_user():
        state, text, mend = only(ask("data folder", data_dir=open_folder / "data"))
    assert (state, text) == ("fail", f"{open_folder / 'data'} cannot be written")
    assert "CODEX_BOT_DATA_DIR" in mend


def test_a_new_ledger_is_made(ask: Ask) -> None:
    assert only(ask("ledger"))[:2] == ("ok", "SQLite, readable and of this version")


def test_a_database_that_nobody_serves_is_told_without_its_password(ask: Ask) -> None:
    state, text, mend = only(ask("ledger", database_url=f"postgresql://ann:{SECRET}@{NOBODY}/codex"))
    assert (state, bool(mend)) == ("fail", True)
    assert "127.0.0.1" in text
    assert SECRET not in text + mend


def test_a_ledger_that_cannot_be_opened_is_told_with_the_mend(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "data" / "ledger.db").mkdir(parents=True)
    state, text, mend = only(ask("ledger"))
    assert (state, "cannot be opened" in text, bool(mend)) == ("fail", True, True)


def test_hints_are_files_by_default(ask: Ask) -> None:
    assert only(ask("hints"))[:2] == ("ok", "files in the data folder")


def test_a_redis_that_nobody_serves_is_told_without_its_password(ask: Ask) -> None:
    state, text, mend = only(ask("hints", broker_url=f"redis://:{SECRET}@{NOBODY}/0"))
    assert (state, text) == ("fail", "Redis: no answer, so no job would start")
    assert "CODEX_BOT_BROKER_URL" in mend
    assert SECRET not in text + mend


def test_gits_version_is_told(ask: Ask) -> None:
    state, text, _ = only(ask("git"))
    assert (state, text.startswith("git version 2.")) == ("ok", True)


def test_an_old_git_is_told_with_the_mend(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "git").write_text("#!/bin/sh\necho git version 2.20.1\n")
    (tmp_path / "git").chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert only(ask("git")) == ("fail", "git version 2.20.1 is too old", "Install git 2.34 or newer.")


def test_a_missing_git_is_told_with_the_mend(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    state, text, mend = only(ask("git"))
    assert (state, "git was not found" in text, "Install git" in mend) == ("fail", True, True)


def test_a_sandbox_that_holds_is_fine(ask: Ask) -> None:
    state, text, _ = only(ask("sandbox", proven=HOLDS))
    assert (state, "no network" in text) == ("ok", True)


def test_a_sandbox_that_does_not_hold_is_told_with_reason_consequence_and_mend(ask: Ask) -> None:
    state, text, mend = only(ask("sandbox", proven=FAILS))
    assert (state, mend) == ("fail", "apt install bubblewrap")
    assert text == "bubblewrap is not installed; no tests are run, so every patch is marked unverified"


def test_the_test_tools_are_found_or_told_with_the_mend(ask: Ask, tmp_path: Path) -> None:
    (tmp_path / "tools" / "pytest").mkdir(parents=True)
    assert only(ask("test tools", sandbox_tools=tmp_path / "tools"))[0] == "ok"
    state, text, mend = only(ask("test tools", sandbox_tools=tmp_path / "gone"))
    assert (state, "no tests can be run" in text) == ("warn", True)
    assert f"--target {tmp_path / 'gone'} pytest" in mend


def test_what_needs_a_failed_check_is_skipped_and_the_rest_is_not(tmp_path: Path) -> None:
    def fail(_settings: Settings) -> Iterator[Finding]:
        yield Finding("first", "fail", "broken")

    def fine(_settings: Settings) -> Iterator[Finding]:
        yield Finding("fine", "ok", "whole")

    asked = [
        Check("first", fail),
        Check("second", fine, needs=("first",)),
        Check("third", fine, needs=("second",)),
        Check("fine", fine),
    ]
    found = examine(read_settings(data_dir=tmp_path), asked)
    assert [(finding.name, finding.state) for finding in found] == [
        ("first", "fail"),
        ("second", "skip"),
        ("third", "skip"),
        ("fine", "ok"),
    ]
