"""A reply whose changes are made already is nothing to do; one whose lines to find still stand never is."""

import pytest
from stories.patches import applied, becomes, block, diff, envelope, is_done, reasons, refused, whole

TEXT = "a.txt"
FILE = "one()\ntwo()\n\n\nthree()\nfour()\n"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("two()", "TWO()"),  # another line
        ("two()", "two()  # twice"),  # the same line and more
        ("two()", "two()\nnew()"),  # a line below
        ("two()", "new()\ntwo()"),  # a line above
        ("one()\ntwo()", "one()\nnew()\ntwo()"),  # a line between
        ("three()\nfour()", "three()\n\nfour()"),  # a blank line
        ("one()", "one()\n"),  # a blank line below
        ("two()", "    two()"),  # only white space
        ("two()\n\n\nthree()", "two()\n\nthree()"),  # a blank line goes away
        ("one()\ntwo()\n\n\nthree()\nfour()", "one()\nthree()\nfour()"),  # a line goes away
        ("four()", "four()\nfive()\nsix()"),
    ],
)
@pytest.mark.parametrize("form", ["block", "diff", "envelope"])
def test_what_was_put_in_is_nothing_to_do_a_second_time(old: str, new: str, form: str) -> None:
    rows = [*(f"-{line}" for line in old.split("\n")), *(f"+{line}" for line in new.split("\n"))]
    reply = {
        "block": block(old, new, TEXT),
        "diff": diff(*rows, path=TEXT),
        "envelope": envelope("@@", *rows, path=TEXT),
    }
    once = becomes(reply[form], FILE, TEXT)
    assert once not in {None, FILE}
    assert is_done(reply[form], str(once), TEXT)


@pytest.mark.parametrize(
    "rows",
    [
        [" one()", "+new()", " two()"],
        [" one()", "-two()", " ", " ", " three()", " four()"],
        [" one()", "-two()", "+TWO()", " "],
        ["+new()", " one()"],
        [" four()", "+new()"],
    ],
)
def test_a_hunk_with_context_is_nothing_to_do_a_second_time(rows: list[str]) -> None:
    once = becomes(diff(*rows), FILE)
    assert once not in {None, FILE}
    assert is_done(diff(*rows), str(once))


def test_the_second_time_may_be_as_loose_as_the_first() -> None:
    assert is_done(block("    two()", "    TWO()\n    three()\n    four()"), "TWO()\nthree()\nfour()\n")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("  two()  ", "  two()  \n  new()  "),
        ("  two()", "  new()\n  two()"),
        ("\ttwo()", "\ttwo()\n\tnew()"),
        ("2 | two()", "2 | two()\n3 | new()"),
        ("say(\u2018a\u2019)", "say(\u2018a\u2019)\nsay(\u2018b\u2019)"),
        ("if a &lt; b:", "if a &lt; b:\n    c = a &lt; b"),
        ("one()\n...\nfour()", "one()\n...\nnew()\nfour()"),
        ("one()\ntwo()\n\nthree()", "one()\ntwo()\n\nnew()\nthree()"),
        ("a_rather_longish_line(of, tetx)", "a_rather_longish_line(of, tetx)\nnew()"),
    ],
)
def test_what_was_put_in_loosely_is_nothing_to_do_a_second_time(old: str, new: str) -> None:
    before = f"{FILE}say('a')\nif a < b:\n    pass\na_rather_longish_line(of, text)\n"
    once, loosened = applied(block(old, new, TEXT), before, TEXT)
    assert loosened
    assert once not in {None, before}
    assert is_done(block(old, new, TEXT), str(once), TEXT)


def test_new_lines_elsewhere_do_not_make_it_done_while_the_old_ones_stand() -> None:
    before = "new()\nx = 1\nold()\n"
    assert becomes(block("old()", "new()"), before) == "new()\nx = 1\nnew()\n"
    assert becomes(block("old()", "old()\nnew()"), before) == "new()\nx = 1\nold()\nnew()\n"


def test_old_lines_that_stand_nearly_are_changed_though_the_new_ones_stand() -> None:
    before = "new_value = 1\nx = 1\n    old_value = 1\n"
    assert becomes(block("old_value = 1", "new_value = 1"), before) == "new_value = 1\nx = 1\n    new_value = 1\n"


OLD_TWIN, NEW_TWIN = "    x = 1\n    y = 2\n    return x", "    x = 1\n    y = 3\n    return x"
TWINS = f"def a():\n{OLD_TWIN}\n\n\ndef b():\n{NEW_TWIN}\n"


def test_an_edit_that_its_twin_has_already_may_have_been_made_there() -> None:
    refusal = refused(block(OLD_TWIN, NEW_TWIN), TWINS)
    assert "the new lines stand in the file already (at line 8), and the old ones in another place (at line 2)" in str(
        refusal
    )
    assert "The old lines stand in lines" in refusal.ask_again()
    assert becomes(block(f"def a():\n{OLD_TWIN}", f"def a():\n{NEW_TWIN}"), TWINS) == TWINS.replace("y = 2", "y = 3")


def test_a_number_or_a_line_above_says_that_the_other_one_is_meant() -> None:
    rows = ["     x = 1", "-    y = 2", "+    y = 3", "     return x"]
    after = TWINS.replace("y = 2", "y = 3")
    assert becomes(diff(*rows, header="@@ -2,3 +2,3 @@"), TWINS) == after
    assert becomes(envelope("@@ def a():", *rows), TWINS) == after
    assert "stand in the file already" in str(refused(diff(*rows, header="@@ -4,3 +4,3 @@"), TWINS))


def test_a_twin_that_the_reply_itself_makes_is_none() -> None:
    before = TWINS.replace("y = 3", "y = 4")
    both = block(OLD_TWIN, NEW_TWIN) + block("    x = 1\n    y = 4\n    return x", NEW_TWIN)
    assert becomes(both, before) == before.replace("y = 2", "y = 3").replace("y = 4", "y = 3")


@pytest.mark.parametrize(
    ("old", "new", "before"),
    [
        ("gone()", "", "one()\n"),  # a deletion whose place is not told
        ("gone()\none()", "one()", "zero()\none()\ntwo()\n"),  # another line stands where it stood
        ("one()\ngone()", "one()", "one()\nagain()\n"),
        ("gone()", "\n", "one()\n\ntwo()\n"),  # blank lines stand everywhere
        ("gone()", "other()", "one()\n"),
    ],
)
def test_too_little_evidence_is_refused(old: str, new: str, before: str) -> None:
    assert reasons(block(old, new), before) == ["the lines to replace are not in the file"]


def test_a_deletion_whose_neighbours_are_together_is_done() -> None:
    reply = block("one()\ngone()\ntwo()\nthree()", "one()\ntwo()\nthree()")
    assert is_done(reply, "one()\ntwo()\nthree()\nfour()\n")
    assert is_done(block("one()\ngone()\ntwo()", "one()\ntwo()"), "one()\ntwo()\nthree()\n")
    assert is_done(block("one()\ngone()", "one()"), "zero()\none()\n")  # it ended the file
    assert is_done(block("gone()\none()", "one()"), "one()\ntwo()\n")  # it began it


def test_a_whole_file_that_is_there_is_done() -> None:
    assert is_done(whole(FILE), FILE)
    assert is_done(whole(FILE), FILE.replace("\n", "\r\n"))
    assert is_done(whole(FILE), FILE.rstrip("\n"))


def test_a_new_file_that_is_there_is_done_and_another_one_is_not() -> None:
    added = "*** Begin Patch\n*** Add File: a.py\n+one()\n+two()\n*** End Patch\n"
    assert is_done(added, "one()\ntwo()\n")
    assert is_done(block("", "one()\ntwo()"), "one()\ntwo()")
    assert reasons(added, "one()\nthree()\n")
    assert "the file exists" in reasons(block("", "one()\ntwo()"), "one()\nthree()\n")[0]
