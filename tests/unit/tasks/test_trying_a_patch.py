"""What the tried tree holds: a patch's files in, deleted ones out, and the untouched tree as it was."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from bot.errors import PolicyError
from bot.events import FileChange
from tasks.verify.suite import Report, Suite
from tasks.verify.trial import Baseline, try_patch

GREEN = Report({"test_a": "passed"}, "", "1 passed", 0.1)


class Looking(Suite):
    """Runs nothing and remembers what there was to run."""

    def __init__(self) -> None:
        self.seen: list[str] = []

    def all_tests(self, tree: Path) -> Report:
        self.seen = sorted(str(path.relative_to(tree)) for path in tree.rglob("*"))
        return GREEN


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    (tree / "deep" / "er").mkdir(parents=True)
    (tree / "deep" / "er" / "old.py").write_text("x = 1\n")
    (tree / "test_old.py").write_text("def test_a(): pass\n")
    return tree


def tried(tree: Path, changes: Sequence[FileChange]) -> tuple[list[str], Sequence[str]]:
    suite = Looking()
    evidence = try_patch(Baseline(suite, tree, GREEN, None, None), changes, tree.parent)
    return suite.seen, evidence.missing


def test_a_deleted_file_is_gone_and_so_are_the_folders_that_it_leaves_empty(tree: Path) -> None:
    seen, _ = tried(tree, [FileChange("deep/er/old.py", None)])
    assert seen == ["test_old.py"]
    assert (tree / "deep" / "er" / "old.py").exists()


@pytest.mark.parametrize("path", ["deep/er/new.py", "deep/new.py", "deep"])
def test_a_file_can_take_the_place_of_one_that_is_deleted(tree: Path, path: str) -> None:
    seen, _ = tried(tree, [FileChange(path, b"x = 1\n"), FileChange("deep/er/old.py", None)])
    assert path in seen
    assert "deep/er/old.py" not in seen


def test_deleting_a_test_that_was_there_is_a_doubt(tree: Path) -> None:
    _, missing = tried(tree, [FileChange("test_old.py", None)])
    assert "The change edits what judges it: `test_old.py`." in missing
    _, missing = tried(tree, [FileChange("deep/er/old.py", None)])
    assert not [doubt for doubt in missing if "judges" in doubt]


def test_nothing_is_deleted_through_a_link(tree: Path) -> None:
    outside = tree.parent / "outside"
    outside.mkdir()
    (outside / "a.py").write_text("x = 1\n")
    (tree / "link").symlink_to(outside)
    for path in ("link/a.py", "link", "../outside/a.py"):
        with pytest.raises(PolicyError):
            tried(tree, [FileChange(path, None)])
    assert (outside / "a.py").exists()
