"""Puts the file's own lines where a whole file leaves some out, if the lines around say for certain which."""

import itertools
from collections.abc import Sequence

from tasks.patch.align import kept_lines
from tasks.patch.excerpt import elisions
from tasks.patch.matching.lines import Lines

_CONTEXT = 5  # lines on each side of a remark that must be the file's, or as many as there are
_LEAST = 2  # of these


def filled_in(new: Sequence[str], old: Sequence[str], path: str) -> Sequence[str]:
    """Return the lines with every remark that stands for left-out code replaced by that code of the file, as far as sure.

    Sure is a remark whose neighbours on both sides are lines of the file that stand only once between the places of the
    remarks before and after. The others are left as they are.
    """
    gaps = [number for number in elisions(new, path) if new[number] not in old]
    if not gaps:
        return new
    kept = kept_lines([line.rstrip() for line in old], [line.rstrip() for line in new])
    filled: list[str] = []
    done = 0
    for before, gap, after in zip((-1, *gaps), gaps, (*gaps[1:], len(new)), strict=False):
        left_out = _left_out(new, old, kept, (before, gap, after))
        filled += new[done:gap] if left_out else new[done : gap + 1]
        filled += [old[number] for number in left_out]
        done = gap + 1
    return [*filled, *new[done:]]


def _left_out(new: Sequence[str], old: Sequence[str], kept: dict[int, int], bounds: tuple[int, int, int]) -> range:
    before, gap, after = bounds
    above = _side(kept, range(gap - 1, max(before, gap - 1 - _CONTEXT), -1))[::-1]
    below = _side(kept, range(gap + 1, min(after, gap + 1 + _CONTEXT)))
    if not above or not below or above[-1] >= below[0]:
        return range(0)
    floor = kept.get(before + 1, 0) if before >= 0 else 0
    roof = kept.get(after - 1, len(old) - 1) if after < len(new) else len(old) - 1
    if not (_is_sure(above, old, floor, below[0]) and _is_sure(below, old, above[-1] + 1, roof + 1)):
        return range(0)
    return range(above[-1] + 1, below[0])


def _side(kept: dict[int, int], numbers: range) -> list[int]:
    """Return the lines of the file right beside a remark, nearest first, as far as they follow each other there."""
    found: list[int] = []
    for number in numbers:
        real = kept.get(number)
        if real is None or (found and abs(real - found[-1]) != 1):
            break
        found.append(real)
    return found


def _is_sure(side: Sequence[int], old: Sequence[str], floor: int, roof: int) -> bool:
    lines = [old[number] for number in side]
    solid = sum(bool(line.strip()) for line in lines)
    return solid >= _LEAST and len(Lines(old[floor:roof]).stands(lines)) == 1
