"""Puts the file's own lines where a whole file leaves some out, if the lines around say for certain which."""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from tasks.patch.matching.lines import Lines
from tasks.patch.text import Text

_LONGEST = 5  # lines beside a remark that must be the file's; a longer look-alike may well be another place
_MOST_GAPS = 50
_LEAST = 2  # of these must hold something

_Stretch = tuple[int, Sequence[int]]
"""How many lines, and where in the file they stand."""


def filled_in(new: Sequence[str], text: Text, gaps: Sequence[int]) -> Sequence[str]:
    """Return the lines with the remarks in the `gaps`, which stand for left-out code, replaced by it, if it is sure.

    It is where there is only one way in which the lines right above and right below all the remarks stand in the file
    one after the other. Otherwise the lines come back as they are.
    """
    old = text.lines
    if len(gaps) > _MOST_GAPS or not set(old).isdisjoint(new[number] for number in gaps):
        return new
    bounds = list(itertools.pairwise((-1, *gaps, len(new))))
    lines = Lines(text)
    sides: list[_Stretch] = []
    for (above, gap), (_, below) in itertools.pairwise(bounds):
        sides += [_stretch(new[above + 1 : gap], lines, at_end=True), _stretch(new[gap + 1 : below], lines)]
    way = _only_way(sides)
    return _woven(new, old, gaps, way, sides) if way else new


def _stretch(piece: Sequence[str], lines: Lines, *, at_end: bool = False) -> _Stretch:
    """Return the longest stretch at one end of a piece that stands in the file; none where it says too little."""
    found: _Stretch = (0, ())
    for size in range(1, min(len(piece), _LONGEST) + 1):
        stretch = piece[-size:] if at_end else piece[:size]
        if sum(bool(line.strip()) for line in stretch) < _LEAST:
            continue
        places = lines.stands(stretch)
        if not places:
            break
        found = (size, places)
    return found


def _only_way(sides: Sequence[_Stretch]) -> Sequence[int]:
    """Return the one way to place the stretches above and below the remarks, in turn; nothing where there are more.

    What is below one remark may be above the next as well.
    """
    taken = [0 if number % 2 else size for number, (size, _) in enumerate(sides)]  # lines before the next may begin
    latest: list[int] = []
    for (_, places), size in zip(reversed(sides), reversed(taken), strict=True):
        fitting = bisect_right(places, latest[-1] - size) if latest else len(places)
        if not fitting:
            return ()
        latest.append(places[fitting - 1])
    way: list[int] = []
    floor = 0
    for (_, places), size, last in zip(sides, taken, reversed(latest), strict=True):
        # Whatever is not behind the latest leaves room for the rest, so two choices are two ways.
        choices = places[bisect_left(places, floor) : bisect_right(places, last)]
        if len(choices) != 1:
            return ()
        way.append(choices[0])
        floor = choices[0] + size
    return way


def _woven(
    new: Sequence[str], old: Sequence[str], gaps: Sequence[int], way: Sequence[int], sides: Sequence[_Stretch]
) -> Sequence[str]:
    woven: list[str] = []
    done = 0
    for gap, upper, lower, (size, _) in zip(gaps, way[::2], way[1::2], sides[::2], strict=True):
        woven += new[done:gap]
        woven += old[upper + size : lower]
        done = gap + 1
    tail = old[way[-1] :]
    rest = list(new[done:])
    # Blank lines at the very end are seldom written.
    is_end = len(rest) <= len(tail) and list(tail[: len(rest)]) == rest and not any(map(str.strip, tail[len(rest) :]))
    return [*woven, *(tail if is_end else rest)]
