"""Puts new lines where old ones stood: what both have in common stays as the file has it, byte for byte."""

import itertools
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz

from tasks.patch.hand import Hand
from tasks.patch.matching.elision import is_elision
from tasks.patch.matching.place import Place
from tasks.patch.matching.wanted import Wanted
from tasks.patch.refusal import BlockRefused

_ALIKE = 50  # percent

Woven = list[int | str]
"""Lines as they will be: the number of a line of the file that stays, or the text of a new one."""


@dataclass(frozen=True, slots=True)
class _Run:
    """Old lines that go away and new ones that come, before an old line that stays; None at the end."""

    gone: Sequence[int]
    news: Sequence[str]
    stays: int | None


def weave(wanted: Wanted, place: Place, lines: Sequence[str]) -> Woven:
    """Return what stands between `place.start` and `place.stop` afterwards.

    Lines of the file that the reply does not speak of, blank or left out, stay where they are.
    """
    hand = Hand(wanted, place, lines)
    woven: Woven = []
    at = place.start
    for run in _runs(wanted):
        news = [hand.write(line) for line in run.news]
        real = place.stop if run.stays is None else place.at[run.stays]
        if real is None:  # blank, and not in the file; or it stands for lines that are
            woven += news
            real = _next(place, run.stays or 0) if is_elision(wanted.old[run.stays or 0]) else at
            woven += range(at, real)
            at = real
            continue
        if run.gone or real > at:
            woven += _between(range(at, real), [place.at[number] for number in run.gone], news, lines)
        else:
            woven += news
        if run.stays is not None:
            woven.append(real)
            at = real + 1
    return woven


def _runs(wanted: Wanted) -> Iterator[_Run]:
    number, done = 0, 0
    for place, old in sorted(wanted.kept.items()):
        yield _Run(range(number, old), wanted.new[done:place], old)
        number, done = old + 1, place + 1
    yield _Run(range(number, len(wanted.old)), wanted.new[done:], None)


def _next(place: Place, number: int) -> int:
    """Return the line of the file of the first wanted line after one that has any."""
    return next((real for real in place.at[number + 1 :] if real is not None), place.stop)


def _between(stretch: range, gone: Sequence[int | None], news: Sequence[str], lines: Sequence[str]) -> Woven:
    """Put new lines into a stretch of the file of which the lines `gone` go away, and others were not spoken of."""
    taken = [number for number in gone if number is not None]
    unsaid = sorted(set(stretch).difference(taken)) if len(taken) < len(stretch) else []
    if not unsaid or not news:
        return [*unsaid, *news]
    if not taken:
        return [*unsaid, *news] if _come_below(stretch, news, lines) else [*news, *unsaid]
    if len(taken) != len(news):
        return _beside(stretch, taken, news, lines)
    instead = dict(zip(taken, news, strict=True))
    return [instead.get(number, number) for number in stretch]


def _beside(stretch: range, taken: Sequence[int], news: Sequence[str], lines: Sequence[str]) -> Woven:
    """Put new lines where old ones go away, all of them on one side of blank lines that were not spoken of.

    That is sure only where the new line next to the blank ones is the old one, edited.
    """
    above = range(stretch.start, taken[0])
    below = range(taken[-1] + 1, stretch.stop)
    is_whole = len(above) + len(below) + len(taken) == len(stretch)
    if (
        not is_whole
        or (above and not _is_edited(news, 0, lines[taken[0]]))
        or (below and not _is_edited(news, len(news) - 1, lines[taken[-1]]))
    ):
        raise BlockRefused("there are blank lines in the file beside those to replace; copy the lines as they stand")
    return [*above, *news, *below]


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
