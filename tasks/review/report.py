"""What a whole review came to, for whoever shows it: a forge, a terminal, a file for other programs. Pure."""

import dataclasses
import enum

from tasks.review.finding import Finding


class Verdict(enum.StrEnum):
    """How a review ended; only the first two mean that everything was looked at."""

    CLEAN = "clean"
    FINDINGS = "findings"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclasses.dataclass(frozen=True, slots=True)
class Reported:
    """A finding and its fingerprint, by which the same finding of a later review is known again."""

    finding: Finding
    fingerprint: str


@dataclasses.dataclass(frozen=True, slots=True)
class NotCovered:
    """A file, or part of one, that nobody looked at, and why; both in words for people."""

    path: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """One review of the commit `head`.

    `findings` are what is said aloud, `folded` what is told only to those who ask: below the floor, or over the cap.
    `still_open` counts what earlier reviews told and nobody has mended.
    `failures` are what went wrong, `absent` the tools that this machine lacks, `model` who read it, empty for nobody.
    Raises `ValueError` for a verdict that is better than the rest allows: what was not looked at is never clean.
    """

    verdict: Verdict
    head: str
    findings: tuple[Reported, ...] = ()
    folded: tuple[Reported, ...] = ()
    not_covered: tuple[NotCovered, ...] = ()
    failures: tuple[str, ...] = ()
    absent: tuple[str, ...] = ()
    model: str = ""
    still_open: int = 0

    def __post_init__(self) -> None:
        """Refuse a verdict that contradicts what it stands for."""
        has_gaps = bool(self.not_covered or self.failures)
        if self.is_complete is has_gaps:
            raise ValueError(f"{self.verdict} with {len(self.not_covered)} gaps and {len(self.failures)} failures")
        if self.is_complete and (self.verdict is Verdict.CLEAN) is bool(self.findings or self.still_open):
            raise ValueError(f"{self.verdict} with {len(self.findings)} findings")

    @property
    def is_complete(self) -> bool:
        """Return whether everything that was to be looked at was looked at."""
        return self.verdict in {Verdict.CLEAN, Verdict.FINDINGS}
