"""White space that a model got wrong: trailing, before lines, tabs for spaces, blank lines, the margin of a diff."""

from collections.abc import Callable

import pytest
from stories.patches import applied, becomes, block, diff, envelope, reasons

CLASS = "class A:\n    def f(self):\n        if self:\n            return 1\n"
TABBED = "class A:\n\tdef f(self):\n\t\treturn 1\n"
MISSING = ["the lines to replace are not in the file"]


@pytest.mark.parametrize("reply", [block("b", "c"), diff("-b", "+c"), envelope("@@", "-b", "+c")])
def test_lines_that_stand_as_they_are_need_nothing_to_be_overlooked(reply: str) -> None:
    assert applied(reply, "a\nb\n") == ("a\nc\n", ())


def test_a_line_is_not_found_within_another() -> None:
    assert reasons(block("total", "x"), "subtotal\ntotals\n") == MISSING


def test_an_exact_place_is_taken_before_looser_ones() -> None:
    assert applied(block("  b", "  c"), "b\n    b\n  b\n") == ("b\n    b\n  c\n", ())


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("a = 1  ", "a = 2  ", "a = 1\n", "a = 2\n"),
        ("a = 1\t", "a = 2", "a = 1\n", "a = 2\n"),
        ("a = 1", "a = 2", "a = 1  \n", "a = 2\n"),
        # Where the file has such space itself, what is written stays as it is.
        ("a = 1 ", "a = 2 ", "a = 1  \n", "a = 2 \n"),
        # Untouched lines keep theirs.
        ("a = 1\nb = 1", "a = 1\nb = 2", "a = 1  \nb = 1\n", "a = 1  \nb = 2\n"),
        ("a = 1  \nb = 1", "a = 1  \nb = 2", "a = 1\nb = 1\n", "a = 1\nb = 2\n"),
    ],
)
def test_trailing_space_counts_for_nothing(old: str, new: str, before: str, after: str) -> None:
    assert applied(block(old, new), before) == (after, ("trailing space",))


@pytest.mark.parametrize(
    ("indent", "name"), [("", "indentation"), ("  ", "indentation"), ("            ", "indentation"), ("\t", "tabs")]
)
def test_a_block_that_is_shifted_as_a_whole_is_put_back_in_its_place(indent: str, name: str) -> None:
    old = f"{indent}def f(self):\n{indent}    if self:\n{indent}        return 1"
    new = f"{indent}def f(self):\n{indent}    if self:\n{indent}        return 2\n{indent}    return 3"
    if indent == "\t":
        old, new = old.replace("    ", "\t"), new.replace("    ", "\t")
    after = CLASS.replace("return 1", "return 2") + "        return 3\n"
    assert applied(block(old, new), CLASS) == (after, (name,))


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        ("def f(self):\n\treturn 1", "def f(self):\n\treturn 2", TABBED, TABBED.replace("1", "2")),
        ("\t\treturn 1", "\t\treturn 2", "if x:\n        return 1\n", "if x:\n        return 2\n"),
        ("\treturn 1", "\tif y:\n\t\treturn 2", "f:\n  return 1\n", "f:\n  if y:\n    return 2\n"),
        (
            "\treturn 1",
            "\tif y:\n\t\treturn 2",
            "f:\n        return 1\n",
            "f:\n        if y:\n                return 2\n",
        ),
        ("  a\n    b", "  a\n    c", "\ta\n\t\tb\n", "\ta\n\t\tc\n"),
    ],
)
def test_tabs_and_spaces_are_turned_into_those_of_the_file(old: str, new: str, before: str, after: str) -> None:
    assert applied(block(old, new, "a.txt"), before, "a.txt") == (after, ("tabs",))


@pytest.mark.parametrize(
    ("old", "before"),
    [
        ("def f(self):\n  return 1", "class A:\n    def f(self):\n        return 1\n"),  # two rules at once
        ("  a\n b\n   c", "a\nb\nc\n"),
        ("\ta\n b", "  a\n  b\n"),
    ],
)
def test_lines_that_no_one_rule_moves_into_place_are_refused(old: str, before: str) -> None:
    assert reasons(block(old, "x"), before) == MISSING


def test_a_new_line_less_deep_than_the_rule_allows_is_refused() -> None:
    reason = reasons(block("    a = 1\n    b = 1", "    a = 1\nc = 1\n    b = 1"), "a = 1\nb = 1\n")
    assert reason == ['the indentation of "c = 1" does not fit the file; copy the lines as they stand']


def test_a_tab_in_front_of_a_new_line_becomes_what_the_file_is_indented_by() -> None:
    for indent in ("    ", "  ", "\t"):
        body = f"{indent}c()\n" * 3
        assert becomes(block("if a:", "if a:\n\tb()"), f"if a:\n{body}") == f"if a:\n{indent}b()\n{body}"
    assert becomes(block("a()", "if a:\n\tb()"), "a()\n") == "if a:\n\tb()\n"


@pytest.mark.parametrize(
    ("old", "new"), [("\n\nb()", "\n\nc()"), ("b()\n\n", "c()\n\n"), ("\nb()\n", "\nc()\n"), (" \nb()", " \nc()")]
)
def test_blank_lines_at_the_ends_are_no_evidence_of_a_place(old: str, new: str) -> None:
    assert becomes(block(old, new), "a()\nb()\nd()\n") == "a()\nc()\nd()\n"
    assert becomes(block(old, new), "a()\n\nb()\n\nd()\n") == "a()\n\nc()\n\nd()\n"


@pytest.mark.parametrize(("old", "new"), [("\nb()", "\nc()"), ("b()\n", "c()\n"), ("\nb()\n", "\nc()\n")])
def test_blank_lines_at_the_ends_choose_no_place_either(old: str, new: str) -> None:
    assert "more than one place" in reasons(block(old, new), "b()\na()\n\nb()\n\nb()\n")[0]


@pytest.mark.parametrize("at", ["a()\n", "\na()", "\na()\n"])
def test_nor_do_they_where_new_lines_bring_blank_ones_of_their_own(at: str) -> None:
    old, new = at, at.replace("a()", "a()\n\nb()")
    assert "more than one place" in reasons(block(old, new), "a()\n\na()\nx()\n\na()\n\nz()\n")[0]


def test_blank_lines_that_go_away_must_be_there() -> None:
    assert becomes(block("a()\n\nb()", "a()\nb()"), "a()\n\nb()\n") == "a()\nb()\n"
    assert becomes(block("a()\n\n\nb()", "a()\n\nb()"), "x\na()\n\n\nb()\n") == "x\na()\n\nb()\n"


def test_what_is_moved_in_and_has_its_blank_lines_is_no_surer_than_what_lacks_them() -> None:
    before = "if x:\n    a()\n\n    b()\n\na()\n\n\nb()\n"
    assert "more than one place" in reasons(block("a()\n\nb()", "a()\n\nc()"), before)[0]
    assert becomes(block("a()\n\nb()", "a()\n\nc()"), before[:23]) == "if x:\n    a()\n\n    c()\n"


@pytest.mark.parametrize(
    ("old", "new", "before", "after"),
    [
        # Where the file has no white space on blank lines, new ones have none either.
        ("a()\n    \nb()", "a()\n    \nb()\n    \nc()", "a()\n\nb()\n", "a()\n\nb()\n\nc()\n"),
        # Where all lines of the reply end with some, it means nothing.
        ("a()  ", "a()  \n  \nb()  ", "a()\n", "a()\n\nb()\n"),
        # Where only copied lines do, it is meant.
        ("a()  ", "a()  \n    \nb()", "a()\n", "a()\n    \nb()\n"),
        ("\ta()", "\ta()\n\t\n\tb()", "    a()\n", "    a()\n    \n    b()\n"),
    ],
)
def test_white_space_on_new_blank_lines_is_what_the_rest_says(old: str, new: str, before: str, after: str) -> None:
    assert becomes(block(old, new, "a.txt"), before, "a.txt") == after


FUNCTION = "def f():\n    a = 1\n    b = 2\n    return a\n"


@pytest.mark.parametrize("make", [diff, envelope])
def test_context_of_a_diff_may_have_lost_its_margin(make: Callable[..., str]) -> None:
    reply = make(*(["@@"] if make is envelope else []), "    a = 1", "-    b = 2", "+    b = 3", "    return a")
    assert applied(reply, FUNCTION) == (FUNCTION.replace("b = 2", "b = 3"), ("margin",))


def test_some_of_the_context_may_have_it_still() -> None:
    reply = diff("     a = 1", "-    b = 2", "+    b = 3", "    return a")
    assert applied(reply, FUNCTION) == (FUNCTION.replace("b = 2", "b = 3"), ("margin",))


def test_lines_that_go_away_have_their_margin_or_the_diff_is_shifted() -> None:
    reply = diff("    a = 1", "-   b = 2", "+   b = 3", "    return a")
    assert applied(reply, FUNCTION) == (FUNCTION.replace("b = 2", "b = 3"), ("indentation",))
    assert reasons(diff("    a = 1", "-  b = 2", "+  b = 3", "    return a"), FUNCTION) == MISSING


def test_a_block_has_no_margin_to_lose() -> None:
    assert reasons(block("   a = 1\n    b = 2", "   a = 1\n    b = 3"), FUNCTION) == MISSING
