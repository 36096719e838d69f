"""Findings for the review's tests: what a model says, with everything unsaid filled in."""

from typing import Any

from bot.diff import Side
from tasks.review.finding import MODEL, Category, Finding, Severity

_USUAL: dict[str, Any] = {
    "path": "shop.py",
    "first": 0,
    "last": 0,
    "title": "Off by one",
    "body": "The last one is missed.",
    "rule": "model/bug",
    "source": MODEL,
    "severity": Severity.MAJOR,
    "category": Category.BUG,
}


def finding(first: int = 0, last: int = 0, **said: Any) -> Finding:
    """Return a finding about lines `first` to `last`, or about one."""
    return Finding(**{**_USUAL, "first": first, "last": last or first, **said})


def quoting(quote: str, first: int = 0, last: int = 0, **said: Any) -> Finding:
    """Return a finding that quotes lines."""
    return finding(first, last, quote=quote, **said)


def lines_of(found: Finding) -> tuple[str, int, int, Side]:
    """Return where a finding is."""
    return found.path, found.first, found.last, found.side
