"""Which lines of new texts have no counterpart in old ones, wherever those stood. Pure.

Each old line answers for one equal new line, so of each text exactly the surplus is left over. Which of several equal
lines is the new one, their neighbours tell: lines that kept their place come first, then those that moved with their
neighbours, then those that moved alone. The time grows with the number of lines, where difflib's grows with its square.
"""

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence

from tasks.patch.align import kept_lines

Texts = Mapping[str, Sequence[bytes]]
"""By path, its lines in order, as hashes."""

_NEIGHBOURS = ((2, 2), (1, 1), (1, 0), (0, 1), (0, 0))  # lines before and after that must be alike too


def left_over(old: Texts, new: Texts) -> dict[str, set[int]]:
    """Return, by path, the places (from 0) of the new lines that no old line answers for."""
    old_left = {path: set(range(len(lines))) for path, lines in old.items()}
    new_left = {path: set(range(len(lines))) for path, lines in new.items()}
    for path in old.keys() & new.keys():
        kept = kept_lines(old[path], new[path])
        new_left[path].difference_update(kept.keys())
        old_left[path].difference_update(kept.values())
    for before, after in _NEIGHBOURS:
        for same_path in (True, False):
            _pair_up(_Sort(old, before, after, same_path), old_left, _Sort(new, before, after, same_path), new_left)
    return new_left


class _Sort:
    """Tells which lines are alike: themselves, so many neighbours, and where asked for the path."""

    def __init__(self, texts: Texts, before: int, after: int, same_path: bool) -> None:  # noqa: FBT001  one call, above
        self._texts, self._before, self._after, self._same_path = texts, before, after, same_path

    def of(self, path: str, at: int) -> Hashable:
        lines = self._texts[path]
        window = tuple(lines[max(0, at - self._before) : at + self._after + 1])
        # Where the text begins or ends is part of what is alike.
        return (path if self._same_path else "", min(at, self._before), window)


def _pair_up(old: _Sort, old_left: Mapping[str, set[int]], new: _Sort, new_left: Mapping[str, set[int]]) -> None:
    """Take from both sides what is alike, in the order in which it stands."""
    if not any(old_left.values()):
        return
    waiting: defaultdict[Hashable, list[tuple[str, int]]] = defaultdict(list)
    for path, places in old_left.items():
        for at in sorted(places, reverse=True):
            waiting[old.of(path, at)].append((path, at))
    for path, places in new_left.items():
        for at in sorted(places):
            if spots := waiting.get(new.of(path, at)):
                old_path, old_at = spots.pop()
                old_left[old_path].discard(old_at)
                places.discard(at)
