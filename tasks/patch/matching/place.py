"""A place in a file that lines of a reply fit, and how loosely they had to be compared."""

import enum
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from tasks.patch.indent import Shift, find_shift, indent_of, no_shift
from tasks.patch.matching.lines import plain
from tasks.patch.matching.wanted import Wanted

_Pair = tuple[str, str]
_NO_BREAK = "\u00a0"


def spaced(line: str) -> str:
    """Return a line with plain spaces in the place of no-break spaces before its text."""
    text = line.lstrip(" \t\u00a0")
    return line[: len(line) - len(text)].replace(_NO_BREAK, " ") + text


class Loosening(enum.IntEnum):
    """What was overlooked so that lines fit, from strict to loose; a stricter fit anywhere is taken before a looser."""

    TRAILING_SPACE = 1
    INDENTATION = 2
    TABS = 3
    QUOTES = 4
    ENTITIES = 5
    LINE_NUMBERS = 6
    BLANK_LINES = 7
    MARGIN = 8
    ELISION = 9
    TYPO = 10

    def __str__(self) -> str:
        """Return its name in words."""
        return self.name.lower().replace("_", " ")


class Place(NamedTuple):
    """Lines that fit: `at` tells for each wanted line the number (from 0) of the file's, None where it has none.

    What has a number rises. `shift` turns the indentation of a line as the reply has it into the file's. Lines that
    stand as they are begin at `offset` in the file's block.
    """

    at: Sequence[int | None]
    loosened: frozenset[Loosening] = frozenset()
    shift: Shift = no_shift
    offset: int = 0

    @property
    def start(self) -> int:
        """The number of the first line of the file that is meant."""
        first = self.at[0]
        return first if first is not None else next(number for number in self.at if number is not None)

    @property
    def stop(self) -> int:
        """The number of the line after the last one."""
        last = self.at[-1]
        return (last if last is not None else next(number for number in reversed(self.at) if number is not None)) + 1

    @property
    def grade(self) -> tuple[int, int]:
        """How loose the comparison was; smaller is stricter."""
        return max(self.loosened, default=0), sum(self.loosened)


@dataclass(slots=True)
class _Fit:
    """What comparing pairs of lines has shown so far: wanted and real ones."""

    loosened: set[Loosening] = field(default_factory=set)
    pairs: list[_Pair] = field(default_factory=list)  # of lines that hold something
    uneven: list[_Pair] = field(default_factory=list)  # of these, those that are indented differently

    def compare(self, wanted: str, real: str) -> None:
        if wanted[:1] == _NO_BREAK:  # in place of the spaces of an indentation
            self.loosened.add(Loosening.QUOTES)
            wanted = spaced(wanted)
        if wanted.strip():
            self.pairs.append((wanted, real))
        if wanted != real:
            self._contrast(wanted, real)

    def _contrast(self, wanted: str, real: str) -> None:
        if wanted.strip() and indent_of(wanted) != indent_of(real):
            self.uneven.append((wanted, real))
        elif wanted.strip() and _lead_of(wanted) != _lead_of(real):  # a form feed
            self.loosened.add(Loosening.INDENTATION)
        one, other = wanted.rstrip(), real.rstrip()
        if len(one) != len(wanted) or len(other) != len(real):
            self.loosened.add(Loosening.TRAILING_SPACE)
        one, other = one.lstrip(), other.lstrip()
        if one != other:
            self.loosened.add(Loosening.QUOTES if plain(one) == plain(other) else Loosening.TYPO)


def _lead_of(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def measure(
    wanted: Wanted, at: Sequence[int | None], lines: Sequence[str], also: Iterable[Loosening] = ()
) -> Place | None:
    """Tell how loosely lines fit where they were found; None where no rule explains their indentation.

    `also` is what the search has overlooked already.
    """
    fit = _Fit(set(also))
    sure: list[_Pair] = []
    for number, place in enumerate(at):
        if place is None:
            continue
        fit.compare(wanted.old[number], lines[place])
        if wanted.has_margin and number in wanted.deleted and wanted.old[number].strip():
            sure.append(fit.pairs[-1])
    if not fit.uneven:
        return Place(at, frozenset(fit.loosened))
    if wanted.has_margin and _lost_margin(fit.uneven, sure):
        fit.loosened.add(Loosening.MARGIN)
        return Place(at, frozenset(fit.loosened))
    shift = _shift(fit)
    return None if shift is None else Place(at, frozenset(fit.loosened), shift)


def _shift(fit: _Fit) -> Shift | None:
    shift = find_shift([wanted for wanted, _ in fit.pairs], [real for _, real in fit.pairs])
    if shift is not None:
        has_tabs = any("\t" in indent_of(wanted) + indent_of(real) for wanted, real in fit.pairs)
        fit.loosened.add(Loosening.TABS if has_tabs else Loosening.INDENTATION)
    return shift


def _lost_margin(uneven: Sequence[_Pair], sure: Sequence[_Pair]) -> bool:
    """Say whether lines of a diff have lost the space before them; those that are taken away have theirs still.

    Models write context without the one sign that a diff puts before it, and a reader takes the first of its own
    spaces for that sign.
    """
    if any(indent_of(wanted) != indent_of(real) for wanted, real in sure):
        return False
    return all(" " + indent_of(wanted) == indent_of(real) for wanted, real in uneven)
