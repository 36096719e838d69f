"""Where the lines of a SEARCH stand in a file: exactly one place, or a refusal that names the choices."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tasks.patch.indent import Shift, find_shift, no_shift
from tasks.patch.refusal import BlockRefused

MOST_PLACES = 20  # enough to know that a SEARCH is ambiguous, and to name the first choices

_TYPOGRAPHIC = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014\u00a0", "''\"\"-- ")


def as_it_is(line: str) -> str:
    """Compare lines character by character."""
    return line


def without_trailing_space(line: str) -> str:
    """Compare lines without the white space at their end."""
    return line.rstrip()


def with_plain_quotes(line: str) -> str:
    """Compare lines with typographic quotes, dashes and spaces written plainly."""
    return line.rstrip().translate(_TYPOGRAPHIC)


@dataclass(frozen=True, slots=True)
class Place:
    """Lines `start` to `stop` (from 0, end excluded), how loosely they were compared, and the indentation to add."""

    start: int
    stop: int
    loosen: Callable[[str], str]
    shift: Shift


def find_place(old: Sequence[str], lines: Sequence[str]) -> Place | None:
    """Find the one place where `old` stands in `lines`, or None.

    Comparisons go from strict to loose, and the first that finds anything decides: the text itself, trailing white
    space, typographic quotes, a uniform change of indentation. Two places in the deciding comparison are a refusal.
    """
    for loosen in (as_it_is, without_trailing_space, with_plain_quotes):
        starts = occurrences([loosen(line) for line in old], [loosen(line) for line in lines])
        if starts:
            return Place(_only(starts, lines), starts[0] + len(old), loosen, no_shift)
    return _find_shifted(old, lines)


def occurrences(needle: Sequence[str], lines: Sequence[str]) -> list[int]:
    """Return the first line numbers (from 0) where `needle` stands as whole lines, at most MOST_PLACES of them."""
    # One string search: linear even where every line is alike, which a loop over the lines is not.
    text = "\n" + "\n".join(lines) + "\n"
    wanted = "\n" + "\n".join(needle) + "\n"
    found: list[int] = []
    at = text.find(wanted)
    while at >= 0 and len(found) < MOST_PLACES:
        found.append(text.count("\n", 0, at))
        at = text.find(wanted, at + 1)
    return found


def _find_shifted(old: Sequence[str], lines: Sequence[str]) -> Place | None:
    shifts: dict[int, Shift] = {}
    starts = occurrences([line.strip() for line in old], [line.strip() for line in lines])
    for start in starts:
        shift = find_shift(old, lines[start : start + len(old)])
        if shift is not None:
            shifts[start] = shift
    if not shifts:
        return None
    start = _only(list(shifts), lines)
    return Place(start, start + len(old), without_trailing_space, shifts[start])


def _only(starts: Sequence[int], lines: Sequence[str]) -> int:
    if len(starts) == 1:
        return starts[0]
    places = ", ".join(str(start + 1) for start in starts[:5]) + (", ..." if len(starts) > 5 else "")  # noqa: PLR2004
    raise BlockRefused(
        f"these lines stand in more than one place (at lines {places}); add lines around them until only one fits",
        nearest=lines[max(0, starts[0] - 2) : starts[0] + 3],
        first_line=max(0, starts[0] - 2) + 1,
    )
