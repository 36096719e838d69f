"""The state of one of our jobs as it stands beside a commit, and jobs of others that failed there. Pure."""

import dataclasses
import enum
import re

LONGEST_TITLE = 60  # characters; a forge shows no more of it in a list
LONGEST_SUMMARY = 65_535  # the strictest forge counts characters or bytes and does not say which, so bytes
LONGEST_MESSAGE = 64 * 1024  # bytes of an annotation
LONGEST_HEADING = 255  # characters of an annotation's title
LAST_BYTES = 200_000  # of a log, when nobody asks for more or less
_CUT = "\n\n*The rest does not fit here.*"
_SHA = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)


class Status(enum.StrEnum):
    """How far a job has come."""

    QUEUED = "queued"
    IN_PROGRESS = "in_progress"
    COMPLETED = "completed"


class Conclusion(enum.StrEnum):
    """How a job ended."""

    SUCCESS = "success"
    NEUTRAL = "neutral"
    FAILURE = "failure"
    CANCELLED = "cancelled"
    TIMED_OUT = "timed_out"
    SKIPPED = "skipped"


class Level(enum.StrEnum):
    """How bad it is what an annotation says."""

    NOTICE = "notice"
    WARNING = "warning"
    FAILURE = "failure"


@dataclasses.dataclass(frozen=True, slots=True)
class Annotation:
    """One remark on the lines `first` to `last` of a file as it is in the commit, counted from 1; plain text.

    Raises `ValueError` for lines that no file has.
    """

    path: str
    first: int
    last: int
    message: str
    level: Level = Level.WARNING
    title: str = ""

    def __post_init__(self) -> None:
        """Refuse lines that no file has."""
        if not 1 <= self.first <= self.last:
            raise ValueError(f"no file has the lines {self.first} to {self.last}")


@dataclasses.dataclass(frozen=True, slots=True)
class CheckReport:
    """What is known of a job of ours on the commit `head`.

    `key` is our own name of the job, by which a later report finds the same check again. `summary` is Markdown.
    `conclusion` is there if and only if `status` is completed. `annotations` may only grow from one report of a job to
    the next: forges append. Raises `ValueError` for a conclusion that does not fit and a `head` that is no full sha.
    """

    name: str
    head: str
    key: str
    status: Status
    title: str
    summary: str
    conclusion: Conclusion | None = None
    details_url: str = ""
    annotations: tuple[Annotation, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a report that contradicts itself."""
        if (self.status is Status.COMPLETED) is (self.conclusion is None):
            raise ValueError("a job has a conclusion when it is completed, and only then")
        if not is_sha(self.head):
            raise ValueError(f"{self.head!r} is no full sha of a commit")


@dataclasses.dataclass(frozen=True, slots=True)
class FailedJob:
    """A job of the repository's own CI that failed; `step` is the first of its steps that did, empty if not told."""

    id: str
    name: str
    url: str
    step: str = ""


def is_sha(text: str) -> bool:
    """Return whether a text is the full name of a commit."""
    return _SHA.fullmatch(text) is not None


def within_limits(report: CheckReport) -> CheckReport:
    """Return a report that every forge takes: what is too long is cut at its end, and texts hold no half characters."""
    return dataclasses.replace(
        report,
        title=_shown(report.title, LONGEST_TITLE),
        summary=_summary(report.summary),
        annotations=tuple(map(_annotation, report.annotations)),
    )


def _annotation(said: Annotation) -> Annotation:
    message = _first_bytes(said.message, LONGEST_MESSAGE)
    return dataclasses.replace(said, path=_whole(said.path), message=message, title=_shown(said.title, LONGEST_HEADING))


def _summary(text: str) -> str:
    if len(_whole(text).encode()) <= LONGEST_SUMMARY:
        return _whole(text)
    longest_fence = 64
    kept = _first_bytes(text, LONGEST_SUMMARY - len(_CUT) - longest_fence)
    kept = kept[: kept.rfind("\n")] if "\n" in kept else kept
    return kept + _end_of_block(kept, longest_fence) + _CUT


def _end_of_block(markdown: str, longest: int) -> str:
    """Return what ends the code block that a text leaves open, so that what follows is not code."""
    fence = ""
    for found in _FENCE.findall(markdown):
        if not fence:
            fence = found
        elif found.startswith(fence):
            fence = ""
    return f"\n{fence}" if len(fence) < longest else ""


def _shown(text: str, limit: int) -> str:
    line = " ".join(_whole(text).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def _first_bytes(text: str, limit: int) -> str:
    return _whole(text).encode()[:limit].decode("utf-8", "ignore")


def _whole(text: str) -> str:
    return text.encode("utf-8", "replace").decode("utf-8")
