"""A file's content as lines that remember their own endings, so that untouched lines keep every byte."""

from collections.abc import Sequence
from dataclasses import dataclass

BYTE_ORDER_MARK = "\ufeff"


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

    def changed(self, lines: Sequence[str], ends: Sequence[str]) -> "Text":
        """Return this text with other lines; an empty ending stands for "as the file does it".

        The file's own habit at its very end (final newline or none) stays.
        """
        usual = self.ending
        filled = [end or usual for end in ends]
        if filled and self.ends and not self.ends[-1]:
            filled[-1] = ""
        return Text(tuple(lines), tuple(filled), self.mark)

    def rewritten(self, lines: Sequence[str]) -> "Text":
        """Return this text with wholly new lines, all with the file's usual ending."""
        return self.changed(lines, [""] * len(lines))
