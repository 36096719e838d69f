"""Single values out of a model's answer, whatever type it gave them; what says nothing becomes a default. Pure."""

import re
from typing import Any

from tasks.quoting import mend_turns
from tasks.review.finding import Category, Severity

_FENCED = re.compile(r"\A\s*(`{3,}|~{3,})[^\n]*\n(.*?)\n?\s*\1\s*\Z", re.DOTALL)
_NUMBERED = re.compile(r"[ \t]*(?:\d+[ \t]*[+-]?|[+-])[ \t]*\| ?")
_NO_CODE = frozenset({"", "null", "none", "n/a", "-"})
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?")
_SEVERITIES = {
    "blocker": Severity.CRITICAL,
    "high": Severity.MAJOR,
    "error": Severity.MAJOR,
    "medium": Severity.MINOR,
    "moderate": Severity.MINOR,
    "warning": Severity.MINOR,
    "low": Severity.MINOR,
    "nit": Severity.INFO,
    "note": Severity.INFO,
    "trivial": Severity.INFO,
} | {str(severity): severity for severity in Severity}
_CATEGORIES = {
    "documentation": Category.DOCS,
    "comment": Category.DOCS,
    "naming": Category.STYLE,
    "readability": Category.STYLE,
    "maintainability": Category.STYLE,
    "testing": Category.TEST,
    "tests": Category.TEST,
} | {str(category): category for category in Category}
_WORDS = {"high": 0.9, "medium": 0.6, "low": 0.3}
UNSAID = 0.5  # the confidence of somebody who does not tell
_PERCENT = 100


def text(value: Any, limit: int) -> str:
    """Return a text of at most `limit` characters; numbers are written out, anything else is no text."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    said = str(value).replace("\r\n", "\n").strip("\n")
    return said if len(said) <= limit else said[:limit] + "…"


def lines(value: Any, limit: int) -> str | None:
    """Return lines of code without the fence or the line numbers that a model copied along.

    None for what is no code or longer than `limit`. An empty text is no code either: models write it where they have
    nothing to say, and where it stands for lines it would delete them.
    """
    if not isinstance(value, str) or len(value) > limit:
        return None
    said = mend_turns(value.replace("\r\n", "\n"))  # it was shown with broken control tokens
    fenced = _FENCED.match(said)
    said = (fenced[2] if fenced else said).removesuffix("\n")
    if said.strip().lower() in _NO_CODE:
        return None
    each = said.split("\n")
    if all(_NUMBERED.match(line) for line in each):
        each = [_NUMBERED.sub("", line, count=1) for line in each]
    return "\n".join(each)


def whole(value: Any) -> int:
    """Return a number of 1 or more, or 0; of a text such as "12-14" the first."""
    match = None if isinstance(value, bool) else _NUMBER.search(str(value))
    number = float(match[0]) if match else 0.0
    return int(number) if 1 <= number <= 10**9 else 0


def confidence(value: Any) -> float:
    """Return a confidence between 0 and 1; 85 and "85%" are 0.85."""
    if isinstance(value, bool):
        return UNSAID
    match = _NUMBER.search(str(value))
    if match is None:
        return _WORDS.get(str(value).strip().lower(), UNSAID)
    number = float(match[0])
    return min(max(number / _PERCENT if number > 1 else number, 0.0), 1.0)


def severity(value: Any) -> Severity:
    """Return the severity that a word stands for; an unknown one is minor."""
    return _SEVERITIES.get(str(value).strip().lower(), Severity.MINOR)


def category(value: Any) -> Category:
    """Return the category that a word stands for; an unknown one is a bug."""
    return _CATEGORIES.get(str(value).strip().lower(), Category.BUG)


def yes(value: Any) -> bool:
    """Say whether a model meant yes."""
    return value is True or str(value).strip().lower() in {"true", "yes", "1"}
