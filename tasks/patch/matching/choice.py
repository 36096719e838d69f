"""Which of several places that fit equally well is meant: only what a diff tells besides can say."""

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tasks.patch.indent import indent_of
from tasks.patch.matching.lines import Lines, key_of
from tasks.patch.matching.place import Place
from tasks.patch.nearest import apart
from tasks.patch.refusal import BlockRefused

_MOST_NAMED = 5
_OPENING = re.compile(
    r"\s*(?:(?:export|default|async|pub|public|private|protected|static|abstract)\s+)*"
    r"(?:def|class|func|function|fn|interface|struct|enum|trait|impl|type|module|namespace)\b"
)


class Hints(NamedTuple):
    """What is known of a place besides its lines.

    `starts` are the numbers (from 0) of lines on which it may begin, `anchors` lines that stand above it, the
    outermost first, `floor` the line below which it stands; 0 where that is not known. `twins` are how many equal edits
    are still to be put in, this one with them, `has_twins` that there were more; `at_end` says that it ends the file.
    """

    starts: frozenset[int] = frozenset()
    anchors: Sequence[str] = ()
    floor: int = 0
    twins: int = 1
    has_twins: bool = False
    at_end: bool = False


def choose(places: Sequence[Place], lines: Lines, hints: Hints) -> Place:
    """Return the one place that is meant; raises BlockRefused with the choices where nothing tells."""
    left = list(places)
    if len(left) == hints.twins:
        return left[0]  # all of them are meant, one after the other
    for narrowed in _narrowed(places, lines, hints):
        both = [place for place in left if place in narrowed]
        left = both or left
        if len(left) == 1:
            return left[0]
    raise _ambiguous(left, lines.lines)


def _narrowed(places: Sequence[Place], lines: Lines, hints: Hints) -> Iterator[list[Place]]:
    yield [place for place in places if _begins(place) in hints.starts]
    if hints.anchors:
        yield _below(places, lines, hints.anchors)
    if hints.at_end:
        yield [place for place in places if place.stop > lines.solid[-1]]
    yield [place for place in places if place.start >= hints.floor]


def _begins(place: Place) -> int:
    """Return the number of the line on which the first wanted line stands, or would stand."""
    offset = next(number for number, at in enumerate(place.at) if at is not None)
    return place.start - offset


def _below(places: Sequence[Place], lines: Lines, anchors: Sequence[str]) -> list[Place]:
    """Return the places inside what the anchors open: no other definition begins in between."""
    keys = [key_of(line) for line in lines.lines]
    openings = [(at, len(indent_of(line))) for at, line in enumerate(lines.lines) if _OPENING.match(line)]
    heads: list[int] = []
    for level, anchor in enumerate(map(key_of, anchors)):
        found = [at for at, key in enumerate(keys) if key == anchor]
        heads = [at for at in found if not level or _encloses(heads, at, at, lines, openings)]
    return [place for place in places if _encloses(heads, place.start, place.stop, lines, openings)]


def _encloses(heads: Sequence[int], start: int, stop: int, lines: Lines, openings: Sequence[tuple[int, int]]) -> bool:
    """Say whether a stretch of lines holds one of the heads, or stands in what the nearest one above it opens."""
    place = bisect_left(heads, start)
    if place < len(heads) and heads[place] < stop:
        return True
    if not place:
        return False
    head = heads[place - 1]
    depth = len(indent_of(lines.lines[head]))
    between = openings[bisect_left(openings, (head + 1, 0)) : bisect_left(openings, (start + 1, 0))]
    return not any(other <= depth for _, other in between)


def _ambiguous(places: Sequence[Place], lines: Sequence[str]) -> BlockRefused:
    more = ", ..." if len(places) > _MOST_NAMED else ""
    named = ", ".join(str(place.start + 1) for place in places[:_MOST_NAMED]) + more
    return BlockRefused(
        f"these lines stand in more than one place (at lines {named}); add lines around them until only one fits",
        excerpts=apart([range(place.start, place.stop) for place in places], lines),
    )
