"""Our reports in GitHub's words: check runs, and commit statuses. Pure."""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.check import Annotation, CheckReport, Conclusion, Status

MOST_ANNOTATIONS = 50  # in one request
_STATES = {
    Conclusion.SUCCESS: "success",
    Conclusion.NEUTRAL: "pending",  # a status knows no end that is neither green nor red, and green would be a lie
    Conclusion.SKIPPED: "success",
    Conclusion.FAILURE: "failure",
    Conclusion.TIMED_OUT: "failure",
    Conclusion.CANCELLED: "error",
}


def as_requests(check: CheckReport, sent: int) -> Iterator[dict[str, Any]]:
    """Return the bodies that show a report, one or more; the first `sent` of its annotations are there already.

    Only the last one ends the check, so a check that is completed has all its annotations.
    """
    left = check.annotations[sent:]
    starts = range(0, max(1, len(left)), MOST_ANNOTATIONS)
    for start in starts:
        batch = left[start : start + MOST_ANNOTATIONS]
        output = {"title": check.title, "summary": check.summary, "annotations": [_annotation(each) for each in batch]}
        link = {"details_url": check.details_url} if check.details_url else {}
        yield {"name": check.name, "output": output, **link, **_progress(check, is_last=start == starts[-1])}


def as_status(check: CheckReport) -> dict[str, Any]:
    """Return a report as a commit status: what GitHub knows no word for is said by the title alone."""
    return {
        "state": _STATES[check.conclusion] if check.conclusion else "pending",
        "context": check.name,
        "description": check.title,
        "target_url": check.details_url or None,
    }


def same_status(shown: Mapping[str, Any], wanted: Mapping[str, Any]) -> bool:
    """Return whether a status shows already what it should."""
    return all((shown.get(name) or None) == (value or None) for name, value in wanted.items())


def _progress(check: CheckReport, *, is_last: bool) -> dict[str, str]:
    if check.conclusion is None:
        return {"status": str(check.status)}
    if not is_last:
        return {"status": str(Status.IN_PROGRESS)}
    return {"status": str(check.status), "conclusion": str(check.conclusion)}


def _annotation(said: Annotation) -> dict[str, Any]:
    titled = {"title": said.title} if said.title else {}
    return {
        "path": said.path,
        "start_line": said.first,
        "end_line": said.last,
        "annotation_level": str(said.level),
        "message": said.message,
        **titled,
    }
