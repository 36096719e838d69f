"""Diffs as a real git writes them, read and held against git's own answers."""

import itertools
import os
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from stories.diff_corpus import CASES, LONG, Repository, edited

from bot.diff import Change, DiffError, FileDiff, Hunk, Kind, Place, Side, parse_diff, parse_hunks, place

LETTERS = {"A": Change.ADDED, "D": Change.REMOVED, "M": Change.MODIFIED, "R": Change.RENAMED, "C": Change.COPIED}


def text_of(raw: bytes) -> str:
    return raw.decode("utf-8", "surrogateescape")


def split(content: bytes) -> list[str]:
    lines = text_of(content).split("\n")
    return lines[:-1] if lines[-1] == "" else lines


def rebuilt(before: bytes, hunks: Sequence[Hunk], side: Side) -> bytes:
    """Return one side of the change, made of the other side and the hunks alone."""
    source = split(before)
    other = Side.OLD if side is Side.NEW else Side.NEW
    result, taken = list[str](), 0
    ends = before.endswith(b"\n") or not before
    for hunk in hunks:
        start = min((number for line in hunk.lines if (number := line.number(other)) is not None), default=None)
        first = hunk.lines[0]
        start = (first.old_at if other is Side.OLD else first.new_at) if start is None else start
        result += source[taken : start - 1]
        taken = start - 1 + sum(line.number(other) is not None for line in hunk.lines)
        mine = [line for line in hunk.lines if line.number(side) is not None]
        result += [line.text for line in mine]
        if taken == len(source):
            ends = mine[-1].ends if mine else True
    rest = source[taken:]
    ends = (before.endswith(b"\n") if rest else ends) if result or rest else False
    return ("\n".join([*result, *rest]) + ("\n" if ends else "")).encode("utf-8", "surrogateescape")


def check(repository: Repository, file: FileDiff) -> None:
    """Hold every line of a file's diff against the two files that git keeps."""
    sides = {}
    for side, commit, path in (
        (Side.OLD, repository.first, file.old_path),
        (Side.NEW, repository.second, file.new_path),
    ):
        sides[side] = repository.content(commit, path) if path is not None else b""
        content = split(sides[side])
        for line in (line for hunk in file.hunks for line in hunk.lines):
            number = line.number(side)
            if number is not None:
                assert content[number - 1] == line.text
                assert line.ends or number == len(content)
    if not file.binary:
        assert rebuilt(sides[Side.OLD], file.hunks, Side.NEW) == sides[Side.NEW]
        assert rebuilt(sides[Side.NEW], file.hunks, Side.OLD) == sides[Side.OLD]


def counted(file: FileDiff) -> tuple[str, str]:
    kinds = [line.kind for hunk in file.hunks for line in hunk.lines]
    added, removed = (str(kinds.count(kind)) for kind in (Kind.ADDED, Kind.REMOVED))
    return ("-", "-") if file.binary else (added, removed)


def numbers_of_git(repository: Repository) -> list[tuple[str, str]]:
    """Return (added, removed) of each file as git counts them."""
    fields = repository.diff("--numstat", "-z").split(b"\0")
    rows = [text_of(field).split("\t") for field in fields if field.count(b"\t") >= 2]
    return [(row[0], row[1]) for row in rows]


def names_of_git(repository: Repository) -> list[tuple[Change, str]]:
    """Return what became of each file, and its path, as git says."""
    fields = iter([os.fsdecode(field) for field in repository.diff("--name-status", "-z").split(b"\0")])
    found = []
    for letter in itertools.takewhile(bool, fields):
        path = next(fields)
        found.append((LETTERS.get(letter[0], Change.MODIFIED), next(fields) if letter[0] in "RC" else path))
    return found


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("context", ["-U3", "-U0", "-U99"])
def test_every_line_of_the_corpus_is_where_git_has_it(tmp_path: Path, name: str, context: str) -> None:
    repository = Repository(tmp_path, *CASES[name])
    files = parse_diff(text_of(repository.diff(context)))
    if name != "a file that becomes a link":  # which is two entries in the one list and one in the other
        assert [(file.change, file.path) for file in files] == names_of_git(repository)
        assert [counted(file) for file in files] == numbers_of_git(repository)
    for file in files:
        check(repository, file)


def test_the_corpus_is_large_enough() -> None:
    assert len(CASES) >= 40


TEXT = st.text(st.sampled_from("ab+-@ \\\f\r\u2028"), max_size=6)
FILE = st.lists(TEXT, max_size=12).map("\n".join)


@settings(max_examples=60, deadline=None)
@given(before=FILE, after=FILE)
def test_any_two_files_are_rebuilt_from_each_other(
    tmp_path_factory: pytest.TempPathFactory, before: str, after: str
) -> None:
    contents = [{"keep": b"", "a": text.encode()} for text in (before, after)]
    repository = Repository(tmp_path_factory.mktemp("any"), contents[0], {**contents[1], "other": b""})
    for file in parse_diff(text_of(repository.diff())):
        check(repository, file)


def test_modes_are_told(tmp_path: Path) -> None:
    (file,) = parse_diff(text_of(Repository(tmp_path, *CASES["a mode that changes"]).diff()))
    assert (file.old_mode, file.new_mode, file.hunks) == ("100644", "100755", ())


def test_the_hunks_of_a_forges_api_are_read_without_a_header() -> None:
    patch = "@@ -1,2 +1,3 @@ def f():\n one\n+two\n three\n\\ No newline at end of file"
    (hunk,) = parse_hunks(patch)
    assert hunk == parse_hunks(f"--- a/x\n+++ b/x\n{patch}\n")[0]
    assert [(line.old, line.new, line.ends) for line in hunk.lines] == [(1, 1, True), (None, 2, True), (2, 3, False)]
    assert hunk.heading == "def f():"
    assert parse_hunks("") == ()


def test_an_empty_line_of_context_may_have_lost_its_space() -> None:
    (hunk,) = parse_hunks("@@ -1,3 +1,3 @@\n a\n\n-b\n+c\n")
    assert [line.text for line in hunk.lines] == ["a", "", "b", "c"]


@pytest.mark.parametrize(
    "text",
    [
        "diff --cc a.txt\n@@@ -1,1 -1,1 +1,1 @@@\n++x\n",
        "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1,2 +1,2 @@\n a\n",
        "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1,2 @@\n a\n b\n",
        "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n\\ No newline at end of file\n",
        "diff --git a/a b/a\n--- a/a\n+++ b/a\n@@ -1 +1 @@\n!a\n",
    ],
)
def test_what_git_would_not_write_is_refused(text: str) -> None:
    with pytest.raises(DiffError):
        parse_diff(text)


class Two:
    """A file of sixty lines of which the diff shows two hunks, around 7 and around 50."""

    def __init__(self, folder: Path) -> None:
        after = edited(LONG, (b"line 7\n", b"7\n"), (b"line 50\n", b"fifty\nand more\n"))
        self.diff = parse_diff(text_of(Repository(folder, {"a.txt": LONG}, {"a.txt": after}).diff()))

    def at(self, first: int, last: int, side: Side = Side.NEW, path: str = "a.txt") -> object:
        found: Place = place(self.diff, path, first, last, side)
        if found.file is None:
            return "the whole"
        if found.first is None or found.last is None:
            return "the file"
        return (found.first.number(side), found.last.number(side))


@pytest.mark.parametrize(
    ("first", "last", "where"),
    [
        (7, 7, (7, 7)),
        (4, 10, (4, 10)),
        (1, 10, (4, 10)),
        (5, 30, (5, 10)),
        (8, 48, (47, 48)),
        (20, 30, "the file"),
        (900, 901, "the file"),
        (8, 7, "the file"),
    ],
)
def test_a_range_is_cut_to_what_one_hunk_shows_of_it(tmp_path: Path, first: int, last: int, where: object) -> None:
    assert Two(tmp_path).at(first, last) == where


def test_old_lines_are_found_by_their_old_numbers(tmp_path: Path) -> None:
    two = Two(tmp_path)
    assert two.at(54, 54) == (54, 54)
    assert two.at(54, 54, Side.OLD) == "the file"
    assert two.at(50, 50, Side.OLD) == (50, 50)
    assert two.at(1, 9, path="b.txt") == "the whole"
