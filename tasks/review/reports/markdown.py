"""A review as Markdown, for a terminal, a CI log or a job's summary."""

from tasks.review.finding import Finding
from tasks.review.rendering import render
from tasks.review.report import Report


def to_markdown(report: Report) -> str:
    """Return a review with everything in it: verdict, table, findings by file with code, and what was not looked at."""
    files: dict[str, list[Finding]] = {}
    for each in report.findings:
        files.setdefault(each.finding.path, []).append(each.finding)
    return render("report.md.j2", report=report, files=files) + "\n"
