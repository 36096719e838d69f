"""Which lines of a new version are the old ones, found in near-linear time (a patience diff)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from itertools import pairwise

_Pair = tuple[int, int]


def kept_lines(old: Sequence[Hashable], new: Sequence[Hashable]) -> dict[int, int]:
    """Map the index of each kept line in `new` to its index in `old`; both sides rise together.

    difflib is quadratic and worse on repeated lines; lines that are unique on both sides make good anchors, and the
    equal lines around an anchor follow it.
    """
    top = _alike(old, new)
    end = min(_alike(reversed(old), reversed(new)), min(len(old), len(new)) - top)
    kept = dict(zip(range(top), range(top), strict=True))
    _keep_between(old, new, (top, top), (len(old) - end, len(new) - end), kept)
    kept.update(zip(range(len(new) - end, len(new)), range(len(old) - end, len(old)), strict=True))
    return kept


def _alike(one: Iterable[Hashable], other: Iterable[Hashable]) -> int:
    """Count the lines at the beginning of both that are equal."""
    count = 0
    for mine, yours in zip(one, other, strict=False):
        if mine != yours:
            break
        count += 1
    return count


def _keep_between(
    old: Sequence[Hashable], new: Sequence[Hashable], start: _Pair, stop: _Pair, kept: dict[int, int]
) -> None:
    """Find the kept lines of a stretch that is not equal at its ends."""
    gone, come = old[start[0] : stop[0]], new[start[1] : stop[1]]
    if set(gone).isdisjoint(come):
        return
    found = _anchors(gone, come)
    anchors = [(start[0] - 1, start[1] - 1), *((start[0] + i, start[1] + j) for i, j in found), stop]
    for (old_from, new_from), (old_to, new_to) in pairwise(anchors):
        if new_from >= start[1]:
            kept[new_from] = old_from
        i, j = old_from + 1, new_from + 1
        while i < old_to and j < new_to and old[i] == new[j]:
            kept[j] = i
            i, j = i + 1, j + 1
        m, n = old_to - 1, new_to - 1
        below = {}
        while m >= i and n >= j and old[m] == new[n]:
            below[n] = m
            m, n = m - 1, n - 1
        kept.update(sorted(below.items()))


def _anchors(old: Sequence[Hashable], new: Sequence[Hashable]) -> list[tuple[int, int]]:
    old_counts, new_counts = Counter(old), Counter(new)
    where = {line: i for i, line in enumerate(old) if old_counts[line] == 1}
    pairs = [(where[line], j) for j, line in enumerate(new) if new_counts[line] == 1 and line in where]
    return _longest_rise(pairs)


def _longest_rise(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the longest run of pairs, in order, whose first numbers rise."""
    ends: list[int] = []
    tops: list[int] = []
    before: list[int] = []
    for number, (first, _) in enumerate(pairs):
        at = bisect_left(ends, first)
        before.append(tops[at - 1] if at else -1)
        ends[at : at + 1] = [first]
        tops[at : at + 1] = [number]
    run: list[tuple[int, int]] = []
    number = tops[-1] if tops else -1
    while number >= 0:
        run.append(pairs[number])
        number = before[number]
    return run[::-1]
