"""Puts new lines where old ones stood: what both have in common stays as the file has it, byte for byte."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from rapidfuzz import fuzz

from tasks.patch.indent import indent_of, no_shift, reindent
from tasks.patch.matching.elision import is_elision
from tasks.patch.matching.lines import plain
from tasks.patch.matching.place import Loosening, Place, spaced
from tasks.patch.matching.wanted import Wanted
from tasks.patch.refusal import BlockRefused

_QUOTES = frozenset("\u2018\u2019\u201c\u201d")
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
    adapted = _Adapter(wanted, place, lines)
    woven: Woven = []
    at = place.start
    for run in _runs(wanted):
        news = [adapted.line(line) for line in run.news]
        real = place.stop if run.stays is None else place.at[run.stays]
        if real is None:  # blank, and not in the file; or it stands for lines that are
            woven += news
            real = _next(place, run.stays or 0) if is_elision(wanted.old[run.stays or 0]) else at
            woven += range(at, real)
            at = real
            continue
        woven += _between(range(at, real), [place.at[number] for number in run.gone], news, lines)
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
        return [*unsaid, *news] if _come_below(news) else [*news, *unsaid]
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


def _come_below(news: Sequence[str]) -> bool:
    """Say whether new lines come below blank ones that were not spoken of, or above: never is one blank too many."""
    starts, ends = (not news[edge].strip() for edge in (0, -1))
    if starts == ends:
        raise BlockRefused("there are blank lines in the file where new lines come; copy the lines as they stand")
    return ends


class _Adapter:
    """Writes new lines as the file writes its own, as far as the old ones show how."""

    def __init__(self, wanted: Wanted, place: Place, lines: Sequence[str]) -> None:
        self._shift = place.shift
        pairs = [
            (wanted.old[number], lines[real])
            for number in (wanted.solid if place.loosened else ())
            if (real := place.at[number]) is not None
        ]
        signs = {sign for old, _ in pairs for sign in old} if Loosening.QUOTES in place.loosened else set()
        self._signs = _plain_signs(signs, lines) if signs else {}
        self._wanted, self._lines = wanted, lines
        self._strips = bool(pairs) and all(old != old.rstrip() and real == real.rstrip() for old, real in pairs)

    def line(self, line: str) -> str:
        moved = reindent(spaced(line) if self._signs else line, self._shift)
        if moved is None:
            raise BlockRefused(
                f'the indentation of "{line.strip()}" does not fit the file; copy the lines as they stand'
            )
        if self._shift is no_shift and "\t" in (indent := indent_of(moved)):
            moved = indent.replace("\t", self._tab) + moved[len(indent) :]
        if self._signs:
            moved = moved.translate(self._signs)
        return moved.rstrip() if self._strips else moved

    @cached_property
    def _tab(self) -> str:
        """What a tab before a line means: spaces, in a file that is indented by these alone.

        Who writes two spaces beside tabs means more than two by a tab.
        """
        indents = [len(line) - len(line.lstrip(" ")) for line in self._lines if line.startswith((" ", "\t"))]
        if not indents or any(line.startswith("\t") for line in self._lines):
            return "\t"
        by_two = sum(indent % 4 == 2 for indent in indents) * 4 > len(indents)  # noqa: PLR2004
        written = (*self._wanted.old, *self._wanted.new)
        return "  " if by_two and not any(" " in indent_of(line) for line in written) else "    "


def _plain_signs(signs: set[str], lines: Sequence[str]) -> dict[int, str]:
    """Return the plain signs for typographic ones that the reply has and the file has not; with one quote for all."""
    if signs & _QUOTES:
        signs = signs | _QUOTES
    return {ord(sign): plain(sign) for sign in signs if not sign.isascii() and not any(sign in line for line in lines)}
