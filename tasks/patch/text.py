"""A file's content as lines that remember their own endings, so that untouched lines keep every byte."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

BYTE_ORDER_MARK = "\ufeff"


class Splice(NamedTuple):
    """New lines for a stretch of old ones, which may be empty: then they come before the line that it begins with."""

    stretch: range
    lines: Sequence[str]


@dataclass(frozen=True, slots=True)
class Text:
    """Lines and, one for one, their endings; the last ending is empty when the file has no final newline."""

    lines: tuple[str, ...]
    ends: tuple[str, ...]
    mark: str = ""

    @classmethod
    def of(cls, content: str) -> "Text":
        r"""Take content apart; only \n and \r\n end a line, form feeds and their like do not."""
        mark = BYTE_ORDER_MARK if content.startswith(BYTE_ORDER_MARK) else ""
        parts = content[len(mark) :].split("\n")
        tail = parts.pop()
        if "\r" in content:
            ends = tuple(["\r\n" if part.endswith("\r") else "\n" for part in parts])
            parts = [part.removesuffix("\r") for part in parts]
        else:
            ends = ("\n",) * len(parts)
        return cls((*parts, tail), (*ends, ""), mark) if tail else cls(tuple(parts), ends, mark)

    @property
    def ending(self) -> str:
        """The line ending that most lines have."""
        return "\r\n" if self.ends.count("\r\n") > self.ends.count("\n") else "\n"

    @property
    def content(self) -> str:
        """The text as one string again."""
        # A line and its ending in turn: several times faster than to add up pairs.
        parts = [""] * (2 * len(self.lines))
        parts[::2], parts[1::2] = self.lines, self.ends
        return self.mark + "".join(parts)

    def spliced(self, splices: Sequence[Splice]) -> "Text":
        """Return this text with other lines in some places, given from the top; they end as the file's lines do.

        The file's own habit at its very end (final newline or none) stays.
        """
        usual, lines, ends = self.ending, list(self.lines), list(self.ends)
        is_open = bool(ends) and not ends[-1]
        if is_open:
            ends[-1] = usual
        for splice in reversed(splices):
            stretch = slice(splice.stretch.start, splice.stretch.stop)
            lines[stretch] = splice.lines
            ends[stretch] = [usual] * len(splice.lines)
        if is_open and ends:
            ends[-1] = ""
        return Text(tuple(lines), tuple(ends), self.mark)

    def rewritten(self, lines: Sequence[str]) -> "Text":
        """Return this text with wholly new lines, all with the file's usual ending."""
        return self.spliced([Splice(range(len(self.lines)), lines)])
