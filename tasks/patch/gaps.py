"""Where new lines go beside blank lines of the file that the reply does not speak of, if that is sure."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz

from tasks.patch.indent import indent_of
from tasks.patch.refusal import BlockRefused
from tasks.patch.text import Splice

_ALIKE = 50  # percent, from which on a line may be another one, edited
_CLEARLY = 25  # percent by which one likeness exceeds another
_LONGEST = 200  # characters of a line that are compared
_MOST_COMPARED = 20_000  # lines


class Gap(NamedTuple):
    """The blank lines of the file between two lines that the reply speaks of, which it believes to be nearer.

    It has as many as `upper` before the new lines and `lower` behind them; these come right above the others, which
    are `free`, or right below them.
    """

    above: str
    upper: int
    free: range
    lower: int
    below: str


def unsure() -> BlockRefused:
    """Return the refusal of lines to replace with blank ones beside or between them that leave open what goes where."""
    return BlockRefused("there are blank lines in the file beside those to replace; copy the lines as they stand")


def inserted(news: Sequence[str], gap: Gap, *, above: bool) -> Splice:
    """Put new lines into a gap, `above` its free lines if that is known."""
    below = False if above else _come_below(news, gap)
    if below is None:
        raise BlockRefused("there are blank lines in the file where new lines come; copy the lines as they stand")
    at = gap.free.stop if below else gap.free.start
    return Splice(range(at, at), news)


def replaced(gone: Sequence[int], news: Sequence[str], lines: Sequence[str]) -> Iterator[Splice]:
    """Put new lines where the lines `gone` of the file go away, with blank ones between them that stay."""
    gaps = [number for number in range(1, len(gone)) if gone[number] - gone[number - 1] > 1]
    if len(gaps) * len(news) > _MOST_COMPARED:
        raise unsure()
    cuts = [_cut(news, [lines[number] for number in gone], gap) for gap in gaps]
    starts, stops = (0, *gaps), (*gaps, len(gone))
    if sorted({0, *cuts, len(news)}) != [0, *cuts, len(news)]:
        raise unsure()
    for first, last, (start, stop) in zip(starts, stops, itertools.pairwise((0, *cuts, len(news))), strict=True):
        yield Splice(range(gone[first], gone[last - 1] + 1), news[start:stop])


def check_edges(stretch: range, gone: Sequence[int], news: Sequence[str], lines: Sequence[str]) -> None:
    """Raise BlockRefused where new lines may come on the other side of blank ones beside the lines that go away.

    So it is where a new line is the old one next to the blank ones, edited, but others come between.
    """
    if gone[0] > stretch.start and _comes_later(lines[gone[0]], news):
        raise unsure()
    if gone[-1] + 1 < stretch.stop and _comes_later(lines[gone[-1]], news[::-1]):
        raise unsure()


def check_blanks(woven: Sequence[str], new: Sequence[str], old: Sequence[str]) -> None:
    """Raise BlockRefused where more blank lines follow each other than in the new lines of the reply or in the file."""
    if _most_blanks(woven) > max(_most_blanks(new), _most_blanks(old)):
        raise unsure()


def _come_below(news: Sequence[str], gap: Gap) -> bool | None:
    """Say whether new lines come below the free blank lines, or above them; None where nothing tells."""
    starts, ends = _blanks(news), _blanks(reversed(news))
    size = len(gap.free)
    most = gap.upper + size + gap.lower  # on neither side may there be more blank lines than there were
    fits_below = gap.upper + size + starts <= most >= gap.lower + ends
    fits_above = gap.upper + starts <= most >= gap.lower + size + ends
    if fits_below != fits_above:
        return fits_below
    if fits_below and bool(starts) != bool(ends):  # with blank lines on both sides, of which one is a spoken one
        return False if _is_deeper(news, gap.below) else None
    if fits_below and gap.upper and not gap.lower:  # blank lines stay together
        return True
    return None if starts or ends else _belong_below(news, gap)


def _belong_below(news: Sequence[str], gap: Gap) -> bool | None:
    """Say whether lines are much more like what follows than like what is before; None where neither is clear.

    Of the same depth as the one before, and not as the other, they go on with its block.
    """
    if indent_of(gap.above) == indent_of(news[0]) != indent_of(gap.below):
        return False
    above, below = _likeness(news[0], gap.above), _likeness(news[-1], gap.below)
    if max(above, below) < _ALIKE or abs(above - below) < _CLEARLY:
        return None
    return below > above


def _is_deeper(news: Sequence[str], line: str) -> bool:
    """Say whether new lines are of a block that ends before a line."""
    first = next((new for new in news if new.strip()), "")
    return len(indent_of(first)) > len(indent_of(line))


def _cut(news: Sequence[str], old: Sequence[str], gap: int) -> int:
    """Return how many new lines come above a gap in the old ones: those around it are there too, if edited.

    As many as old ones do where nothing contradicts it and the rest is as many as well.
    """

    def likeness(cut: int) -> tuple[float, int]:
        return min(_likeness(news[cut - 1], old[gap - 1]), _likeness(news[cut], old[gap])), -abs(cut - gap)

    best = max(range(1, len(news)), key=likeness, default=0)
    if best and likeness(best)[0] >= _ALIKE:
        return best
    if len(old) != len(news) or _has_like(news[:gap], old[gap]) or _has_like(news[gap:], old[gap - 1]):
        raise unsure()
    return gap


def _comes_later(old: str, news: Sequence[str]) -> bool:
    """Say whether an old line is among new ones, edited, and others stand before it."""
    likeness = [_likeness(line, old) for line in news[:_MOST_COMPARED]]
    return likeness[0] < max(likeness) >= _ALIKE


def _has_like(lines: Sequence[str], line: str) -> bool:
    return any(_likeness(other, line) >= _ALIKE for other in lines)


def _likeness(one: str, other: str) -> float:
    return fuzz.ratio(one.strip()[:_LONGEST], other.strip()[:_LONGEST])


def _blanks(lines: Iterable[str]) -> int:
    """Return how many blank lines there are at the beginning."""
    return sum(1 for _ in itertools.takewhile(lambda line: not line.strip(), lines))


def _most_blanks(lines: Iterable[str]) -> int:
    """Return how many blank lines follow each other at most."""
    runs = itertools.groupby(lines, lambda line: bool(line.strip()))
    return max((sum(1 for _ in run) for is_solid, run in runs if not is_solid), default=0)
