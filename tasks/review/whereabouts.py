"""Finds the lines of earlier findings in the files as they are now: moved, indented anew, in a renamed file. Pure."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

from bot.diff import Change, FileDiff, Kind, Side
from bot.memory import KeptFinding
from tasks.review.identity import Source, removed_from, source_of

_BESIDE = 3  # as many lines further off speak for a place as one that is right beside it
_TELLING = 20  # characters of lines and neighbours that must agree before they are taken for the same in another file


class Head:
    """The files of a pull request as they are at its head.

    `files` is its exact diff; `texts` holds the head's files by path, at least all that the diff or an earlier finding
    names and that are there.
    """

    def __init__(self, files: Sequence[FileDiff], texts: Mapping[str, str]) -> None:
        self.files = files
        self._texts = texts
        self._sources: dict[tuple[str, str], Source] = {}
        self._renamed = {file.old_path: file.new_path for file in files if file.change is Change.RENAMED}
        self._named_before = {new: old for old, new in self._renamed.items()}
        self._old = {path: file for file in files for path in (file.new_path, file.old_path) if path}

    def has(self, path: str) -> bool:
        """Return whether there is a file of that name."""
        return path in self._texts

    def source(self, path: str, side: str = Side.NEW) -> Source:
        """Return the lines of a file, or those that the change takes out of it; none where there is no such file."""
        key = (path, side)
        if key not in self._sources:
            if side == Side.OLD:
                file = self._old.get(path)
                self._sources[key] = removed_from(file) if file else Source()
            else:
                self._sources[key] = source_of(self._texts.get(path, ""))
        return self._sources[key]

    def paths(self, path: str) -> list[str]:
        """Return the names of a file: the given one, and those before and after the change renames it."""
        others = (self._renamed.get(path), self._named_before.get(path))
        return list(dict.fromkeys([path, *(other for other in others if other)]))

    def changes(self, path: str) -> bool:
        """Return whether the diff shows anything of a file."""
        return path in self._old

    def spot(self, path: str, side: str, first: int, last: int) -> "Spot":
        """Return the lines `first` to `last` without the empty ones at their ends; the file must hold something."""
        source = self.source(path, side)
        span = source.span(first, last)
        return Spot(path, side, source.numbers[span.start], source.numbers[span.stop - 1])

    def adds(self, spot: "Spot") -> bool:
        """Return whether one of the lines is added by the change."""
        hunks = [hunk for file in self.files if file.new_path == spot.path for hunk in file.hunks]
        return any(
            line.kind is Kind.ADDED and spot.first <= line.new_at <= spot.last for hunk in hunks for line in hunk.lines
        )


@dataclasses.dataclass(frozen=True, slots=True)
class Spot:
    """Where the lines of a finding are now: `first` to `last` of a file, on a side of the diff."""

    path: str
    side: str
    first: int
    last: int

    def overlap(self, other: "Spot") -> float:
        """Return which part of the lines of both is common to both, from 0 to 1."""
        if (self.path, self.side) != (other.path, other.side):
            return 0.0
        common = min(self.last, other.last) - max(self.first, other.first) + 1
        both = max(self.last, other.last) - min(self.first, other.first) + 1
        return max(0, common) / both


def locate(known: Sequence[KeptFinding], head: Head) -> dict[str, Spot]:
    """Return where the lines of earlier findings are now, by fingerprint; those whose lines are gone are missing.

    Of equal lines, each finding gets those with its neighbours, or else they are given out in their order. Where fewer
    of them are left than there were, only those are taken that still have one right beside them, or half of them.
    """
    found: dict[str, Spot] = {}
    heirs = _heirs(known, head)

    def at_home(finding: KeptFinding, head: Head) -> Iterator[_Candidate]:
        return _at_home(finding, head, heirs.get(finding.path))

    for candidates in (at_home, _elsewhere):
        left = [each for each in known if each.copies and each.fingerprint not in found]
        taken: dict[tuple[str, str, str, int], tuple[str, str, int]] = {}
        for candidate in sorted(
            (one for each in left for one in candidates(each, head)), key=lambda one: (-one.likeness, one.distance)
        ):
            finding = candidate.finding
            own = (finding.before, finding.after, finding.copy)
            key = (candidate.path, finding.side, finding.anchor, candidate.place)
            # Two remarks on one line share it; two on equal lines do not.
            if finding.fingerprint not in found and taken.setdefault(key, own) == own:
                found[finding.fingerprint] = _spot(candidate, head)
    return found


@dataclasses.dataclass(frozen=True, slots=True)
class _Candidate:
    """One place at which the lines of a finding stand, and how much speaks for it."""

    finding: KeptFinding
    path: str
    place: int
    likeness: int
    distance: int


def _heirs(known: Sequence[KeptFinding], head: Head) -> dict[str, str]:
    """Return which files of the change go on with those that are gone: the diff tells no rename since a review."""
    remembered: dict[str, set[str]] = {}
    for each in known:
        if each.copies and not any(map(head.has, head.paths(each.path))):
            lines = f"{each.before}\n{each.anchor}\n{each.after}".split("\n")
            remembered.setdefault(each.path, set()).update(line for line in lines if line)
    paths = [file.new_path for file in head.files if file.new_path]
    heirs = {}
    for path, known_lines in remembered.items():
        kept = {new: len(known_lines.intersection(head.source(new).lines)) for new in paths}
        best = max(paths, key=lambda new: kept[new], default="")
        if best and kept[best] >= len(known_lines) / 2:
            heirs[path] = best
    return heirs


def _at_home(finding: KeptFinding, head: Head, heir: str | None) -> Iterator[_Candidate]:
    for path in (*head.paths(finding.path), *((heir,) if heir else ())):
        source = head.source(path, finding.side)
        places = source.copies(finding.anchor.split("\n"))
        for number, place in enumerate(places):
            alike = likeness(finding, source, _span(finding, place))
            if len(places) >= finding.copies or alike >= len(finding.before + finding.after) / 2:
                yield _Candidate(finding, path, place, alike, abs(number - finding.copy))


def _elsewhere(finding: KeptFinding, head: Head) -> Iterator[_Candidate]:
    """Look through the other files of the change: there, lines count only together with neighbours of theirs."""
    home = head.paths(finding.path)
    paths = [file.new_path for file in head.files if file.new_path and file.new_path not in home]
    for path in paths if finding.side == Side.NEW else ():
        source = head.source(path)
        for place in source.copies(finding.anchor.split("\n")):
            alike = likeness(finding, source, _span(finding, place))
            if alike and len(finding.anchor) + alike >= _TELLING:
                yield _Candidate(finding, path, place, alike, 0)


def _spot(candidate: _Candidate, head: Head) -> Spot:
    finding = candidate.finding
    numbers = head.source(candidate.path, finding.side).numbers
    span = _span(finding, candidate.place)
    return Spot(candidate.path, finding.side, numbers[span.start], numbers[span.stop - 1])


def _span(finding: KeptFinding, place: int) -> range:
    return range(place, place + finding.anchor.count("\n") + 1)


def likeness(finding: KeptFinding, source: Source, span: range) -> int:
    """Return how many characters of the neighbours of a finding stand around `span`; those beside it count again."""
    before, after = source.neighbours(span)
    sides = ((finding.before.split("\n")[::-1], before[::-1]), (finding.after.split("\n"), after))
    common = [line for old, new in sides for line in set(old) & set(new)]
    beside = [old[0] for old, new in sides if new and old[0] == new[0]]
    return sum(map(len, (*common, *beside * _BESIDE)))
