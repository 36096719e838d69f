"""Blank lines that the reply does not speak of: they stay, and what comes beside them comes where that is sure."""

import pytest
from stories.patches import applied, becomes, block, diff, reasons

GAPPED = "one()\n\n\ntwo()\nthree()\n\nfour()\n"


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        # Missing in the reply: those of the file stay.
        ("one()\ntwo()\nthree()", "one()\ntwo()\nTHREE()", "one()\n\n\ntwo()\nTHREE()\n\nfour()\n"),
        ("one()\n\ntwo()", "ONE()\n\ntwo()", "ONE()\n\n\ntwo()\nthree()\n\nfour()\n"),
        ("one()\ntwo()", "ONE()\nTWO()", "ONE()\n\n\nTWO()\nthree()\n\nfour()\n"),
        # Missing in the file: they do not come.
        ("two()\n\nthree()", "two()\n\nTHREE()", "one()\n\n\ntwo()\nTHREE()\n\nfour()\n"),
        # What goes away takes blank lines of its own along, others stay.
        ("three()\nfour()", "four()", "one()\n\n\ntwo()\n\nfour()\n"),
        # New lines with a blank one at one end say on which side of those of the file they come.
        ("three()\nfour()", "three()\n\nnew()\nfour()", "one()\n\n\ntwo()\nthree()\n\nnew()\n\nfour()\n"),
        ("three()\nfour()", "three()\nnew()\n\nfour()", "one()\n\n\ntwo()\nthree()\n\nnew()\n\nfour()\n"),
        # An edited line next to blank ones tells where the others that come with it belong.
        ("three()\nfour()", "new()\nthree(1)\nfour()", "one()\n\n\ntwo()\nnew()\nthree(1)\n\nfour()\n"),
        ("three()\nfour()", "three()\nfour(1)\nnew()", "one()\n\n\ntwo()\nthree()\n\nfour(1)\nnew()\n"),
    ],
)
def test_blank_lines_may_be_missing_on_either_side(old: str, new: str, after: str) -> None:
    assert applied(block(old, new), GAPPED) == (after, ("blank lines",))


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("three()\nfour()", "three()\nnew()\nfour()", "blank lines in the file where new lines come"),
        ("three()\nfour()", "three()\n\nnew()\n\nfour()", "blank lines in the file where new lines come"),
        ("three()\nfour()", "three(1)\nplain\nfour()", "blank lines in the file beside those to replace"),
        ("three()\nfour()", "three()\nnew()\nfour(1)", "blank lines in the file beside those to replace"),
        ("one()\ntwo()\nthree()", "x\ny\nz\nthree()", "blank lines in the file beside those to replace"),
    ],
)
def test_new_lines_beside_blank_ones_that_were_not_told_are_refused(old: str, new: str, reason: str) -> None:
    assert reason in reasons(block(old, new), GAPPED)[0]


IMPORTS = """\
import os
import re


class One:
    def run(self):
        return 1

    def stop(self):
        return 0
"""


@pytest.mark.parametrize(
    ("old", "new", "after"),
    [
        # It is much like the line before, or like the one behind.
        ("import re\n\nclass One:", "import re\nimport io\n\nclass One:", ("import re\n", "import re\nimport io\n")),
        (
            "        return 1\n    def stop(self):",
            "        return 1\n    def step(self, x):\n        return x\n\n    def stop(self):",
            ("    def stop", "    def step(self, x):\n        return x\n\n    def stop"),
        ),
        # It is as deep as the line before, and not as the other.
        (
            "        return 1\n    def stop(self):",
            "        return 1\n        print(self.run.__name__)\n    def stop(self):",
            ("return 1\n", "return 1\n        print(self.run.__name__)\n"),
        ),
    ],
)
def test_new_lines_come_to_those_that_they_belong_to(old: str, new: str, after: tuple[str, str]) -> None:
    assert becomes(block(old, new), IMPORTS) == IMPORTS.replace(*after)


TWO = "class A:\n    one()\n\n\ntwo()\n"


@pytest.mark.parametrize(
    ("new", "after"),
    [
        ("    one()\n\n    new()\n\ntwo()", "    one()\n\n    new()\n\n\ntwo()\n"),  # it is of what ends there
        ("    one()\nnew()\n\n\ntwo()", "    one()\n\nnew()\n\n\ntwo()\n"),  # has as many as there were
        ("    one()\n\nnew()\ntwo()", "    one()\n\n\nnew()\ntwo()\n"),  # those of the file stay together
    ],
)
def test_of_more_blank_lines_than_the_reply_has_the_others_are_on_one_side(new: str, after: str) -> None:
    assert becomes(block("    one()\n\ntwo()", new), TWO) == f"class A:\n{after}"


@pytest.mark.parametrize(
    "new", ["    one()\nnew()\n\ntwo()", "    one()\n\nnew()\n\ntwo()", "    one()\n\n\nnew()\n\n\ntwo()"]
)
def test_where_they_may_be_on_either_it_is_refused(new: str) -> None:
    assert "blank lines in the file" in reasons(block("    one()\n\ntwo()", new), TWO)[0]


SHOP = "total = 0\nfor item in basket:\n    total += item.price\n\nreturn total\n"


def test_what_is_replaced_is_replaced_where_it_stood() -> None:
    old = "for item in basket:\n    total += item.price\nreturn total"
    new = "for item in basket:\n    if item.free:\n        continue\n    total += item.cost\nreturn total"
    assert becomes(block(old, new, "a.txt"), SHOP, "a.txt") == SHOP.replace(
        "    total += item.price", "    if item.free:\n        continue\n    total += item.cost"
    )
    above = "    total += item.price\nreturn total"
    assert becomes(block(above, "    total += item.price\nyield 7", "a.txt"), SHOP, "a.txt") == SHOP.replace(
        "return total", "yield 7"
    )


def test_on_both_sides_of_a_blank_line_it_is_parted_between_lines_that_are_the_old_ones_edited() -> None:
    old = "    total += item.price\nreturn total"
    new = "    if item:\n        total += item.price * 2\nreturn total + tip"
    after = "total = 0\nfor item in basket:\n    if item:\n        total += item.price * 2\n\nreturn total + tip\n"
    assert becomes(block(old, new, "a.txt"), SHOP, "a.txt") == after
    assert "blank lines in the file beside those to replace" in reasons(
        block(old, "    a = 7\n    b = 8\n    c = 9", "a.txt"), {"a.txt": SHOP}
    )[0]  # fmt: skip


@pytest.mark.parametrize(
    ("rows", "after"),
    [
        # What comes before lines go away comes above what stood between them.
        (
            ("     total += item.price", "+    count += 1", "-return total", "+return total / count"),
            ("\n\nreturn total", "\n    count += 1\n\nreturn total / count"),
        ),
        (
            ("-    total += item.price", "+    pass", "+    pass", "-return total", "+return 0"),
            ("    total += item.price\n\nreturn total", "    pass\n    pass\n\nreturn 0"),
        ),
        # Without that, new lines come where old ones went.
        (
            ("     total += item.price", "-return total", "+mean = 0", "+return total, mean"),
            ("return total", "mean = 0\nreturn total, mean"),
        ),
    ],
)
def test_the_order_of_a_diff_tells_where_a_blank_line_stood(rows: tuple[str, ...], after: tuple[str, str]) -> None:
    assert becomes(diff(*rows, path="a.txt"), SHOP, "a.txt") == SHOP.replace(*after)


def test_a_block_does_not_tell_it() -> None:
    old, new = "    total += item.price\nreturn total", "    total += item.price\nmean = 0\nreturn total, mean"
    assert "blank lines in the file beside those to replace" in reasons(block(old, new, "a.txt"), {"a.txt": SHOP})[0]


def test_no_blank_lines_are_heaped_up() -> None:
    before = "one()\ntwo()\n\nthree()\n\n\nfour()\n"
    moved = block("one()\ntwo()\nthree()\n\n\nfour()", "one()\nthree()\n\ntwo()\n\n\nfour()")
    assert "blank lines in the file" in reasons(moved, before)[0]


def test_of_equal_blank_lines_any_goes_but_none_is_replaced() -> None:
    assert becomes(block("one()\n\ntwo()", "one()\ntwo()"), "one()\n\n\ntwo()\n") == "one()\n\ntwo()\n"
    reply = block("one()\n\ntwo()", "one()\nnew()\ntwo()")
    assert "blank lines in the file" in reasons(reply, "one()\n\n\ntwo()\n")[0]
