"""What makes a finding the same one after an edit: its lines, their neighbours, its rule; never a number or a word.

Whitespace and empty lines count for nothing, so neither indenting anew nor inserting elsewhere changes anything. The
neighbours only tell apart equal lines of one file.
"""

import bisect
import dataclasses
import hashlib
import itertools
from collections.abc import Collection, Iterable, Iterator, Sequence

from bot.diff import FileDiff, Kind, Side
from tasks.review.finding import MODEL, Category, Finding

NEIGHBOURS = 4  # lines on each side that are remembered
_NEAREST = 2  # of these, those that make a difference to a name
_MOST_LINES = 30  # of an anchor; what is longer is known by its beginning
_LONGEST_LINE = 300  # characters; a longer one is known by its beginning and its hash
_FINGERPRINT = 20  # hexadecimal digits
STEM = 12  # of these, those that are the same for equal lines


@dataclasses.dataclass(frozen=True, slots=True)
class Source:
    """The lines of a file that hold something, whitespace evened out, and the number of each."""

    lines: tuple[str, ...] = ()
    numbers: tuple[int, ...] = ()

    @classmethod
    def of(cls, lines: Iterable[tuple[int, str]]) -> "Source":
        """Make one of numbered lines."""
        held = [(number, evened) for number, line in lines if (evened := even(line))]
        return cls(tuple(line for _, line in held), tuple(number for number, _ in held))

    def span(self, first: int, last: int) -> range:
        """Return the places of the lines `first` to `last`; of empty ones, those of the neighbours."""
        found = range(bisect.bisect_left(self.numbers, first), bisect.bisect_right(self.numbers, last))
        if not found:
            found = range(max(0, found.start - 1), min(len(self.lines), found.start + 1))
        return found[:_MOST_LINES]

    def copies(self, anchor: Sequence[str]) -> list[int]:
        """Return the places at which the lines `anchor` stand, one after the other."""
        found, start, wanted = [], -1, tuple(anchor)
        while wanted:
            try:
                start = self.lines.index(wanted[0], start + 1)
            except ValueError:
                break
            if self.lines[start : start + len(wanted)] == wanted:
                found.append(start)
        return found

    def neighbours(self, span: range, most: int = NEIGHBOURS) -> tuple[tuple[str, ...], tuple[str, ...]]:
        """Return what stands before and after some lines, in the order of the file."""
        return self.lines[max(0, span.start - most) : span.start], self.lines[span.stop : span.stop + most]


@dataclasses.dataclass(frozen=True, slots=True)
class Standing:
    """The lines that a finding stands on and what is around them; the fields are those of `bot.memory.KeptFinding`."""

    anchor: str
    before: str = ""
    after: str = ""
    copies: int = 0
    copy: int = 0
    twin: str = ""  # what tells the lines from equal ones of the file; empty where there are none


def stand(source: Source, first: int, last: int) -> Standing:
    """Return what a finding on the lines `first` to `last` stands on; the file must hold something."""
    span = source.span(first, last)
    lines = source.lines[span.start : span.stop]
    places = source.copies(lines)
    anchor, before, after = ("\n".join(part) for part in (lines, *source.neighbours(span)))
    twin = _twin(source, span, places) if len(places) > 1 else ""
    return Standing(anchor, before, after, len(places), places.index(span.start), twin)


def _twin(source: Source, span: range, places: Sequence[int]) -> str:
    """Tell lines from equal ones: by their nearest neighbours, or else by their order."""
    own = source.neighbours(span, _NEAREST)
    alike = [place for place in places if source.neighbours(range(place, place + len(span)), _NEAREST) == own]
    return "\0".join((*("\n".join(part) for part in own), str(alike.index(span.start))))


def even(line: str) -> str:
    """Return a line with its whitespace evened out, short enough to be kept and fit for every database."""
    plain = " ".join(line.encode("utf-8", "replace").decode().replace("\0", "\ufffd").split())
    return plain if len(plain) <= _LONGEST_LINE else f"{plain[:_LONGEST_LINE]} {_digest((plain,))}"


def source_of(text: str) -> Source:
    """Return the lines of a file."""
    return Source.of(enumerate(text.split("\n"), 1))


def removed_from(file: FileDiff) -> Source:
    """Return the lines that a change takes out of a file, by their old numbers."""
    gone = [line for hunk in file.hunks for line in hunk.lines if line.kind is Kind.REMOVED]
    return Source.of((line.old_at, line.text) for line in gone)


def fingerprint(finding: Finding, source_lines: Sequence[str]) -> str:
    """Return the name of a finding, 20 hexadecimal digits; `source_lines` are all lines of its file, without LF."""
    return name_of(finding, standing(finding, Source.of(enumerate(source_lines, 1))))


def standing(finding: Finding, source: Source) -> Standing:
    """Return what a finding stands on.

    One without lines stands on what it quotes, and one that quotes nothing on its title: there is no more.
    """
    if finding.first and source.lines:
        return stand(source, finding.first, finding.last)
    quoted = [evened for line in finding.quote.split("\n") if (evened := even(line))]
    return Standing("\n".join(quoted[:_MOST_LINES]) or even(finding.title).lower())


def name_of(finding: Finding, on: Standing, *, taken: Collection[str] = ()) -> str:
    """Return the fingerprint of a finding that stands `on` lines: the first that is not among those `taken`.

    It begins with its stem, which all findings by one rule on equal lines of a file have in common.
    """
    stem = _stem(finding.path, finding, finding.rule, on)
    tails = (_digest((on.twin, str(number)))[: _FINGERPRINT - STEM] for number in itertools.count())
    return next(name for name in (f"{stem}{tail}" for tail in tails) if name not in taken)


def stems(finding: Finding, on: Standing, paths: Iterable[str]) -> Iterator[str]:
    """Return how every fingerprint begins that a finding may have got earlier.

    For those of which nothing else is remembered: in an earlier review its file may have been called by one of the
    `paths`, a model may have put it into another category, and its lines may have had other neighbours.
    """
    rules = [finding.rule]
    if finding.source == MODEL:
        rules += [f"{MODEL}/{category}" for category in Category]
    for path, rule in itertools.product(paths, rules):
        yield _stem(path, finding, rule, on)


def _stem(path: str, finding: Finding, rule: str, on: Standing) -> str:
    side = "old" if finding.side is Side.OLD else ""
    return _digest((path, side, rule, on.anchor))[:STEM]


def _digest(parts: Sequence[str]) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:_FINGERPRINT]
