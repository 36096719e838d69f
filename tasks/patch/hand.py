"""The hand that a file is written in: new lines are written in it as far as the old ones show how."""

from collections.abc import Mapping, Sequence
from functools import cached_property

from tasks.patch.indent import indent_of, no_shift, reindent
from tasks.patch.matching.lines import Lines, plain
from tasks.patch.matching.place import Loosening, Place, spaced
from tasks.patch.matching.wanted import Wanted
from tasks.patch.refusal import BlockRefused

_QUOTES = frozenset("\u2018\u2019\u201c\u201d")
_BLANK = frozenset(" \t")
_MANY = 3  # lines that are indented; fewer may be anything


class Hand:
    """Writes the new lines of a reply for a file, given how its old ones differ from those that they stand for."""

    def __init__(self, wanted: Wanted, place: Place, lines: Lines) -> None:
        self._wanted, self._place, self._lines = wanted, place, lines

    def write(self, lines: Sequence[str]) -> Sequence[str]:
        """Return lines as the file would have them; raises BlockRefused where the indentation of one fits no rule."""
        if self._place.loosened:
            return [self._written(line) for line in lines]
        if not self._spaces and "\t" not in "".join(lines):
            return lines
        return [self._indented(line) if line[:1] in _BLANK else line for line in lines]

    def _written(self, line: str) -> str:
        if not line.strip():
            return self._blank(line)
        if line in self._known:
            return self._known[line]
        moved = reindent(spaced(line) if self._signs else line, self._place.shift)
        if moved is None:
            raise BlockRefused(
                f'the indentation of "{line.strip()}" does not fit the file; copy the lines as they stand'
            )
        if self._place.shift is no_shift:
            moved = self._indented(moved)
        if self._signs:
            moved = moved.translate(self._signs)
        return moved.rstrip() if self._strips else moved

    def _blank(self, line: str) -> str:
        if not line or self._empties:
            return ""
        shifted = self._place.shift(line) if Loosening.TABS in self._place.loosened else None
        return line if shifted is None else shifted

    def _indented(self, line: str) -> str:
        indent = indent_of(line)
        if "\t" in indent:
            return indent.replace("\t", self._tab) + line[len(indent) :]
        return indent.replace(self._spaces, "\t") + line[len(indent) :] if indent and self._spaces else line

    @cached_property
    def _pairs(self) -> Sequence[tuple[str, str]]:
        """The old lines that hold something, each with the file's."""
        at, old, lines = self._place.at, self._wanted.old, self._lines.lines
        return [(old[number], lines[real]) for number in self._wanted.solid if (real := at[number]) is not None]

    @cached_property
    def _known(self) -> Mapping[str, str]:
        """What an old line is in the file; the same words in a new line are meant to be the same."""
        known: dict[str, str] = {}
        for old, real in self._pairs:
            known[old] = real if known.get(old, real) == real else old
        return {old: real for old, real in known.items() if old != real}

    @cached_property
    def _signs(self) -> Mapping[int, str]:
        """The plain signs for typographic ones that the reply has and the file has not; one quote speaks for all."""
        if Loosening.QUOTES not in self._place.loosened:
            return {}
        signs = {sign for old, _ in self._pairs for sign in old if not sign.isascii()}
        signs |= _QUOTES if signs & _QUOTES else set()
        return {ord(sign): plain(sign) for sign in signs if sign not in self._lines.block}

    @cached_property
    def _strips(self) -> bool:
        """Whether all old lines have white space at their end that those of the file have not."""
        return bool(self._pairs) and all(old != old.rstrip() and real == real.rstrip() for old, real in self._pairs)

    @cached_property
    def _empties(self) -> bool:
        """Whether white space on blank lines means nothing: the file has none on such, or all lines end with some."""
        if Loosening.TRAILING_SPACE not in self._place.loosened:
            return False
        at, old, lines = self._place.at, self._wanted.old, self._lines.lines
        blanks = [lines[real] for line, real in zip(old, at, strict=True) if real is not None and line.isspace()]
        if blanks:
            return not any(blanks)
        added = [line for line in self._wanted.new if line.strip() and line not in old]
        return self._strips and all(line != line.rstrip() for line in added)

    @cached_property
    def _spaces(self) -> str:
        """What stands for a tab before new lines, in a file that is indented by tabs alone; "" where spaces may be."""
        if "\n " in self._lines.block or self._lines.block.count("\n\t") < _MANY:
            return ""
        depths = [len(indent) for line in self._wanted.new if " " in (indent := indent_of(line))]
        return next((" " * size for size in (4, 2) if all(depth % size == 0 for depth in depths)), "")

    @cached_property
    def _tab(self) -> str:
        """What a tab before a line means: spaces, in a file that is indented by these alone.

        Who writes two spaces beside tabs means more than two by a tab.
        """
        if "\n\t" in self._lines.block:
            return "\t"
        indents = [len(line) - len(line.lstrip(" ")) for line in self._lines.lines if line[:1] == " "]
        if len(indents) < _MANY:
            return "\t"
        by_two = sum(indent % 4 == 2 for indent in indents) * 4 > len(indents)  # noqa: PLR2004
        written = (*self._wanted.old, *self._wanted.new)
        return "  " if by_two and not any(" " in indent_of(line) for line in written) else "    "
