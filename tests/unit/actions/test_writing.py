"""Changing a working tree: all of it or nothing, nothing through a link, nothing outside."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from actions.edited_file import edited_files
from actions.worktree import Worktree
from actions.writing import Write, write_files
from bot.errors import UserError

FILES = {"a.py": b"a = 1\n", "deep/er/b.py": b"b = 1\n", "deep/c.py": b"c = 1\n"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "root"
    for path, content in FILES.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)
    (root / "deep" / "er" / "b.py").chmod(0o751)
    return root


def state(root: Path) -> dict[str, tuple[int, bytes]]:
    return {
        str(path.relative_to(root)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in root.rglob("*")
    }


def files(root: Path) -> dict[str, bytes]:
    return {str(path.relative_to(root)): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_files_come_change_move_and_go_with_their_folders(root: Path) -> None:
    writes = [
        Write("a.py", None),
        Write("deep/er/b.py", None),
        Write("bin/b", b"b = 2\n", like="deep/er/b.py"),
        Write("deep/c.py", b"c = 2\n"),
    ]
    write_files(root, writes, FILES)
    assert files(root) == {"bin/b": b"b = 2\n", "deep/c.py": b"c = 2\n"}
    assert (root / "bin" / "b").stat().st_mode & 0o777 == 0o751
    assert not (root / "deep" / "er").exists()


def test_what_was_done_is_put_back_when_a_later_file_fails(root: Path) -> None:
    before = state(root)
    own = root / "new" / "own.py"

    def writes() -> Iterator[Write]:
        yield Write("a.py", b"a = 2\n")
        yield Write("deep/er/b.py", None)
        yield Write("new/first.py", b"")
        yield Write("new/own.py", b"ours")
        own.write_text("theirs")  # somebody was faster

    with pytest.raises(UserError, match=r"new/own\.py cannot be written: File exists") as refused:
        write_files(root, writes(), FILES)
    assert "Nothing was changed" in refused.value.mend
    assert own.read_text() == "theirs"
    own.unlink()
    own.parent.rmdir()
    assert state(root) == before


def test_a_reader_never_finds_a_file_missing_or_half(root: Path) -> None:
    inode = (root / "a.py").stat().st_ino
    with (root / "a.py").open("rb") as reading:
        write_files(root, [Write("a.py", b"a = 2\n")], FILES)
        assert reading.read() == b"a = 1\n"
    assert (root / "a.py").stat().st_ino != inode


@pytest.mark.parametrize(
    ("write", "known", "reason"),
    [
        (Write("link/x.py", b"x"), (), "link is a link or no folder"),
        (Write("link/x.py", None), ["link/x.py"], "link is a link or no folder"),
        (Write("link.py", b"x"), ["link.py"], "not one of the repository's files"),
        (Write("link.py", None), ["link.py"], "not one of the repository's files"),
        (Write("link.py", b"x"), (), "not one of the repository's files"),
        (Write("dead", b"x"), (), "not one of the repository's files"),
        (Write("a.py/b.py", b"x"), (), "a.py is a link or no folder"),
        (Write("deep", None), ["deep"], "not one of the repository's files"),
        (Write("deep", b"x"), (), "not one of the repository's files"),
        (Write("deep/c.py", b"x"), (), "not one of the repository's files"),
        (Write("gone.py", None), ["gone.py"], "gone.py cannot be written: No such file"),
        (Write("gone/gone.py", None), ["gone/gone.py"], "gone/gone.py cannot be written: No such file"),
        (Write("new.py", b"x", like="link.py"), (), "link.py exists but is not one"),
        (Write("new.py", b"x", like="link/x.py"), (), "link is a link or no folder"),
        (Write(f"empty/{'n' * 300}", b"x"), (), "cannot be written: File name too long"),
    ],
)
def test_what_is_in_the_way_is_named_and_nothing_is_changed(
    root: Path, write: Write, known: tuple[str, ...], reason: str
) -> None:
    outside = root.parent / "outside"
    outside.mkdir()
    (outside / "x.py").write_text("x = 1\n")
    (root / "link").symlink_to(outside)
    (root / "link.py").symlink_to(outside / "x.py")
    (root / "dead").symlink_to(outside / "nowhere")
    (root / "empty").mkdir()
    before = state(root.parent)
    with pytest.raises(UserError) as refused:
        write_files(root, [Write("a.py", b"a = 2\n"), Write("deep/new.py", b""), write], ["a.py", *known])
    assert reason in refused.value.message
    assert refused.value.mend.startswith("Nothing was changed.")
    assert state(root.parent) == before


def test_a_patch_that_moves_and_deletes_is_written_with_encoding_and_mode(root: Path) -> None:
    (root / "deep" / "er" / "b.py").write_bytes(b"b = '\xe9'\n")
    tree = Worktree(root)
    contents = {"deep/er/b.py": None, "bin/b": "b = 'é', 'ü'\n", "a.py": None}
    moved, gone = sorted(edited_files(contents, {"deep/er/b.py": "bin/b"}, tree), key=lambda one: one.after is None)
    assert (moved.is_renamed, moved.counts, gone.counts) == (True, (1, 1), (0, 1))
    write_files(root, [*moved.writes(), *gone.writes()], tree)
    assert files(root) == {"bin/b": b"b = '\xe9', '\xfc'\n", "deep/c.py": b"c = 1\n"}
    assert (root / "bin" / "b").stat().st_mode & 0o777 == 0o751
