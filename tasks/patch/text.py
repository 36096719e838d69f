"""A file's content as lines that remember their own endings, so that untouched lines keep every byte."""

from collections.abc import Sequence
from dataclasses import dataclass
from operator import add
from typing import NamedTuple

BYTE_ORDER_MARK = "\ufeff"


class Splice(NamedTuple):
    """New lines for a stretch of old ones, which may be empty: then they come before the line that it begins with."""

    stretch: range
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Text:
    r"""Content, its lines without their endings, and the ending that most of them have.

    Nearly every file ends all its lines alike; only for others `mixed` has their endings, one for one, of which the
    last is empty where there is no final newline.
    """

    content: str
    lines: tuple[str, ...]
    ending: str = "\n"
    mixed: tuple[str, ...] = ()

    @classmethod
    def of(cls, content: str) -> "Text":
        r"""Take content apart; only \n and \r\n end a line, form feeds and their like do not."""
        unmarked = content.removeprefix(BYTE_ORDER_MARK)
        returns = content.count("\r\n") if "\r" in content else 0
        if returns and returns != content.count("\n"):
            return _of_mixed_endings(content, unmarked)
        ending = "\r\n" if returns else "\n"
        lines = unmarked.split(ending)
        if not lines[-1]:
            lines.pop()
        return cls(content, tuple(lines), ending)

    @property
    def mark(self) -> str:
        """The byte order mark before the first line, if there is one."""
        return BYTE_ORDER_MARK if self.content.startswith(BYTE_ORDER_MARK) else ""

    @property
    def is_open(self) -> bool:
        """Whether the last line has no ending."""
        return bool(self.lines) and self.content[-1] != "\n"

    @property
    def ends(self) -> tuple[str, ...]:
        """The endings of the lines, one for one."""
        if self.mixed or not self.lines:
            return self.mixed
        return (*(self.ending,) * (len(self.lines) - 1), "" if self.is_open else self.ending)

    @property
    def block(self) -> str:
        """The lines as one string, with an empty line more at the top and at the end."""
        if self.mixed or self.ending != "\n" or self.mark:
            return "\n".join(("", *self.lines, ""))
        return f"\n{self.content}\n" if self.is_open else f"\n{self.content}"

    def spliced(self, splices: Sequence[Splice]) -> "Text":
        """Return this text with other lines in some places, given from the top; they end as the file's lines do.

        The file's own habit at its very end (final newline or none) stays.
        """
        lines = list(self.lines)
        for splice in reversed(splices):
            lines[splice.stretch.start : splice.stretch.stop] = splice.lines
        mixed = self._ends_after(splices) if self.mixed else ()
        if mixed:
            content = "".join(map(add, lines, mixed))
        else:
            content = self.ending.join(lines) + (self.ending if lines and not self.is_open else "")
        return Text(self.mark + content, tuple(lines), self.ending, mixed)

    def rewritten(self, lines: Sequence[str]) -> "Text":
        """Return this text with wholly new lines, all with the file's usual ending."""
        return self.spliced([Splice(range(len(self.lines)), lines)])

    def _ends_after(self, splices: Sequence[Splice]) -> tuple[str, ...]:
        ends = list(self.mixed)
        if self.is_open:
            ends[-1] = self.ending
        for splice in reversed(splices):
            ends[splice.stretch.start : splice.stretch.stop] = [self.ending] * len(splice.lines)
        if self.is_open and ends:
            ends[-1] = ""
        return tuple(ends)


def _of_mixed_endings(content: str, unmarked: str) -> Text:
    parts = unmarked.split("\n")
    tail = parts.pop()
    lines = tuple(part.removesuffix("\r") for part in parts)
    ends = tuple("\r\n" if part.endswith("\r") else "\n" for part in parts)
    ending = "\r\n" if ends.count("\r\n") > ends.count("\n") else "\n"
    return Text(content, (*lines, tail), ending, (*ends, "")) if tail else Text(content, lines, ending, ends)
