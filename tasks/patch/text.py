"""A file's content as lines that remember their own endings, so that untouched lines keep every byte."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from operator import add
from typing import NamedTuple

BYTE_ORDER_MARK = "\ufeff"


class Splice(NamedTuple):
    """New lines for a stretch of old ones, which may be empty: then they come before the line that it begins with.

    `span` has the first and last offset of the stretch in `Text.block`, where they are known.
    """

    stretch: range
    lines: Sequence[str]
    span: tuple[int, int] | None = None


@dataclass(frozen=True)
class Text:
    r"""The lines of a file in one string, and how they end; taken apart only where somebody asks for them one by one.

    `block` has a \n after each line, and one more at the top. `ending` is what most lines end with in the file;
    `is_open` says that the last one has no ending, `mark` is a byte order mark. Nearly every file ends all its lines
    alike; only for others `mixed` has the endings one for one. `kept` are the characters at the top of the block and at
    its end that no splice has touched.
    """

    block: str
    ending: str = "\n"
    is_open: bool = False
    mark: str = ""
    mixed: tuple[str, ...] = ()
    kept: tuple[int, int] = (0, 0)

    @classmethod
    def of(cls, content: str) -> "Text":
        r"""Take content as a text; only \n and \r\n end a line, form feeds and their like do not."""
        mark = BYTE_ORDER_MARK if content.startswith(BYTE_ORDER_MARK) else ""
        unmarked = content[len(mark) :]
        is_open = bool(unmarked) and unmarked[-1] != "\n"
        returns = unmarked.count("\r\n") if "\r" in unmarked else 0
        unix = unmarked.replace("\r\n", "\n") if returns else unmarked
        block = f"\n{unix}\n" if is_open else f"\n{unix}"
        others = unmarked.count("\n") - returns if returns else 0
        ending = "\r\n" if returns > others else "\n"
        return cls(block, ending, is_open, mark, _endings(unmarked) if others else (), (len(block), len(block)))

    @cached_property
    def lines(self) -> tuple[str, ...]:
        """The lines without their endings."""
        return tuple(self.block[1:-1].split("\n")) if len(self.block) > 1 else ()

    @property
    def ends(self) -> tuple[str, ...]:
        """The endings of the lines, one for one; the last is empty where there is no final newline."""
        if self.mixed or not self.lines:
            return self.mixed
        return (*(self.ending,) * (len(self.lines) - 1), "" if self.is_open else self.ending)

    @property
    def content(self) -> str:
        """The text as it stands in the file."""
        if self.mixed:
            return self.mark + "".join(map(add, self.lines, self.mixed))
        unix = self.block[1:-1] if self.is_open else self.block[1:]
        return self.mark + (unix if self.ending == "\n" else unix.replace("\n", self.ending))

    @property
    def untouched(self) -> tuple[int, int]:
        """The characters at the top of the content, and at its end, that are as they were; 0 where nobody counted."""
        if self.mixed or self.mark or self.ending != "\n":
            return 0, 0
        top, end = self.kept
        return max(top - 1, 0), max(end - self.is_open, 0)

    def spliced(self, splices: Sequence[Splice]) -> "Text":
        """Return this text with other lines in some places, given from the top; they end as the file's lines do.

        The file's own habit at its very end (final newline or none) stays.
        """
        if self.mixed:
            return self._spliced_with_ends(splices)
        parts, done = [], 0
        for splice, (start, stop) in zip(splices, self._spans(splices), strict=True):
            parts += [self.block[done:start], block_of(splice.lines)[1:]]
            done = stop
        block = "".join((*parts, self.block[done:]))
        top, end = self.kept
        kept = (min(top, len(parts[0])), min(end, len(self.block) - done)) if parts else self.kept
        text = Text(block, self.ending, self.is_open and block != "\n", self.mark, kept=kept)
        if "lines" in vars(self):  # they were taken apart: once for all edits of a reply
            vars(text)["lines"] = tuple(replaced(self.lines, splices, lambda new: new))
        return text

    def rewritten(self, lines: Sequence[str]) -> "Text":
        """Return this text with wholly new lines, all with the file's usual ending."""
        return self.spliced([Splice(range(self.block.count("\n") - 1), lines, (1, len(self.block)))])

    def _spans(self, splices: Sequence[Splice]) -> Iterator[tuple[int, int]]:
        number, offset = 0, 1  # of a line, and where it begins
        for splice in splices:
            if splice.span:
                yield splice.span
                continue
            span = []
            for bound in (splice.stretch.start, splice.stretch.stop):
                offset += sum(map(len, self.lines[number:bound])) + bound - number
                number = bound
                span.append(offset)
            yield span[0], span[1]

    def _spliced_with_ends(self, splices: Sequence[Splice]) -> "Text":
        lines = replaced(self.lines, splices, lambda new: new)
        ends = [*self.mixed[:-1], self.ending] if self.is_open else self.mixed
        ends = replaced(ends, splices, lambda new: [self.ending] * len(new))
        is_open = self.is_open and bool(ends)
        if is_open:
            ends[-1] = ""
        return Text(block_of(lines), self.ending, is_open, self.mark, tuple(ends))


def replaced(
    items: Sequence[str], splices: Sequence[Splice], make: Callable[[Sequence[str]], Iterable[str]]
) -> list[str]:
    """Return what there is one of for each line, with that made for the new lines in the place of the old."""
    found = list(items)
    for splice in reversed(splices):
        found[splice.stretch.start : splice.stretch.stop] = make(splice.lines)
    return found


def block_of(lines: Sequence[str]) -> str:
    """Return lines as one string, with an empty line more at the top and at the end: so only whole lines are found."""
    return "\n".join(("", *lines, ""))


def _endings(unmarked: str) -> tuple[str, ...]:
    parts = unmarked.split("\n")
    tail = parts.pop()
    ends = tuple("\r\n" if part.endswith("\r") else "\n" for part in parts)
    return (*ends, "") if tail else ends
