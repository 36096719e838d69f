"""Reads Code Quality reports as the CI's tools write them. What cannot be read is named."""

from typing import Any

from pydantic import BaseModel, Field

from tasks.review.finding import Category, Finding, Severity
from tasks.review.reports.intake import (
    MOST_FINDINGS,
    Intake,
    Problem,
    ReportError,
    few,
    lines,
    parse,
    rule_name,
    said,
    slug,
    validated,
)
from tasks.review.reports.paths import from_path

_SEVERITIES = {
    "info": Severity.INFO,
    "minor": Severity.MINOR,
    "major": Severity.MAJOR,
    "critical": Severity.CRITICAL,
    "blocker": Severity.CRITICAL,
}
_CATEGORIES = {
    "security": Category.SECURITY,
    "performance": Category.PERFORMANCE,
    "bug risk": Category.BUG,
    "style": Category.STYLE,
    "clarity": Category.STYLE,
    "complexity": Category.STYLE,
    "duplication": Category.STYLE,
}


class _Lines(BaseModel, frozen=True):
    begin: int | None = None
    end: int | None = None


class _Position(BaseModel, frozen=True):
    line: int | None = None


class _Positions(BaseModel, frozen=True):
    begin: _Position = _Position()
    end: _Position = _Position()


class _Location(BaseModel, frozen=True):
    """A file and its lines, told in either of two ways."""

    path: str
    lines: _Lines = _Lines()
    positions: _Positions = _Positions()


class _Issue(BaseModel, frozen=True):
    description: str
    check: str = Field("", alias="check_name")
    severity: str = ""
    location: _Location
    categories: list[str] = []
    content: dict[str, Any] = {}


def read_code_quality(data: bytes, root: str = "", *, source: str = "code-quality") -> Intake:
    """Return the findings of a Code Quality report, with paths of the repository; see `code_quality_findings`."""
    try:
        return code_quality_findings(parse(data), root, source=source)
    except ReportError as error:
        return Intake(problems=(Problem("the report", str(error)),))


def code_quality_findings(issues: object, root: str, *, source: str = "code-quality") -> Intake:
    """Return the findings of a parsed report; raises `ReportError` for what is none.

    `root` is the absolute path at which the tool saw the checkout. The format does not tell the tool's name: `source`
    is what the caller knows of it, and is put before the names of rules that have no tool's name before them.
    """
    if not isinstance(issues, list):
        raise ReportError("it is no list of issues")
    findings: list[Finding] = []
    problems: list[Problem] = []
    for number, issue in enumerate(issues[:MOST_FINDINGS], start=1):
        try:
            findings.append(_finding(validated(_Issue, issue), root, slug(source)))
        except ReportError as error:
            problems.append(Problem(f"issue {number}", str(error)))
    if len(issues) > MOST_FINDINGS:
        problems.append(Problem("the report", f"{len(issues) - MOST_FINDINGS} issues too many were not read"))
    return Intake(tuple(findings), few(problems))


def _finding(issue: _Issue, root: str, source: str) -> Finding:
    at = issue.location
    path = from_path(at.path, root)
    first, last = lines(at.lines.begin or at.positions.begin.line, at.lines.end or at.positions.end.line)
    title, body = said(issue.description)
    severity = _SEVERITIES.get(issue.severity.lower(), Severity.MINOR)
    words = [_CATEGORIES[each.lower()] for each in issue.categories if each.lower() in _CATEGORIES]
    default = Category.STYLE if severity is Severity.INFO else Category.BUG
    return Finding(
        path=path,
        first=first if path else 0,
        last=last if path else 0,
        title=title,
        body=body,
        rule=rule_name("" if "/" in issue.check else source, issue.check),
        source=source,
        severity=severity,
        category=words[0] if words else default,
    )
