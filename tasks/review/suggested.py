"""Undoes what models do to the lines that they suggest, where it can be undone without doubt. Pure.

They copy the lines around the ones to replace, leave the diff's markers in, and lose empty lines at the ends.
"""

import dataclasses
import re
from collections.abc import Callable, Sequence

_FENCE = re.compile(r"\s*(`{3,}|~{3,})[\w+:-]*\s*")
_TELLING = 4  # letters and digits; "}" or "try:" may well stand twice
_MOST_CONTEXT = 50  # lines

Lines = tuple[str, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class Spot:
    """Lines of a file that are to be replaced, and those around them, without their ends."""

    above: Lines
    replaced: Lines
    below: Lines

    @classmethod
    def of(cls, lines: Lines, first: int, last: int) -> "Spot":
        """Take a file's lines apart around those from `first` to `last`, counted from 1."""
        return cls(lines[: first - 1], lines[first - 1 : last], lines[last:])

    def turned(self) -> "Spot":
        """Return the spot upside down, so that what holds above can be asked of below."""
        return Spot(self.below[::-1], self.replaced[::-1], self.above[::-1])


def plain(suggestion: str, spot: Spot) -> Lines:
    """Return the lines of a suggestion without fence, without the markers of a diff and white space at their ends."""
    if not suggestion:
        return ()
    lines = _without_fence(tuple(suggestion.split("\n")))
    is_diff = all(line[:1] in {"", "+", "-", " "} for line in lines) and any(line.startswith("+") for line in lines)
    if is_diff and not any(line.startswith(("+", "-")) for line in spot.replaced):
        lines = tuple(line[1:] for line in lines if not line.startswith("-"))
    return tuple(line if line in spot.replaced else line.rstrip() for line in lines)


def without_context(lines: Lines, spot: Spot) -> Lines:
    """Return lines without those that repeat what stands above and below, where they say enough to be no chance."""
    turned = spot.turned()
    above, below = _context(lines, spot, is_top=True), _context(lines[::-1], turned, is_top=False)
    tells_above, tells_below = _tells(lines[:above]), _tells(lines[len(lines) - below :])
    # Who copied the one end has copied the other too, however little it says.
    first = above if tells_above or (above and tells_below) else 0
    last = len(lines) - (below if tells_below or (below and tells_above) else 0)
    # Nothing is left where the lines between two others are to go.
    is_sure = first < last or (0 < first == last < len(lines))
    return lines[first:last] if is_sure else lines


def with_edges(lines: Lines, spot: Spot) -> Lines:
    """Return lines with as many empty ones at each end as are meant there; without any text, nothing."""
    if not "".join(lines).strip():
        return ()
    top = _empty_first(lines, spot)
    turned = spot.turned()
    bottom = _empty_first(lines[::-1], turned)
    told = lines[_blank(lines) : len(lines) - _blank(lines[::-1])]
    return ("",) * top + told + ("",) * bottom


def without_brackets(lines: Lines, spot: Spot) -> Lines:
    """Return lines without those that repeat what stands above and below, but say too little to tell copies by."""
    above = _repeated(lines, spot, _begins)
    below = min(_repeated(lines[::-1], spot.turned(), _begins), len(lines) - above)
    bare = lines[above : len(lines) - below]
    is_empty = not "".join([*lines[:above], *lines[len(lines) - below :]]).strip()
    return lines if is_empty else bare


def echoes(lines: Lines, spot: Spot) -> bool:
    """Say whether the ends of a suggestion are the lines around it, but not exactly."""
    return _echoes(lines, spot) or _echoes(lines[::-1], spot.turned())


def _context(lines: Lines, spot: Spot, *, is_top: bool) -> int:
    """Return how many first lines, empty ones before them included, are the last ones above."""
    skipped = _blank(lines)
    told = lines[skipped:]
    size = _repeated(told, spot, _holds) or (_stripped(told, spot) if is_top else 0)
    return skipped + size if size else 0


def _repeated(lines: Lines, spot: Spot, is_kept: Callable[[Lines, Lines], bool]) -> int:
    """Return how many first lines are the last ones above; none that are kept of the replaced lines."""
    for size in range(min(len(lines), len(spot.above), _MOST_CONTEXT), 0, -1):
        if lines[:size] == spot.above[-size:] and not is_kept(spot.replaced, lines[:size]):
            return size
    return 0


def _begins(replaced: Lines, lines: Lines) -> bool:
    return replaced[: len(lines)] == lines


def _holds(replaced: Lines, lines: Lines) -> bool:
    return any(replaced[at : at + len(lines)] == lines for at in range(len(replaced)))


def _stripped(lines: Lines, spot: Spot) -> int:
    """Return the same for a text that was stripped as a whole, by which its first line lost its indentation."""
    if not lines or lines[0] != lines[0].lstrip():
        return 0
    for size in range(min(len(lines), len(spot.above), _MOST_CONTEXT), 1, -1):
        if lines[0] == spot.above[-size].lstrip() and lines[1:size] == spot.above[-size:][1:]:
            return size
    return 0


def _empty_first(lines: Lines, spot: Spot) -> int:
    """Return how many empty lines to begin with: as many as were there, if the suggestion does not surely say else."""
    mine, theirs = _blank(lines), _blank(spot.replaced)
    is_chance = mine == theirs + 1 or (mine > theirs and spot.above[-1:] == ("",))
    return theirs if not mine or is_chance else mine


def _echoes(lines: Lines, spot: Spot) -> bool:
    words, near = _words(lines), _words(spot.above[-_MOST_CONTEXT:][::-1])[::-1]
    if not words or not near or words[0] in _words(spot.replaced)[:1]:
        return False
    for size in range(1, min(len(words), len(near)) + 1):
        alike = sum(one == other for one, other in zip(words[:size], near[-size:], strict=True))
        if words[size - 1] == near[-1] and alike > size / 2 and _tells(words[:size]):
            return True
    return False


def _words(lines: Lines) -> list[str]:
    """Return lines with single spaces, from the first that says something."""
    return [" ".join(line.split()) for line in lines[_blank(lines) :]]


def _tells(lines: Sequence[str]) -> bool:
    return sum(map(str.isalnum, "".join(lines))) >= _TELLING


def _blank(lines: Lines) -> int:
    """Return how many first lines are empty."""
    return next((at for at, line in enumerate(lines) if line.strip()), len(lines))


def _without_fence(lines: Lines) -> Lines:
    told = [at for at, line in enumerate(lines) if line.strip()]
    if len(told) < 2:  # noqa: PLR2004  a fence has two ends
        return lines
    first, last = (_FENCE.fullmatch(lines[told[at]]) for at in (0, -1))
    is_fenced = first and last and first[1] == last[1] == lines[told[-1]].strip()
    return lines[told[0] + 1 : told[-1]] if is_fenced else lines
