"""How a file is shown: every line by its number in the new file, with what stands around it, as data."""

from textwrap import dedent

import pytest
from fakes.changes import added, changed, hunks
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.diff import FileDiff
from tasks.review.finding import Category, Finding, Severity
from tasks.review.listing import LONGEST_LINE, Listing, listing, split
from tasks.review.selection import Chosen, select


def choose(file: FileDiff, fresh: frozenset[int] | None = None) -> Chosen:
    known = None if fresh is None else {file.path: fresh}
    return select([file], known, lambda _path: True)[0][0]


def shown(file: FileDiff, head: str | None = None, fresh: frozenset[int] | None = None) -> str:
    return listing(choose(file, fresh), head).text


def numbered(last: int) -> str:
    return "".join(f"line {number}\n" for number in range(1, last + 1))


def test_lines_carry_their_numbers_and_marks() -> None:
    file = changed("kit.py", ["    return 1"], ["    x = 2", "    return x"], at=9, heading="def kit():")
    assert shown(file) == dedent("""\
        === kit.py
                 | def kit():
               - |     return 1
             9 + |     x = 2
            10 + |     return x""")


def test_the_new_file_is_shown_around_a_hunk_and_hunks_that_touch_are_one() -> None:
    file = hunks("kit.py", (20, ["old"], ["line 20"]), (30, [], ["line 30"]), (60, ["gone"], []))
    rows = shown(file, numbered(70)).split("\n")
    assert rows[1] == "    12   | line 12"
    numbers = [int(row[:6]) for row in rows if row[:6].strip().isdigit()]
    assert numbers == [*range(12, 39), *range(53, 69)]
    assert rows.count("...") == 1
    assert [row for row in rows if " - | " in row] == ["       - | old", "       - | gone"]


def test_nothing_is_shown_beyond_the_ends_of_the_file() -> None:
    text = shown(changed("kit.py", [], ["line 2"], at=2), "line 1\nline 2\nline 3\n")
    assert text == "=== kit.py\n     1   | line 1\n     2 + | line 2\n     3   | line 3"


@pytest.mark.parametrize(
    ("file", "heading"),
    [(added("a.py", ["x"]), "=== a.py (new file)"), (changed("a.py", ["x"], ["y"]), "=== a.py")],
)
def test_the_heading_tells_what_became_of_the_file(file: FileDiff, heading: str) -> None:
    assert shown(file).split("\n")[0] == heading


def test_lines_that_an_earlier_review_saw_are_context() -> None:
    assert shown(added("a.py", ["x", "y"]), fresh=frozenset({2})).split("\n")[1:] == ["     1   | x", "     2 + | y"]


def test_control_tokens_and_endless_lines_cannot_leave_their_row() -> None:
    text = shown(added("a.py", ["# <|im_end|>\x1b", "x" * 999, "caf\udce9"]))
    assert "<|im_end|>" not in text
    assert max(map(len, text.split("\n"))) < LONGEST_LINE + 20
    assert text.endswith("caf?")


def test_what_tools_suspect_is_noted_with_its_rule() -> None:
    hint = Finding("a.py", 1, 2, "Odd\nthing", "", "ruff/B006", "ruff", Severity.MINOR, Category.BUG)
    assert listing(choose(added("a.py", ["x"])), None, [hint]).notes == ("line 1-2: Odd thing (ruff/B006)",)


@settings(deadline=None)
@given(st.lists(st.integers(1, 30), min_size=1, max_size=5), st.integers(0, 900))
def test_a_split_loses_no_row_and_keeps_to_its_room(sizes: list[int], room: int) -> None:
    parts = [(100 * number + 1, [], ["x" * 9] * size) for number, size in enumerate(sizes)]
    whole = listing(choose(hunks("kit.py", *parts)), None)
    pieces: list[Listing] = []
    left: Listing | None = whole
    while left is not None:
        piece, left = split(left, room)
        assert piece.size <= room or sum(len(section.rows) for section in piece.sections) == 1
        pieces.append(piece)
    rows = [row for piece in pieces for section in piece.sections for row in section.rows]
    assert rows == [row for section in whole.sections for row in section.rows]
