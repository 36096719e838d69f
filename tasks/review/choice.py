"""Which findings are said at their lines, which only listed, and how many not at all. Pure."""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from tasks.review.finding import MODEL, Finding, Severity
from tasks.review.meaning import is_told_twice

_ALIKE = 5  # lines by which the ranges of one problem differ, when a model and a tool name it


@dataclasses.dataclass(frozen=True, slots=True)
class Choice:
    """What becomes of the findings of a run; each of them is in one of the lists or counted.

    `posted` stand at their lines, `folded` are listed in the summary, both with the worst first. `merged` were said
    by another finding too, `unsure` had too little confidence, `minor` were below the floor.
    """

    posted: tuple[Finding, ...]
    folded: tuple[Finding, ...]
    merged: int
    unsure: int
    minor: int

    def dropped_text(self) -> str:
        """Return one sentence that says how many findings are not shown, and why; empty where all are."""
        parts = [
            f"{count} {why}"
            for count, why in ((self.minor, "below the severity that is asked for"), (self.unsure, "too unsure"))
            if count
        ]
        return f"Not shown: {', '.join(parts)}." if parts else ""


def choose(findings: Sequence[Finding], *, floor: Severity, least_confidence: float, most: int) -> Choice:
    """Choose among the anchored findings of one run: at most `most` of them are posted, the worst first.

    Of one problem that a model and a tool found, or two readings of a model, one finding remains, the tool's before
    the model's, with the greater severity. The order of `findings` does not matter.
    """
    single = merged(findings)
    sure = [finding for finding in single if finding.confidence >= least_confidence]
    grave = sorted((finding for finding in sure if finding.severity >= floor), key=_rank)
    return Choice(
        posted=tuple(grave[: max(0, most)]),
        folded=tuple(grave[max(0, most) :]),
        merged=len(findings) - len(single),
        unsure=len(single) - len(sure),
        minor=len(sure) - len(grave),
    )


def _rank(finding: Finding) -> tuple[object, ...]:
    place = (finding.path, finding.first, finding.last, finding.side)
    words = (finding.category, finding.rule, finding.title, finding.source, finding.body, finding.suggestion or "")
    return (-finding.severity, -finding.confidence, *place, *words)


def merged(findings: Iterable[Finding]) -> list[Finding]:
    """Return the findings with one for each problem that several name, the tool's before the model's."""
    by_category = _grouped(findings, lambda one: (one.path, one.side, one.category))
    single = [finding for group in by_category for finding in _merged_group(group, _is_same)]
    by_file = _grouped(single, lambda one: (one.path, one.side))
    return [finding for group in by_file for finding in _merged_group(group, _is_same_elsewhere)]


def _grouped(findings: Iterable[Finding], key: Callable[[Finding], tuple[str, ...]]) -> Iterable[list[Finding]]:
    groups: defaultdict[tuple[str, ...], list[Finding]] = defaultdict(list)
    for finding in sorted(findings, key=lambda one: (one.first, one.last, _rank(one))):
        groups[key(finding)].append(finding)
    return groups.values()


def _merged_group(group: Sequence[Finding], is_same: Callable[[Finding, Finding], bool]) -> list[Finding]:
    """Merge findings of one file and side, sorted by their lines; those farther up are out of reach."""
    done: list[Finding] = []
    near: list[Finding] = []
    for finding in group:
        done += [one for one in near if one.last < finding.first]
        near = [one for one in near if one.last >= finding.first]
        twin = next((at for at, one in enumerate(near) if is_same(one, finding)), None)
        if twin is None:
            near.append(finding)
        else:
            near[twin] = _one_of(near[twin], finding)
    return done + near


def _is_same(one: Finding, other: Finding) -> bool:
    """Say whether two findings of one file and category, whose lines overlap, are about one problem."""
    if _words(one.title) == _words(other.title) or (one.rule == other.rule and one.source != other.source):
        return True
    if one.first == 0 or other.first == 0:
        return False
    is_there = (one.first, one.last) == (other.first, other.last)
    if one.source == other.source:
        return is_there and (one.rule == other.rule or one.source == MODEL)
    return is_there or (_is_alike(one, other) and MODEL in {one.source, other.source})


def _is_same_elsewhere(one: Finding, other: Finding) -> bool:
    """Say whether two findings whose lines overlap are about one problem that has two categories."""
    return one.first > 0 and other.first > 0 and _is_alike(one, other) and is_told_twice(one, other)


def _is_alike(one: Finding, other: Finding) -> bool:
    return abs((one.last - one.first) - (other.last - other.first)) <= _ALIKE


def _one_of(one: Finding, other: Finding) -> Finding:
    """Return the finding that speaks for both: a tool's is exact and says the same every time."""
    winner, loser = sorted((one, other), key=lambda finding: (finding.source == MODEL, _rank(finding)))
    suggestion = winner.suggestion
    if suggestion is None and (winner.first, winner.last) == (loser.first, loser.last):
        suggestion = loser.suggestion
    return dataclasses.replace(
        winner,
        severity=max(one.severity, other.severity),
        confidence=max(one.confidence, other.confidence),
        suggestion=suggestion,
    )


def _words(title: str) -> list[str]:
    return title.casefold().rstrip(".").split()
