"""A review as a Code Quality report, which a forge shows beside the change."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any

from bot.diff import Side
from tasks.quoting import one_line
from tasks.review.finding import Category, Finding
from tasks.review.report import Report
from tasks.review.reports.text import whole

GAP = "codex-bot/not-reviewed"
_CATEGORIES = {
    Category.BUG: "Bug Risk",
    Category.SECURITY: "Security",
    Category.PERFORMANCE: "Performance",
    Category.TEST: "Bug Risk",
    Category.DOCS: "Clarity",
    Category.STYLE: "Style",
}


def to_code_quality(report: Report) -> str:
    """Return a review as the text of a Code Quality report.

    The format has no word for a run that did not look at everything, and an empty list reads as "no trouble": so every
    gap and failure is an issue of its own. Folded findings are left out. What has no line stands on a file's first.
    """
    unique = _Unique()
    issues = [
        *(_issue(each.finding, unique.of(each.fingerprint)) for each in report.findings),
        *(_gap(gap.path, f"Not reviewed: {gap.reason}", unique) for gap in report.not_covered),
        *(_gap("", f"The review did not come to its end: {failure}", unique) for failure in report.failures),
    ]
    return json.dumps(issues, indent=1)


class _Unique:
    """Fingerprints of which no two are alike: of issues with the same one only the first is shown."""

    def __init__(self) -> None:
        self._given: set[str] = set()

    def of(self, fingerprint: str) -> str:
        found = next(each for each in _variants(fingerprint) if each not in self._given)
        self._given.add(found)
        return found


def _variants(fingerprint: str) -> Iterator[str]:
    """Go through a fingerprint and what is made of it, the same in every run."""
    yield fingerprint
    number = 2
    while True:
        yield _hash(f"{fingerprint} {number}")
        number += 1


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]


def _issue(found: Finding, fingerprint: str) -> dict[str, Any]:
    is_old = found.side is Side.OLD and found.first > 0
    where = f" (at line {found.first} before the change)" if is_old else ""
    lines = {"begin": 1} if is_old or not found.first else {"begin": found.first, "end": found.last}
    return {
        "description": f"{one_line(whole(found.title))}{where}",
        "check_name": whole(found.rule),
        "fingerprint": fingerprint,
        "severity": str(found.severity),  # the same words as ours
        "categories": [_CATEGORIES[found.category]],
        "location": {"path": whole(found.path) or ".", "lines": lines},
    }


def _gap(path: str, text: str, unique: _Unique) -> dict[str, Any]:
    return {
        "description": one_line(whole(text), 300),
        "check_name": GAP,
        "fingerprint": unique.of(_hash(f"{GAP} {path} {text}")),
        "severity": "info",
        "location": {"path": whole(path) or ".", "lines": {"begin": 1}},
    }
