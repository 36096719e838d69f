"""Undoes what models do to the lines that they suggest, where it can be undone without doubt. Pure.

They copy the lines around the ones to replace, lose the indentation, and leave the diff's markers in.
"""

import dataclasses
import re
from collections.abc import Sequence

from tasks.patch.indent import find_shift, indent_of, reindent

_FENCE = re.compile(r"\s*(`{3,}|~{3,})[\w+:-]*\s*")
_TELLING = 4  # letters and digits; "}" or "else:" may well stand twice
_MOST_CONTEXT = 50  # lines

Lines = tuple[str, ...]
Readings = tuple[Lines, ...]
"""What lines may have been meant to be."""


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


def plain(suggestion: str, spot: Spot) -> Lines:
    """Return the lines of a suggestion without fence, markers, empty lines at its ends and white space at theirs."""
    if not suggestion:
        return ()
    lines = _without_fence(tuple(suggestion.split("\n")))
    is_diff = all(line[:1] in {"", "+", "-", " "} for line in lines) and any(line.startswith("+") for line in lines)
    if is_diff and not any(line.startswith(("+", "-")) for line in spot.replaced):
        lines = tuple(line[1:] for line in lines if not line.startswith("-"))
    return tuple(line if line in spot.replaced else line.rstrip() for line in _trimmed(lines, spot.replaced))


def repeated_context(lines: Lines, spot: Spot) -> tuple[int, int]:
    """Return how many lines at the beginning repeat what stands above, and how many at the end what stands below."""
    above = _longest(lines, spot.replaced, spot.above[-_MOST_CONTEXT:])
    turned = _longest(lines[::-1], spot.replaced[::-1], spot.below[:_MOST_CONTEXT][::-1])
    return above, min(turned, len(lines) - above)


def tells(lines: Sequence[str]) -> bool:
    """Say whether lines hold so much that their standing twice is no chance."""
    return sum(map(str.isalnum, "".join(lines))) >= _TELLING


def echoes(lines: Lines, spot: Spot) -> bool:
    """Say whether the ends of a suggestion are the lines around it, but not exactly."""
    return _echoes(lines, spot.replaced, spot.above) or _echoes(lines[::-1], spot.replaced[::-1], spot.below[::-1])


def indentations(lines: Lines, spot: Spot) -> Sequence[Readings]:
    """Return what a suggestion may have looked like before its indentation was changed by mistake.

    The first readings of which any fits are to be taken, and only if no other of them fits as well. Less indentation,
    or more, may be what is meant; none at all, or another sign for it, is not.
    """
    mine, theirs = _common(lines), _common(spot.replaced)
    if not _texts(lines) or not _texts(spot.replaced) or mine == theirs:
        return [(lines,)]
    if not mine:
        return _restored(lines, spot, theirs)
    if ("\t" in mine) != ("\t" in theirs) and theirs:
        return [_shifted(lines, _same_lines(lines, spot) or [(mine, theirs)])]
    is_about_indentation = _texts(lines) == _texts(spot.replaced)
    return [(lines, *([] if is_about_indentation else _shifted(lines, _same_lines(lines, spot))))]


def _restored(lines: Lines, spot: Spot, lost: str) -> Sequence[Readings]:
    """Add what all replaced lines have in common: to all, or to the first alone where the text was stripped whole."""
    to_all = _added(lines, lost)
    rest = [line for line in lines[1:] if line.strip()]
    if not rest or not all(line.startswith(lost) for line in rest):
        return [to_all]
    to_first = (lost + lines[0], *lines[1:])
    if any(one == other for one, other in _same_lines(lines, spot)):
        return [(to_first,), to_all]
    return [(to_first, *to_all)]


def _added(lines: Lines, lost: str) -> Readings:
    """Return the lines with more indentation; nothing where their own is not made of the same sign."""
    own = {indent_of(line) for line in lines if line.strip()} - {""}
    if "\t" in lost and any(" " in indent for indent in own):
        lines = next(iter(_shifted(lines, [(min(own, key=len), "\t")])), ())
    elif "\t" not in lost and any("\t" in indent for indent in own):
        return ()
    return (tuple(lost + line if line.strip() else line for line in lines),) if lines else ()


def _same_lines(lines: Lines, spot: Spot) -> list[tuple[str, str]]:
    """Pair the lines that are the same but for their indentation and stand once on both sides."""
    mine, theirs = ([line.strip() for line in side] for side in (lines, spot.replaced))
    return [
        (lines[at], spot.replaced[theirs.index(text)])
        for at, text in enumerate(mine)
        if tells([text]) and mine.count(text) == 1 and theirs.count(text) == 1
    ]


def _shifted(lines: Lines, pairs: Sequence[tuple[str, str]]) -> Readings:
    """Return the lines moved by the one rule that takes the first of each pair to the second; nothing without one."""
    # Indentation alone counts; a dot stands for the text, because lines without text show nothing.
    written, real = ([f"{indent_of(pair[side])}." for pair in pairs] for side in (0, 1))
    shift = find_shift(written, real) if pairs else None
    moved = [reindent(line, shift) for line in lines] if shift else []
    return (tuple(line for line in moved if line is not None),) if moved and None not in moved else ()


def _without_fence(lines: Lines) -> Lines:
    told = [at for at, line in enumerate(lines) if line.strip()]
    if len(told) < 2:  # noqa: PLR2004  a fence has two ends
        return lines
    first, last = (_FENCE.fullmatch(lines[told[at]]) for at in (0, -1))
    is_fenced = first and last and first[1] == last[1] == lines[told[-1]].strip()
    return lines[told[0] + 1 : told[-1]] if is_fenced else lines


def _trimmed(lines: Lines, replaced: Lines) -> Lines:
    """Drop empty lines at the ends where the replaced lines have none."""
    first, last = 0, len(lines)
    while first < last and not lines[first].strip() and (replaced[:1] != ("",)):
        first += 1
    while first < last and not lines[last - 1].strip() and (replaced[-1:] != ("",)):
        last -= 1
    return lines[first:last]


def _longest(lines: Lines, replaced: Lines, around: Lines) -> int:
    """Return how many first lines are the last ones of `around`, unless the replaced lines begin with them as well."""
    for size in range(min(len(lines), len(around)), 0, -1):
        if lines[:size] == around[-size:] and lines[:size] != replaced[:size]:
            return size
    return 0


def _echoes(lines: Lines, replaced: Lines, around: Lines) -> bool:
    if not around or not lines:
        return False
    words = [" ".join(line.split()) for line in lines]
    near = [" ".join(line.split()) for line in around[-_MOST_CONTEXT:]]
    same_begin = words[0] == " ".join(replaced[0].split()) if replaced else False
    if words[0] == near[-1] and tells(words[:1]) and not same_begin:
        return True
    for size in range(2, min(len(words), len(near)) + 1):
        alike = sum(one == other for one, other in zip(words[:size], near[-size:], strict=True))
        if words[size - 1] == near[-1] and size / 2 < alike < size and not same_begin:
            return True
    return False


def _texts(lines: Sequence[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]


def _common(lines: Sequence[str]) -> str:
    """Return the indentation that all lines with text have in common."""
    indents = [indent_of(line) for line in lines if line.strip()]
    common = min(indents, key=len, default="")
    while not all(indent.startswith(common) for indent in indents):
        common = common[:-1]
    return common
