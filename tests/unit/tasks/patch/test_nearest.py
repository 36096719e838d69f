"""The lines of a file that come closest to others, what tells places apart, and how soon that is found."""

import statistics
import time
from collections.abc import Sequence

import pytest

from tasks.patch.nearest import MOST_LETTERS, MOST_LINES, Excerpt, apart, around, closest

LINES = tuple(f"    {verb}_{number}(value, {number})" for number in range(250) for verb in ("read", "check", "store"))


def near(wanted: Sequence[str], lines: Sequence[str] = LINES) -> Excerpt:
    found = closest(wanted, lines)
    assert found is not None
    return found


def slipped(line: str) -> str:
    return line.replace("value", "vlaues")


@pytest.mark.parametrize("size", [1, 2, 3, 8, 30])
@pytest.mark.parametrize("start", [0, 77, 700, 720])
def test_lines_of_which_one_is_misspelt_are_found(start: int, size: int) -> None:
    wanted = list(LINES[start : start + size])
    wanted[size // 2] = slipped(wanted[size // 2])
    found = near(wanted)
    assert set(LINES[start : start + size]) <= set(found.lines)
    assert found.lines == LINES[found.first_line - 1 : found.first_line - 1 + len(found.lines)]
    assert len(found.lines) <= size + 2
    assert "vlaues" in found.note


@pytest.mark.parametrize("size", [1, 4, 20])
def test_lines_of_which_all_are_misspelt_are_found(size: int) -> None:
    found = near([slipped(line) for line in LINES[300 : 300 + size]])
    assert set(LINES[300 : 300 + size]) <= set(found.lines)
    assert bool(found.note) == (size <= 2)


def test_lines_that_were_left_out_or_came_in_between_do_not_mislead() -> None:
    assert near([*LINES[40:44], *LINES[46:50]]).lines == LINES[40:50]
    assert near([*LINES[40:44], "    something_else()", *LINES[44:48]]).lines == LINES[40:48]


def test_blank_lines_and_indentation_count_for_nothing() -> None:
    found = near([line.strip() for line in ("", LINES[9], "", LINES[10], LINES[11], "")])
    assert found.lines == LINES[9:12]
    assert found.note.startswith("The block differs from them in white space only")


@pytest.mark.parametrize("wanted", [(), ("",), ("", "  "), ("ÖÄÜ", "ÄÄÄ")])
def test_where_nothing_is_like_them_nothing_is_shown(wanted: Sequence[str]) -> None:
    assert closest(wanted, LINES) is None
    assert closest(LINES, wanted) is None


def test_of_a_long_stretch_its_top_is_shown_where_no_difference_was_looked_for() -> None:
    found = near([*LINES[100:300], "other"])
    assert (found.first_line, len(found.lines), found.note) == (101, MOST_LINES, "")


def test_no_excerpt_is_larger_than_can_be_read() -> None:
    long = [f"{line} # {'x' * 300}" for line in LINES]
    found = near([slipped(line) for line in long[50:60]], long)
    assert 0 < sum(map(len, found.lines)) <= MOST_LETTERS


def test_equal_places_are_shown_as_far_as_something_tells_them_apart() -> None:
    lines = ["def one():", "    a = 1", "    b = 2", "", "def two():", "    a = 1", "    b = 2", "", "end()"]
    shown = apart([range(2, 3), range(6, 7)], lines)
    assert [(each.first_line, list(each.lines)) for each in shown] == [(1, lines[0:3]), (5, lines[4:7])]


def test_what_tells_them_apart_may_stand_below() -> None:
    lines = ["x", "a", "end_one()", "x", "a", "end_two()"]
    shown = apart([range(1, 2), range(4, 5)], lines)
    assert [list(each.lines) for each in shown] == [lines[0:3], lines[3:6]]


def test_of_many_places_three_are_shown() -> None:
    shown = apart([range(n, n + 1) for n in range(100)], ["same"] * 100)
    assert len(shown) == 3
    assert all(len(each.lines) <= MOST_LINES for each in shown)


def test_the_lines_around_a_fault_are_shown_within_the_file() -> None:
    assert around(0, ["a", "b"], "{}") == Excerpt(1, ("a", "b"), "{}")
    assert around(9, [str(n) for n in range(20)], "{}").lines == tuple(str(n) for n in range(6, 13))


HOSTILE = {
    "equal lines": (["same"] * 3_000 + ["x"], ["same"] * 20_000),
    "long lines": (["a" * 100_000 + "b"], ["a" * 200_000] * 20),
    "lines that are nearly those": (
        [f"line {n} of it" for n in range(3_000)],
        [f"line {n} of this" for n in range(20_000)],
    ),
    "equal long lines": (["abc def " * 20 + "x"] * 50, ["abc def " * 25] * 20_000),
}


@pytest.mark.alone
@pytest.mark.parametrize("name", HOSTILE)
def test_no_file_and_no_block_makes_it_slow(name: str) -> None:
    wanted, lines = HOSTILE[name]
    started = time.process_time()
    closest(wanted, lines)
    assert time.process_time() - started < 0.5


@pytest.mark.alone
def test_the_closest_of_many_lines_are_found_at_once() -> None:
    lines, times = LINES * 2, []
    for start in range(0, 1_400, 14):
        wanted = list(lines[start : start + 6])
        wanted[2] = slipped(wanted[2])
        started = time.process_time()
        closest(wanted, lines)
        times.append(time.process_time() - started)
    assert statistics.median(times) < 0.003
