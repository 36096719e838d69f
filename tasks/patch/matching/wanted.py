"""Lines that are looked for in a file, and which of them the reply changes."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from tasks.patch.align import kept_lines
from tasks.patch.matching.lines import key_of


@dataclass(frozen=True)
class Wanted:
    """The lines `old` that shall become `new`; `kept` has the number in `old` of each that stays, by that in `new`.

    `has_margin` says that a diff's signs stood before them, `skipped` how many lines of the edit stand above them. At a
    seam, the numbers of an old and a new line, something that stays may stand between what changes.
    """

    old: Sequence[str]
    new: Sequence[str]
    kept: Mapping[int, int]
    has_margin: bool = False
    skipped: int = 0
    seams: Sequence[tuple[int, int]] = ()

    @cached_property
    def solid(self) -> Sequence[int]:
        """The numbers of the old lines that hold something."""
        return [number for number, line in enumerate(self.old) if line.strip()]

    @cached_property
    def keys(self) -> Sequence[str]:
        """What the lines that hold something are known by in a loose search."""
        return [key_of(self.old[number]) for number in self.solid]

    @cached_property
    def deleted(self) -> frozenset[int]:
        """The numbers of the old lines that go away."""
        return frozenset(range(len(self.old))).difference(self.kept.values())

    @cached_property
    def touched(self) -> frozenset[int]:
        """The numbers of the old lines that go away, or that something new comes right before or after."""
        beside, last = set(self.deleted), -1
        for number in range(len(self.new) + 1):
            if number < len(self.new) and number not in self.kept:
                continue
            here = self.kept[number] if number < len(self.new) else len(self.old)
            if number and number - 1 not in self.kept:
                beside.update((last, here))
            last = here
        return frozenset(beside) & frozenset(range(len(self.old)))

    def without_edges(self) -> "Wanted":
        """Return it without the blank lines at its ends that stay: they are no evidence of a place."""
        if (self.old[0].strip() and self.old[-1].strip()) or not self.solid:
            return self
        top = self._edge(range(self.solid[0]), range(len(self.new)))
        bottom = self._edge(range(len(self.old) - 1, self.solid[-1], -1), range(len(self.new) - 1, top - 1, -1))
        if not top and not bottom:
            return self
        old, new = (lines[top : len(lines) - bottom] for lines in (self.old, self.new))
        if self._slides:
            kept: Mapping[int, int] = kept_lines(old, new)
        else:
            kept = {here - top: there - top for here, there in self.kept.items() if 0 <= there - top < len(old)}
        seams = [(here - top, there - top) for here, there in self.seams]
        return Wanted(old, new, kept, self.has_margin, self.skipped + top, seams)

    @cached_property
    def _slides(self) -> bool:
        """Whether new lines come of which no diff says on which side of equal blank lines they do."""
        return not self.has_margin and any(line.strip() for at, line in enumerate(self.new) if at not in self.kept)

    def _edge(self, old: Sequence[int], new: Sequence[int]) -> int:
        """Return how many lines at one end are the same, from the end inwards, as far as they are blank."""

        def is_kept(pair: tuple[int, int]) -> bool:
            here, there = pair
            return self.old[here] == self.new[there] if self._slides else self.kept.get(there) == here

        return sum(1 for _ in itertools.takewhile(is_kept, zip(old, new, strict=False)))
