"""The lines of a file, prepared to be searched; what a loose search overlooks is overlooked here."""

import itertools
from collections.abc import Sequence
from functools import cached_property

from tasks.patch.text import Splice, Text, block_of, replaced

MOST_PLACES = 200  # enough to know that lines are ambiguous, and for a diff's numbers to choose among them

_PLAIN = dict(zip("\u2018\u2019\u201c\u201d\u2013\u2014\u2212\u00a0\u2026", "''\"\"--- .", strict=True))


def plain(text: str) -> str:
    """Write typographic quotes, dashes and spaces plainly."""
    if text.isascii():
        return text
    for sign, plain_sign in _PLAIN.items():  # many times faster than str.translate
        text = text.replace(sign, plain_sign)
    return text


def key_of(line: str) -> str:
    """Return what a line is known by in a loose search: nothing but its text, plainly written; "" for a blank line."""
    return plain(line).strip()


def without_blank_edges(lines: Sequence[str]) -> Sequence[str]:
    """Return lines without the blank ones at their ends; none where all are blank."""
    start, stop = 0, len(lines)
    while start < stop and not lines[start].strip():
        start += 1
    while stop > start and not lines[stop - 1].strip():
        stop -= 1
    return lines[start:stop]


class Lines:
    """The lines of a file, without their ends, and what they are known by; made as far as it is asked for.

    `block` has them as one string, with an empty line more at the top and at the end.
    """

    def __init__(self, text: Text) -> None:
        self.text = text
        self.block = text.block

    @property
    def lines(self) -> Sequence[str]:
        """The lines one by one."""
        return self.text.lines

    def spliced(self, splices: Sequence[Splice]) -> "Lines":
        """Return the lines with others in some places; what was made of those that stay is not made again."""
        lines = Lines(self.text.spliced(splices))
        if "_keys" in vars(self):
            lines._keys = replaced(self._keys, splices, lambda new: map(key_of, new))
        return lines

    @cached_property
    def solid(self) -> Sequence[int]:
        """The numbers (from 0) of the lines that hold something."""
        return list(itertools.compress(range(len(self.lines)), self._keys))

    @cached_property
    def keys(self) -> Sequence[str]:
        """What the lines that hold something are known by, one for one with `solid`."""
        return list(filter(None, self._keys))

    def stands(self, wanted: Sequence[str]) -> list[int]:
        """Return the numbers (from 0) of the lines at which `wanted` stands exactly, at most MOST_PLACES of them."""
        return [number for number, _ in self.spots(wanted)]

    def spots(self, wanted: Sequence[str]) -> list[tuple[int, int]]:
        """Return the same numbers, each with the offset of the line in `block`."""
        return _occurrences(wanted, self.block)

    def stands_once(self, wanted: Sequence[str]) -> bool:
        """Say whether `wanted` stands exactly in one place and no other."""
        block = block_of(wanted)
        at = self.block.find(block) if wanted else -1
        return at >= 0 and self.block.find(block, at + 1) < 0

    def stands_loosely(self, keys: Sequence[str]) -> list[int]:
        """Return the places in `keys` at which the given keys stand one after the other, at most MOST_PLACES."""
        return [number for number, _ in _occurrences(keys, self._key_text)] if keys else []

    @cached_property
    def _keys(self) -> Sequence[str]:
        block = plain(self.block)
        return list(map(str.strip, self.lines if block is self.block else block[1:-1].split("\n")))

    @cached_property
    def _key_text(self) -> str:
        return block_of(self.keys)


def _occurrences(wanted: Sequence[str], text: str) -> list[tuple[int, int]]:
    """Return number and offset of the lines of a block at which others stand.

    One string search: linear even where every line is alike, which a loop over the lines is not.
    """
    block = block_of(wanted)
    found: list[tuple[int, int]] = []
    number, counted = 0, 0
    at = text.find(block) if wanted else -1
    while at >= 0 and len(found) < MOST_PLACES:
        number += text.count("\n", counted, at)
        counted = at
        found.append((number, at + 1))
        at = text.find(block, at + 1)
    return found
