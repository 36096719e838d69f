"""The parts of a set-up: files that appear whole or not at all, and a Ctrl-C that waits for its moment."""

import os
import signal
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from actions.setup.asked import environment_text
from actions.setup.secret_files import SecretFolder
from actions.setup.waiting import interruption_put_off, wait_for
from bot.errors import SettingsError, UserError


def test_secrets_are_for_their_owner_alone_whatever_the_umask(tmp_path: Path) -> None:
    folder = SecretFolder(tmp_path / "new")
    before = os.umask(0)
    try:
        folder.require_room("key")
        folder.store({"key": "sesame"})
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "new" / "key").stat().st_mode) == 0o600
    assert (tmp_path / "new" / "key").read_text() == "sesame"


def test_a_secret_replaces_the_one_before_it_in_one_step(tmp_path: Path) -> None:
    folder = SecretFolder(tmp_path)
    folder.store({"key": "old"})
    held = (tmp_path / "key").open()
    folder.store({"key": "new"})
    with held:
        assert held.read() == "old"
    assert (tmp_path / "key").read_text() == "new"


def test_of_several_secrets_none_is_left_half_written(tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    folder = SecretFolder(tmp_path)
    with pytest.raises(UnicodeEncodeError):
        folder.store({"key": "whole", "secret": "broken \udc80"})
    assert [path.name for path in tmp_path.iterdir()] == ["gone"]


def test_what_is_there_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "key").write_text("old")
    with pytest.raises(UserError, match="would be written over"):
        SecretFolder(tmp_path).require_room("key", "secret")


def test_a_folder_that_is_a_file_is_told_with_the_mend(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SettingsError, match="cannot be written") as caught:
        SecretFolder(tmp_path / "file").require_room("key")
    assert "--secrets-dir" in caught.value.mend


def test_the_settings_survive_a_shell() -> None:
    text = environment_text({"A": "/tmp/with space/'quote", "B": "plain"})
    assert text.splitlines()[1:] == ["A='/tmp/with space/'\"'\"'quote'", "B=plain"]


def test_a_wait_ends_with_what_is_found_or_with_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    found = iter([None, None, "it"])
    assert wait_for(lambda: next(found), what="it", seconds=5, every=0.01) == "it"
    assert wait_for(lambda: None, what="nothing", seconds=0.05, every=0.01) is None
    assert "waiting for nothing: 0 s left" in capsys.readouterr().err


@pytest.fixture
def ctrl_c() -> Iterator[Callable[[], None]]:
    """Press Ctrl-C; it means what it means at a terminal, whatever other tests made of it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield lambda: signal.raise_signal(signal.SIGINT)
    signal.signal(signal.SIGINT, before)


def stop_while_keeping(ctrl_c: Callable[[], None], done: list[str]) -> None:
    with interruption_put_off():
        ctrl_c()
        done.append("the key is kept")


def test_a_stop_waits_until_the_key_is_safe(ctrl_c: Callable[[], None]) -> None:
    done: list[str] = []
    with pytest.raises(KeyboardInterrupt):
        stop_while_keeping(ctrl_c, done)
    assert done == ["the key is kept"]
    with pytest.raises(KeyboardInterrupt):
        ctrl_c()  # and a stop afterwards is one at once


def test_without_a_stop_nothing_is_raised() -> None:
    with interruption_put_off():
        pass
