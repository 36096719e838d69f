"""A finding that no file can hold is refused where it is made."""

from typing import Any

import pytest

from bot.diff import Side
from tasks.review.finding import Category, Finding, Severity


def _finding(**given: Any) -> Finding:
    values: dict[str, Any] = {"path": "shop.py", "first": 3, "last": 4, "title": "Off by one", "body": ""}
    return Finding(
        **{**values, **given}, rule="model/bug", source="model", severity=Severity.MAJOR, category=Category.BUG
    )


@pytest.mark.parametrize(("first", "last"), [(0, 1), (4, 3), (-1, -1), (0, -1)])
def test_lines_that_no_file_has_are_refused(first: int, last: int) -> None:
    with pytest.raises(ValueError, match="no file has the lines"):
        _finding(first=first, last=last)


@pytest.mark.parametrize("given", [{"first": 0, "last": 0}, {"side": Side.OLD}])
def test_a_suggestion_needs_lines_of_the_new_file(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="can be replaced"):
        _finding(suggestion="pass", **given)


def test_severities_are_ordered_and_speak_in_lower_case() -> None:
    assert Severity.CRITICAL > Severity.MAJOR > Severity.MINOR > Severity.INFO
    assert str(Severity.CRITICAL) == "critical"
