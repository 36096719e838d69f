"""Every place where lines fit a file, in ever looser comparisons; the strictest that finds anything decides."""

import itertools
from collections.abc import Iterable, Sequence

from tasks.patch.excerpt import telling
from tasks.patch.matching.elision import Placed, is_elision, place_pieces
from tasks.patch.matching.lines import Lines
from tasks.patch.matching.place import Loosening, Place, measure
from tasks.patch.matching.typos import find_misspelt
from tasks.patch.matching.wanted import Wanted

_At = list[int | None]
# Who drops blank lines keeps the indentation, and who loses that keeps the blank lines: neither is the stricter fit.
_MOVED = frozenset({Loosening.INDENTATION, Loosening.TABS})
_BLANKS_ALONE = (Loosening.BLANK_LINES, Loosening.BLANK_LINES)


def find_exactly(wanted: Wanted, lines: Lines) -> list[Place]:
    """Return the places where lines stand as they are."""
    size = len(wanted.old)
    return [Place(range(start, start + size), offset=offset) for start, offset in lines.spots(wanted.old)]


def find_loosely(wanted: Wanted, lines: Lines) -> list[Place]:
    """Return the places where lines stand when white space and typographic signs count for nothing.

    Blank lines may be missing on either side; what stands for other lines ("...") counts only if there is no other way.
    """
    return _strictest(_stretches(wanted, lines)) or _strictest(_elided(wanted, lines))


def find_with_typos(wanted: Wanted, lines: Lines) -> list[Place]:
    """Return the places where lines stand but for a few letters."""
    found = []
    for start in find_misspelt(wanted, lines):
        at = _aligned(wanted, [(wanted.solid, start)], lines)
        found.append(measure(wanted, at, lines.lines, {Loosening.TYPO, *_blanks(wanted, at)}))
    return _strictest(found)


def _stretches(wanted: Wanted, lines: Lines) -> Iterable[Place | None]:
    for start in lines.stands_loosely(wanted.keys):
        at = _aligned(wanted, [(wanted.solid, start)], lines)
        yield measure(wanted, at, lines.lines, _blanks(wanted, at))


def _elided(wanted: Wanted, lines: Lines) -> Iterable[Place | None]:
    gaps = [number for number in telling(wanted.old) if is_elision(wanted.old[number])]
    if not gaps or not wanted.deleted.isdisjoint(gaps):  # what is left out may go away or not: nobody knows
        return
    for placed in place_pieces(wanted, gaps, lines):
        at = _aligned(wanted, placed, lines)
        yield measure(wanted, at, lines.lines, {Loosening.ELISION, *_blanks(wanted, at)})


def _aligned(wanted: Wanted, pieces: Placed, lines: Lines) -> _At:
    """Give each wanted line its line of the file; each piece begins at a place in `lines.keys`.

    Blank lines follow: as many as stand between the same lines on both sides, at the edges those right beside them.
    """
    at: _At = [None] * len(wanted.old)
    solid: list[int] = []
    for piece, start in pieces:
        solid += piece
        for place, number in enumerate(piece, start):
            at[number] = lines.solid[place]
    for above, below in itertools.pairwise((-1, *solid, len(at))):
        if below - above > 1:
            _align_blanks(wanted.old, at, range(above + 1, below), lines.lines)
    return at


def _align_blanks(old: Sequence[str], at: _At, between: range, lines: Sequence[str]) -> None:
    """Pair blank lines with those of the file, downwards from the line above; before the first line upwards."""
    top = at[between.start - 1] if between.start else None
    bottom = at[between.stop] if between.stop < len(at) else None
    if top is not None:
        order, real, step = between, top, 1
    elif bottom is not None:
        order, real, step = between[::-1], bottom, -1
    else:
        return
    for number in order:
        real += step
        is_inside = 0 <= real < len(lines) and real != bottom
        if not is_inside or lines[real].strip() or old[number].strip():
            return
        at[number] = real


def _blanks(wanted: Wanted, at: Sequence[int | None]) -> set[Loosening]:
    """Say whether blank lines are missing on either side of lines that follow each other."""
    last: int | None = None
    for line, place in zip(wanted.old, at, strict=True):
        if place is None and line.strip():  # it stands for others, or is among those that only say where
            last = None
        elif place is None or (last is not None and place != last + 1):
            return {Loosening.BLANK_LINES}
        else:
            last = place
    return set()


def _strictest(places: Iterable[Place | None]) -> list[Place]:
    found = [place for place in places if place is not None]
    best = min((place.grade for place in found), default=(0, 0))
    both = {best, _BLANKS_ALONE} if best[0] in _MOVED else {best}
    return [place for place in found if place.grade in both]
