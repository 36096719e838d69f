"""Puts new lines where old ones stood: what both have in common stays as the file has it, byte for byte."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from rapidfuzz import fuzz

from tasks.patch.hand import Hand
from tasks.patch.matching.elision import is_elision
from tasks.patch.matching.lines import Lines
from tasks.patch.matching.place import Place
from tasks.patch.matching.wanted import Wanted
from tasks.patch.refusal import BlockRefused
from tasks.patch.text import Splice

_ALIKE = 50  # percent


class _Run(NamedTuple):
    """Old lines that go away and new ones that come; `above` and `below` are the old lines beside them that stay."""

    above: int
    gone: range
    news: Sequence[str]
    below: int


def weave(wanted: Wanted, place: Place, lines: Lines) -> list[Splice]:
    """Return what changes in the file, from its top.

    Lines of the file that the reply does not speak of, blank or left out, stay where they are.
    """
    hand = Hand(wanted, place, lines)
    if isinstance(place.at, range):
        return list(_where_they_stand(wanted, place, hand))
    found = []
    for run in _runs(wanted):
        news = hand.write(run.news)
        stretch = _stretch(wanted, place, run)
        gone = [number for number in place.at[run.gone.start : run.gone.stop] if number is not None]
        found += _between(stretch, gone, news, lines.lines) if len(gone) < len(stretch) else [Splice(stretch, news)]
    return found


def _where_they_stand(wanted: Wanted, place: Place, hand: Hand) -> Iterator[Splice]:
    """Yield what changes where the old lines stand in the file as they are."""
    number, offset = 0, place.offset
    for run in _runs(wanted):
        span = []
        for bound in (run.gone.start, run.gone.stop):
            offset += sum(map(len, wanted.old[number:bound])) + bound - number
            number = bound
            span.append(offset)
        stretch = range(place.start + run.gone.start, place.start + run.gone.stop)
        yield Splice(stretch, hand.write(run.news), (span[0], span[1]))


def _runs(wanted: Wanted) -> Iterator[_Run]:
    above, done = -1, 0
    for place, old in (*wanted.kept.items(), (len(wanted.new), len(wanted.old))):
        if old - above > 1 or place > done:
            yield _Run(above, range(above + 1, old), wanted.new[done:place], old)
        above, done = old, place + 1


def _stretch(wanted: Wanted, place: Place, run: _Run) -> range:
    """Return the lines of the file between those that stay.

    Beside one that stands for others these are no bound: the lines that go away are, and where none do, the other side.
    """
    at = place.at
    gone = [number for number in at[run.gone.start : run.gone.stop] if number is not None]
    below = next((real for number in range(run.below, len(at)) if (real := at[number]) is not None), place.stop)
    above = next((real + 1 for number in range(run.above, -1, -1) if (real := at[number]) is not None), place.start)
    if _is_left_out(wanted, place, run.above):
        above = gone[0] if gone else below
    if _is_left_out(wanted, place, run.below):
        below = gone[-1] + 1 if gone else above
    return range(above, below)


def _is_left_out(wanted: Wanted, place: Place, number: int) -> bool:
    """Say whether an old line stands for others."""
    return 0 <= number < len(place.at) and place.at[number] is None and is_elision(wanted.old[number])


def _between(stretch: range, gone: Sequence[int], news: Sequence[str], lines: Sequence[str]) -> list[Splice]:
    """Put new lines into a stretch of the file of which the lines `gone` go away, and others were not spoken of."""
    if not news:
        return [Splice(range(number, number + 1), []) for number in gone]
    if not gone:
        at = stretch.stop if _come_below(stretch, news, lines) else stretch.start
        return [Splice(range(at, at), news)]
    if len(gone) == len(news):
        return [Splice(range(number, number + 1), [line]) for number, line in zip(gone, news, strict=True)]
    return [_beside(stretch, gone, news, lines)]


def _beside(stretch: range, gone: Sequence[int], news: Sequence[str], lines: Sequence[str]) -> Splice:
    """Put new lines where old ones go away, all of them on one side of blank lines that were not spoken of.

    That is sure only where the new line next to the blank ones is the old one, edited.
    """
    first, last = gone[0], gone[-1]
    if (
        last - first >= len(gone)
        or (first > stretch.start and not _is_edited(news, 0, lines[first]))
        or (last + 1 < stretch.stop and not _is_edited(news, len(news) - 1, lines[last]))
    ):
        raise BlockRefused("there are blank lines in the file beside those to replace; copy the lines as they stand")
    return Splice(range(first, last + 1), news)


def _is_edited(news: Sequence[str], number: int, old: str) -> bool:
    """Say whether of all new lines this one is most like an old one."""
    likeness = [fuzz.ratio(line.strip(), old.strip()) for line in news]
    return likeness[number] == max(likeness) >= _ALIKE


def _come_below(stretch: range, news: Sequence[str], lines: Sequence[str]) -> bool:
    """Say whether new lines come below blank ones that were not spoken of, or above them.

    On neither side may there be more blank lines than there were; where both fit, blank lines stay together.
    """
    above, below = _blanks(reversed(lines[: stretch.start])), _blanks(lines[stretch.stop :])
    starts, ends = _blanks(news), _blanks(reversed(news))
    size = len(stretch)
    most = above + size + below
    fits_below = above + size + starts <= most >= below + ends
    fits_above = above + starts <= most >= below + size + ends
    if fits_below == fits_above and not (fits_below and above and not below):
        raise BlockRefused("there are blank lines in the file where new lines come; copy the lines as they stand")
    return fits_below


def _blanks(lines: Iterable[str]) -> int:
    """Return how many blank lines there are at the beginning."""
    return sum(1 for _ in itertools.takewhile(lambda line: not line.strip(), lines))
