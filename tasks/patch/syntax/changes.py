"""Where two versions of a text differ, as whole lines; cheap where they differ little. Pure."""

from collections.abc import Iterator
from typing import NamedTuple

_WINDOWS = (700, 5000)  # characters after a difference in which the versions are sought to agree again
_AGREEING = 3  # lines one after another that say so


class Change(NamedTuple):
    """Lines of the old text and what stands for them in the new one, as offsets of characters; ends are excluded."""

    old_start: int
    old_end: int
    new_start: int
    new_end: int

    def through(self, last: "Change") -> "Change":
        """Return one change from the start of this one to the end of a later one."""
        return Change(self.old_start, last.old_end, self.new_start, last.new_end)

    def widened(self, above: int, below: int) -> "Change":
        """Return this change with as many more characters above it and below it, which are equal in both texts."""
        return Change(self.old_start - above, self.old_end + below, self.new_start - above, self.new_end + below)


class Part(NamedTuple):
    """Whole lines around a change in the new text, and what is to be parsed for them; None: that is not for sure."""

    start: int
    end: int
    text: str | None


def find_changes(old: str, new: str, untouched: tuple[int, int] = (0, 0)) -> Iterator[Change]:
    """Yield what differs, in order: not always the fewest lines, but all text outside of them is equal.

    `untouched` are the characters at the top and at the end that are said to be equal; it is looked whether they are.
    """
    if _are_equal(old, new, *untouched):
        at, old_end, new_end = untouched[0], len(old) - untouched[1], len(new) - untouched[1]
    else:
        at = _next_difference(old, new, 0, 0, min(len(old), len(new)))
        old_end, new_end = _common_end(old, new, at)
    old_at = new_at = at
    while old_at < old_end or new_at < new_end:
        to_old, to_new = _agreement(old, new, (old_at, old_end), (new_at, new_end))
        yield Change(old_at, to_old, new_at, to_new)
        same = _next_difference(old, new, to_old, to_new, min(old_end - to_old, new_end - to_new))
        old_at, new_at = to_old + same, to_new + same


def _are_equal(old: str, new: str, top: int, end: int) -> bool:
    """Say whether two texts have so many characters in common at the top and at the end, all in whole lines."""
    ends_old, ends_new = len(old) - end, len(new) - end
    return (
        top + end > 0
        and top <= min(ends_old, ends_new)
        and _begins_line(old, top)
        and _begins_line(old, ends_old)
        and _begins_line(new, ends_new)
        and old[:top] == new[:top]
        and old[ends_old:] == new[ends_new:]
    )


def _next_difference(old: str, new: str, old_at: int, new_at: int, most: int) -> int:
    """Count the characters of the whole lines that are equal from two starts of lines on."""
    low, high = 0, most
    while low < high:  # by halves, for strings are compared much faster than their characters can be looked at
        middle = (low + high + 1) // 2
        if new.startswith(old[old_at + low : old_at + middle], new_at + low):
            low = middle
        else:
            high = middle - 1
    if low == most and old_at + low == len(old) and new_at + low == len(new):
        return low
    return max(old.rfind("\n", old_at, old_at + low) + 1 - old_at, 0)


def _common_end(old: str, new: str, start: int) -> tuple[int, int]:
    """Return where in each text the lines begin that both end with, not before `start`."""
    old_length, new_length = len(old), len(new)
    low, high = 0, min(old_length, new_length) - start
    while low < high:
        middle = (low + high + 1) // 2
        if new.endswith(old[old_length - middle : old_length - low], 0, new_length - low):
            low = middle
        else:
            high = middle - 1
    if not (_begins_line(old, old_length - low) and _begins_line(new, new_length - low)):
        line_end = old.find("\n", old_length - low)
        low = old_length - line_end - 1 if line_end >= 0 else 0
    return old_length - low, new_length - low


def _begins_line(text: str, at: int) -> bool:
    return at == 0 or text[at - 1] == "\n"


def _agreement(old: str, new: str, old_span: tuple[int, int], new_span: tuple[int, int]) -> tuple[int, int]:
    """Return the nearest places in two spans from which on several lines are equal; their ends where there are none."""
    for window in _WINDOWS:
        (old_at, old_end), (new_at, new_end) = old_span, new_span
        if max(old_end - old_at, new_end - new_at) <= window:  # all that is left: looking for more costs more
            break
        old_lines = old[old_at : min(old_at + window, old_end)].split("\n")[:-1]
        new_lines = new[new_at : min(new_at + window, new_end)].split("\n")[:-1]
        best = min(_agreeing(old_lines, new_lines), key=sum, default=None)
        if best:
            return old_at + _length(old_lines[: best[0]]), new_at + _length(new_lines[: best[1]])
    return old_span[1], new_span[1]


def _agreeing(old: list[str], new: list[str]) -> Iterator[tuple[int, int]]:
    """Yield places in two lists of lines from which on several are equal."""
    places = {line: number for number, line in reversed(list(enumerate(new)))}
    for number, line in enumerate(old):
        place = places.get(line)
        if place is not None and old[number : number + _AGREEING] == new[place : place + _AGREEING]:
            yield number, place


def _length(lines: list[str]) -> int:
    return sum(map(len, lines)) + len(lines)
