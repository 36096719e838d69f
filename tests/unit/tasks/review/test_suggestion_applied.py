"""What a click on a suggestion makes of a file, to the byte."""

import pytest
from stories.review_findings import finding

from tasks.review.suggestion import apply, check_suggestion

HEAD = """\
import os


def price(cart):
    total = 0
    for item in cart:
        total = total + item.price
    return total
"""


def test_crlf_and_a_missing_last_newline_are_kept() -> None:
    head = HEAD.replace("\n", "\r\n").removesuffix("\r\n")
    checked = check_suggestion(finding(8, 8, suggestion="    return total\n    # end"), head.encode())
    after = apply(checked, head)
    assert after == f"{head}\r\n    # end"
    assert apply(finding(7, 7, suggestion="        x = 1"), head).splitlines(keepends=True)[6] == "        x = 1\r\n"


@pytest.mark.parametrize(
    ("first", "last", "suggestion", "after"),
    [
        (1, 1, "A", "A\nb\nc"),
        (3, 3, "C", "a\nb\nC"),
        (3, 3, "C\nD", "a\nb\nC\nD"),
        (3, 3, "", "a\nb\n"),
        (2, 2, "", "a\nc"),
        (1, 3, "", ""),
        (2, 2, "\n", "a\n\n\nc"),
    ],
)
def test_a_click_replaces_just_the_lines(first: int, last: int, suggestion: str, after: str) -> None:
    assert apply(finding(first, last, suggestion=suggestion), "a\nb\nc") == after


def test_nothing_is_applied_to_lines_that_are_not_there() -> None:
    with pytest.raises(ValueError, match="nothing to apply"):
        apply(finding(3, 4, suggestion="x"), "a\nb\nc\n")
    with pytest.raises(ValueError, match="nothing to apply"):
        apply(finding(3, 3), "a\nb\nc\n")


def test_a_byte_order_mark_is_not_replaced() -> None:
    head = "\ufeff" + HEAD
    assert check_suggestion(finding(1, 1, suggestion="import sys"), head).suggestion is None
    checked = check_suggestion(finding(7, 7, suggestion="        total += item.price"), head.encode())
    assert apply(checked, head).startswith("\ufeffimport os\n")
