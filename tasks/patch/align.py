"""Which lines of a new version are the old ones, found in near-linear time (a patience diff)."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import pairwise


def kept_lines(old: Sequence[Hashable], new: Sequence[Hashable]) -> dict[int, int]:
    """Map the index of each kept line in `new` to its index in `old`; both sides rise together.

    difflib is quadratic and worse on repeated lines; lines that are unique on both sides make good anchors, and the
    equal lines around an anchor follow it.
    """
    kept: dict[int, int] = {}
    anchors = [(-1, -1), *_anchors(old, new), (len(old), len(new))]
    for (old_from, new_from), (old_to, new_to) in pairwise(anchors):
        if new_from >= 0:
            kept[new_from] = old_from
        i, j = old_from + 1, new_from + 1
        while i < old_to and j < new_to and old[i] == new[j]:
            kept[j] = i
            i, j = i + 1, j + 1
        m, n = old_to - 1, new_to - 1
        while m >= i and n >= j and old[m] == new[n]:
            kept[n] = m
            m, n = m - 1, n - 1
    return kept


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
