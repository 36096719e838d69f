"""Lines that stand in more than one place: what else a reply tells may choose, and nothing else does."""

import pytest
from stories.patches import becomes, block, diff, envelope, reasons, refused

from tasks.patch import make_patch

TWICE = "a = 1\nprint(a)\nb = 2\nprint(a)\nend()\n"
SECOND = "a = 1\nprint(a)\nb = 2\nprint(b)\nend()\n"
CLASSES = """\
class One:
    def run(self):
        return 1

    def stop(self):
        return 0


class Two:
    def run(self):
        return 1

    def stop(self):
        return 0
"""
IN_TWO = "1".join(["2".join(CLASSES.rsplit("1", 1))])


def test_equal_places_are_refused_and_named() -> None:
    (reason,) = reasons(block("print(a)", "print(b)"), TWICE)
    assert (
        reason == "these lines stand in more than one place (at lines 2, 4); add lines around them until only one fits"
    )


def test_of_many_places_some_are_named() -> None:
    (reason,) = reasons(block("x", "y"), "x\n" * 9)
    assert "(at lines 1, 2, 3, 4, 5, ...)" in reason


@pytest.mark.parametrize("loose", ["print(a) ", "\tprint(a)", "print(a)\n", "1 | print(a)"])
def test_no_loosening_chooses(loose: str) -> None:
    assert "more than one place" in reasons(block(loose, "print(b)"), TWICE)[0]


@pytest.mark.parametrize("header", ["@@ -4 +4 @@", "@@ -4,1 +4,1 @@", "@@ -4,9 +4,9 @@ a heading"])
def test_the_number_of_a_hunk_chooses(header: str) -> None:
    assert becomes(diff("-print(a)", "+print(b)", header=header), TWICE) == SECOND


@pytest.mark.parametrize("header", ["@@ -3 +3 @@", "@@ -9 +9 @@", "@@", "@@ ... @@"])
def test_a_number_at_which_none_of_them_stands_does_not(header: str) -> None:
    assert "more than one place" in reasons(diff("-print(a)", "+print(b)", header=header), TWICE)[0]


def test_the_line_that_a_block_tells_chooses() -> None:
    assert becomes(block(":start_line:4\n-------\nprint(a)", "print(b)"), TWICE) == SECOND


def test_a_number_is_not_needed_where_one_place_fits() -> None:
    assert becomes(diff("-b = 2", "+b = 3", header="@@ -99 +99 @@"), TWICE) == TWICE.replace("b = 2", "b = 3")


def hunks(*parts: str) -> str:
    return diff(*"\n".join(parts).split("\n"), header="@@ -1,2 +1,3 @@")


def test_numbers_count_lines_as_they_were_before_the_hunks_above() -> None:
    reply = hunks(" a = 1\n+new()\n print(a)\n@@ -4 +5 @@\n-print(a)\n+print(b)")
    assert becomes(reply, TWICE) == SECOND.replace("print(a)", "new()\nprint(a)")


def test_numbers_that_are_all_off_by_the_same_choose_still() -> None:
    before = "head\n" * 3 + TWICE
    reply = hunks(" a = 1\n+new()\n print(a)\n@@ -4 +5 @@\n-print(a)\n+print(b)")
    assert becomes(reply, before) == "head\n" * 3 + SECOND.replace("print(a)", "new()\nprint(a)")


def test_hunks_come_in_the_order_of_the_file() -> None:
    reply = diff("-b = 2", "+b = 3", "@@", "-print(a)", "+print(b)")
    assert becomes(reply, TWICE) == SECOND.replace("b = 2", "b = 3")
    reply = envelope("@@", "-b = 2", "+b = 3", "@@", "-print(a)", "+print(b)")
    assert becomes(reply, TWICE) == SECOND.replace("b = 2", "b = 3")


def test_blocks_do_not() -> None:
    reply = block("b = 2", "b = 3") + block("print(a)", "print(b)")
    assert [each.number for each in refused(reply, TWICE).refused] == [2]


def test_a_hunk_above_the_last_one_is_found_where_it_stands_alone() -> None:
    reply = diff("-end()", "+stop()", "@@", "-a = 1", "+a = 2")
    assert becomes(reply, TWICE) == TWICE.replace("end", "stop").replace("a = 1", "a = 2")


@pytest.mark.parametrize(
    "anchors", [["@@ class Two:"], ["@@ class Two:", "@@     def run(self):"], ["@@ class Two:", "@@ def run(self):"]]
)
def test_lines_above_choose(anchors: list[str]) -> None:
    assert becomes(envelope(*anchors, "-        return 1", "+        return 2"), CLASSES) == IN_TWO
    assert becomes(diff("-        return 1", "+        return 2", header="\n".join(anchors)), CLASSES) == IN_TWO


def test_the_heading_of_a_hunk_chooses_where_its_number_fits_nothing() -> None:
    rows = ["-        return 1", "+        return 2"]
    assert becomes(diff(*rows, header="@@ -77,1 +77,1 @@ class Two:"), CLASSES) == IN_TWO


@pytest.mark.parametrize(
    "anchors",
    [
        ["@@ class Three:"],
        ["@@     def run(self):"],  # there are two, and nothing says in which class
        ["@@ class One:", "@@ class Two:"],  # the second is not in the first
    ],
)
def test_lines_above_that_tell_nothing_do_not(anchors: list[str]) -> None:
    assert "more than one place" in reasons(envelope(*anchors, "-        return 1", "+        return 2"), CLASSES)[0]


def test_a_place_behind_the_next_definition_is_not_inside_the_one_above() -> None:
    before = "def one():\n    pass\n\n\ndef two():\n    return 1\n\n\ndef three():\n    return 1\n"
    assert "more than one place" in reasons(envelope("@@ def one():", "-    return 1", "+    return 2"), before)[0]
    assert becomes(envelope("@@ def two():", "-    return 1", "+    return 2"), before) == before.replace("1", "2", 1)


def test_an_anchor_may_be_the_first_line_of_the_hunk() -> None:
    rows = [" class Two:", "     def run(self):", "-        return 1", "+        return 2"]
    assert becomes(envelope("@@ class Two:", *rows), CLASSES) == IN_TWO


def test_the_end_of_the_file_chooses() -> None:
    reply = envelope("@@", "-        return 0", "+        return 9", "*** End of File")
    assert becomes(reply, CLASSES) == CLASSES[:-2] + "9\n"
    assert becomes(reply, CLASSES + "\n\n") == CLASSES[:-2] + "9\n\n\n"
    assert "more than one place" in reasons(reply, CLASSES + "x = 1\n")[0]


def test_as_many_equal_edits_as_places_are_meant_for_all_of_them() -> None:
    twin = block("print(a)", "print(b)")
    assert becomes(twin * 2, TWICE) == TWICE.replace("print(a)", "print(b)")
    assert becomes(diff("-print(a)", "+print(b)", "@@", "-print(a)", "+print(b)"), TWICE) == (
        TWICE.replace("print(a)", "print(b)")
    )


def test_twins_that_add_go_to_a_place_each_in_the_order_of_a_diff() -> None:
    reply = diff(" print(a)", "+more()", "@@", " print(a)", "+more()")
    assert becomes(reply, TWICE) == TWICE.replace("print(a)\n", "print(a)\nmore()\n")


def test_fewer_or_more_equal_edits_than_places_are_not() -> None:
    twin = block("print(a)", "print(b)")
    assert [each.number for each in refused(twin * 2, TWICE + "print(a)\n").refused] == [1, 2]
    assert "more than one place" in reasons(twin, TWICE)[0]


def test_two_different_edits_of_two_equal_places_are_refused() -> None:
    reply = block("print(a)", "print(b)") + block("print(a)", "print(c)")
    assert [each.number for each in refused(reply, TWICE).refused] == [1, 2]


def test_what_was_chosen_is_told() -> None:
    patch = make_patch(diff("-print(a)", "+print(b)", header="@@ -4 +4 @@"), {"a.py": TWICE})
    assert [(edit.number, edit.path, edit.first_line, edit.loosened) for edit in patch.edits] == [(1, "a.py", 4, ())]


def test_a_hunk_that_only_adds_says_not_where() -> None:
    for header in ("@@", "@@ -2,0 +3 @@"):
        assert "it only adds lines" in reasons(diff("+new()", header=header), TWICE)[0]
