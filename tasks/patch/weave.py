"""Puts new lines where old ones stood: what both have in common stays as the file has it, byte for byte."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from tasks.patch.gaps import Gap, check_edges, inserted, replaced, unsure
from tasks.patch.hand import Hand
from tasks.patch.matching.elision import is_elision
from tasks.patch.matching.lines import Lines
from tasks.patch.matching.place import Place
from tasks.patch.matching.wanted import Wanted
from tasks.patch.text import Splice


class _Run(NamedTuple):
    """Old lines that go away and new ones that come; `above` and `below` are the old lines beside them.

    These stay; below a `seam` more go away, and between may be something that stays.
    """

    above: int
    gone: range
    news: Sequence[str]
    below: int
    seam: bool = False


def weave(wanted: Wanted, place: Place, lines: Lines) -> list[Splice]:
    """Return what changes in the file, from its top.

    Lines of the file that the reply does not speak of, blank or left out, stay where they are.
    """
    hand = Hand(wanted, place, lines)
    if isinstance(place.at, range):
        return list(_where_they_stand(wanted, place, hand))
    found: list[Splice] = []
    for run in _runs(wanted, wanted.seams):
        found += _put(wanted, place, run, hand.write(run.news), lines.lines)
    return found


def _put(wanted: Wanted, place: Place, run: _Run, news: Sequence[str], lines: Sequence[str]) -> Iterable[Splice]:
    """Return what changes in the file for one run."""
    gone = [number for number in place.at[run.gone.start : run.gone.stop] if number is not None]
    if not any(lines[number].strip() for number in gone) and (gap := _gap(wanted, place, run, lines)):
        if not gone:
            return [inserted(news, gap, above=run.seam)]
        if any(line.strip() for line in news):
            raise unsure()
    stretch = _stretch(wanted, place, run, gone)
    if len(gone) == len(stretch):
        return [Splice(stretch, news)]
    if not gone:
        raise unsure()
    if not news:
        return [Splice(range(number, number + 1), ()) for number in gone]
    if not wanted.has_margin:  # a diff's signs say that new lines come where old ones go
        check_edges(stretch, gone, news, lines)
    return replaced(gone, news, lines)


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


def _runs(wanted: Wanted, seams: Sequence[tuple[int, int]] = ()) -> Iterator[_Run]:
    """Yield what changes, from the top, parted at the seams."""
    above, done = -1, 0
    for old, new, is_seam in _stops(wanted, seams):
        if old - above > 1 or new > done:
            yield _Run(above, range(above + 1, old), wanted.new[done:new], old, is_seam)
        above, done = (old - 1, new) if is_seam else (old, new + 1)


def _stops(wanted: Wanted, seams: Sequence[tuple[int, int]]) -> Iterable[tuple[int, int, bool]]:
    """Return the numbers of the old and of the new line at which a run ends, and whether that is a seam."""
    stops = [(old, new, False) for new, old in wanted.kept.items()]
    if seams:
        stops = sorted([*stops, *((old, new, True) for old, new in seams)])
    return [*stops, (len(wanted.old), len(wanted.new), False)]


def _stretch(wanted: Wanted, place: Place, run: _Run, gone: Sequence[int]) -> range:
    """Return the lines of the file between those that stay.

    Beside one that stands for others these are no bound: the lines `gone` away are, and where none do, the other side.
    """
    at = place.at
    below = next((real for number in range(run.below, len(at)) if (real := at[number]) is not None), place.stop)
    above = next((real + 1 for number in range(run.above, -1, -1) if (real := at[number]) is not None), place.start)
    if _is_left_out(wanted, place, run.above):
        above = gone[0] if gone else below
    if _is_left_out(wanted, place, run.below):
        below = gone[-1] + 1 if gone else above
    return range(above, below)


def _gap(wanted: Wanted, place: Place, run: _Run, lines: Sequence[str]) -> Gap | None:
    """Return the blank lines of the file round a place, if it has more there than the reply."""
    above, below = run.above, run.below
    while above >= 0 and not wanted.old[above].strip():
        above -= 1
    while below < len(wanted.old) and not wanted.old[below].strip():
        below += 1
    if above < 0 or below == len(wanted.old):
        return None
    top, bottom = place.at[above], place.at[below]
    if top is None or bottom is None:
        return None
    upper, lower = run.above - above, below - run.below
    free = range(top + 1 + upper, bottom - lower)
    if len(free) <= len(run.gone) or any(line.strip() for line in lines[top + 1 : bottom]):
        return None
    return Gap(lines[top], upper, free, lower, lines[bottom])


def _is_left_out(wanted: Wanted, place: Place, number: int) -> bool:
    """Say whether an old line stands for others."""
    return 0 <= number < len(place.at) and place.at[number] is None and is_elision(wanted.old[number])
