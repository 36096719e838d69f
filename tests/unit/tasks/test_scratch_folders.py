"""What a killed worker left behind goes; what somebody works in stays."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tasks.scratch import remove_leftovers, scratch_folder


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    before, tempfile.tempdir = tempfile.tempdir, None  # tempfile asks the environment once
    yield tmp_path
    tempfile.tempdir = before


def test_a_folder_is_private_and_gone_afterwards(place: Path) -> None:
    with scratch_folder() as folder:
        (folder / "tree").mkdir()
        assert folder.parent == place
        assert folder.stat().st_mode & 0o777 == 0o700
    assert list(place.iterdir()) == []


def test_only_folders_that_nobody_works_in_are_removed(place: Path) -> None:
    (place / "codex-bot-job-killed" / "tree").mkdir(parents=True)
    (place / "of somebody else").mkdir()
    (place / "codex-bot-job-link").symlink_to(place / "of somebody else")
    with scratch_folder() as folder:
        remove_leftovers()
        assert folder.is_dir()
        assert {path.name for path in place.iterdir()} == {folder.name, "of somebody else", "codex-bot-job-link"}
