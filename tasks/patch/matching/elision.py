"""Lines that a model wrote for others that it left out ("...", "# ... existing code ..."), and where those stand."""

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from tasks.patch.excerpt import stands_for_code
from tasks.patch.matching.lines import Lines
from tasks.patch.matching.wanted import Wanted

_MOST_GAPS = 50
_MOST_CHAINS = 200  # ways to place the pieces; with so many nobody can say that one is meant


def is_elision(line: str) -> bool:
    """Say whether a line stands for lines that are left out."""
    return line.strip() in {"...", "\u2026"} or stands_for_code(line)


Placed = Sequence[tuple[Sequence[int], int]]
"""Pieces, each with the place of its first line in `lines.keys`."""


def place_pieces(wanted: Wanted, gaps: Sequence[int], lines: Lines) -> Iterator[Placed]:
    """Yield the ways in which the pieces between the `gaps` that something is changed in stand one below the other.

    The others only say where those are: they must stand between, above or below them.
    """
    if len(gaps) > _MOST_GAPS:
        return
    pieces, active = _pieces(wanted, gaps)
    keys = dict(zip(wanted.solid, wanted.keys, strict=True))
    starts = [lines.stands_loosely([keys[number] for number in piece]) for piece in pieces]
    sizes = [len(piece) for piece in pieces]
    chains = _rising([starts[place] for place in active], [sizes[place] for place in active])
    for chosen in itertools.islice(chains, _MOST_CHAINS if active else 0):
        if _has_others(dict(zip(active, chosen, strict=True)), starts, sizes):
            yield [(pieces[place], start) for place, start in zip(active, chosen, strict=True)]


def _pieces(wanted: Wanted, gaps: Sequence[int]) -> tuple[list[Sequence[int]], list[int]]:
    """Return, for each stretch between gaps, the numbers of its lines that hold something; and which are changed."""
    pieces: list[Sequence[int]] = []
    active: list[int] = []
    for above, below in itertools.pairwise((-1, *gaps, len(wanted.old))):
        stretch = range(above + 1, below)
        piece = [number for number in stretch if wanted.old[number].strip()]
        if piece and not wanted.touched.isdisjoint(stretch):
            active.append(len(pieces))
        if piece:
            pieces.append(piece)
    return pieces, active


def _rising(starts: Sequence[Sequence[int]], sizes: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Yield each choice of one start a piece in which every piece ends before the next one starts."""
    latest: list[int] = []
    end = None
    for places, size in zip(reversed(starts), reversed(sizes), strict=True):
        fitting = places if end is None else places[: bisect_right(places, end - size)]
        if not fitting:
            return
        end = fitting[-1]
        latest.append(end)
    yield from _rising_from(0, starts, sizes, latest[::-1])


def _rising_from(
    floor: int, starts: Sequence[Sequence[int]], sizes: Sequence[int], latest: Sequence[int]
) -> Iterator[tuple[int, ...]]:
    if not starts:
        yield ()
        return
    for start in starts[0][bisect_left(starts[0], floor) : bisect_right(starts[0], latest[0])]:
        for others in _rising_from(start + sizes[0], starts[1:], sizes[1:], latest[1:]):
            yield (start, *others)


def _has_others(chosen: dict[int, int], starts: Sequence[Sequence[int]], sizes: Sequence[int]) -> bool:
    """Say whether the pieces that were not chosen stand where they must: above, below or between the chosen ones."""
    chain = dict(chosen)
    last = max(chosen)
    for place in range(last, -1, -1):
        if place not in chain:
            fitting = starts[place][: bisect_right(starts[place], chain[place + 1] - sizes[place])]
            if not fitting:
                return False
            chain[place] = fitting[-1]
    for place in range(last + 1, len(sizes)):
        fitting = starts[place][bisect_left(starts[place], chain[place - 1] + sizes[place - 1]) :]
        if not fitting:
            return False
        chain[place] = fitting[0]
    return all(chain[place] + sizes[place] <= chain[place + 1] for place in range(len(sizes) - 1))
