"""Line numbers that a model wrote before lines, because it was shown them so."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

_NUMBER = re.compile(r" {0,8}(\d{1,7}) ?([|:\u2502\u2192\t])")
_SURE = frozenset("\u2502\u2192")  # nobody but a listing writes these behind a number
_UNSPACED = frozenset("\u2192\t")
_STEPS = range(1, 4)  # blank lines may have lost their numbers


@dataclass(frozen=True, slots=True)
class Gutter:
    """What stands before each line of a listing: its number and a sign, with or without a space.

    `column` is where the sign stands below numbers that are set flush right, -1 where they are not.
    """

    sign: str
    column: int
    is_spaced: bool

    @property
    def is_sure(self) -> bool:
        """Whether a text of its own hardly ever has such numbers."""
        return self.column >= 0 or self.sign in _SURE

    def number(self, line: str) -> int | None:
        """Return the number before a line, None where it has none of this kind."""
        match = self._match(line)
        return int(match.group(1)) if match else None

    def without(self, lines: Sequence[str]) -> tuple[str, ...]:
        """Take the numbers away; a line that has none stays as it is, as those that the model added often do."""
        return tuple(self._bare(line) for line in lines)

    def _match(self, line: str) -> re.Match[str] | None:
        match = _NUMBER.match(line)
        if match is None or match.group(2) != self.sign:
            return None
        return match if line[0] != " " or match.start(2) == self.column else None

    def _bare(self, line: str) -> str:
        match = self._match(line)
        if match is None:
            return line
        text = line[match.end() :]
        return text.removeprefix(" ") if self.is_spaced else text


def gutter_of(lines: Sequence[str]) -> Gutter | None:
    """Return the gutter of a listing in which every line has its number, each one more than the last; else None."""
    gutter = _gutter_at_top(lines)
    numbers = [gutter.number(line) for line in lines if line.strip()] if gutter else []
    found = [number for number in numbers if number is not None]
    is_listing = len(found) == len(numbers) and all(b - a in _STEPS for a, b in itertools.pairwise(found))
    return gutter if is_listing else None


def unlisted(lines: tuple[str, ...], before: Sequence[str]) -> tuple[str, ...]:
    """Return a whole file without the numbers that only its listing has: not those that it had, or may well have.

    A few lines may lack theirs, and two may have the same: so a model does that adds lines.
    """
    gutter = _gutter_at_top(lines)
    solid = [line for line in lines if line.strip()] if gutter else []
    if gutter is None or len(solid) < 2:  # noqa: PLR2004 - one number makes no listing
        return lines
    found = [number for line in solid if (number := gutter.number(line)) is not None]
    if len(found) * 4 < len(solid) * 3 or any(b < a for a, b in itertools.pairwise(found)):
        return lines
    known = set(before)
    as_written = sum(line in known for line in solid)
    as_meant = sum(line in known for line in gutter.without(solid) if line.strip())
    is_meant = as_meant > as_written or (as_meant == as_written and gutter.is_sure)
    return gutter.without(lines) if is_meant else lines


def _gutter_at_top(lines: Sequence[str]) -> Gutter | None:
    """Return what stands before the first line of text, and before those that follow with the same sign."""
    first = next((line for line in lines if line.strip()), "")
    match = _NUMBER.match(first) if first.lstrip(" ")[:1].isdigit() else None
    if match is None:
        return None
    sign = match.group(2)
    matches = [match for line in lines if (match := _NUMBER.match(line)) and match.group(2) == sign]
    column = next((match.start(2) for match in matches if match.string[0] == " "), -1)
    is_spaced = sign not in _UNSPACED and all(match.string[match.end() :][:1] in {" ", ""} for match in matches)
    return Gutter(sign, column, is_spaced)
