"""What a diff shows of one side of a file, indexed so that many quotes are looked up soon. Pure."""

import dataclasses
import functools
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from bot.diff import FileDiff, Side

_TYPOGRAPHIC = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")

Span = tuple[int, int]
"""The first and the last line, by their numbers."""


@dataclasses.dataclass(frozen=True, slots=True)
class View:
    """Lines as they are compared, with their numbers; None and 0 stand between two hunks, so that nothing reaches over.

    `where` are the places at which a line stands.
    """

    texts: Sequence[str | None]
    numbers: Sequence[int]
    where: Mapping[str | None, Sequence[int]]

    @classmethod
    def of(cls, rows: Iterable[tuple[str | None, int]]) -> "View":
        """Index lines."""
        texts, numbers = zip(*rows, strict=True)
        where: defaultdict[str | None, list[int]] = defaultdict(list)
        for at, text in enumerate(texts):
            where[text].append(at)
        return cls(texts, numbers, where)

    def spans(self, wanted: Sequence[str]) -> list[Span]:
        """Return where these lines follow each other."""
        size, lines = len(wanted), tuple(wanted)
        starts = [at for at in self.where.get(lines[0], ()) if self.texts[at : at + size] == lines]
        return [(self.numbers[at], self.numbers[at + size - 1]) for at in starts]

    def spans_with(self, parts: Sequence[str]) -> list[Span]:
        """Return where lines follow each other that hold these parts, one each."""
        size = len(parts)
        first = [at for at, text in enumerate(self.texts) if text is not None and parts[0] in text]
        starts = [
            at
            for at in first
            if at + size <= len(self.texts)
            and all(text is not None and part in text for part, text in zip(parts, self.texts[at:], strict=False))
        ]
        return [(self.numbers[at], self.numbers[at + size - 1]) for at in starts]


class Shown:
    """One side of a file, as a diff shows it; lines lose a carriage return at their end."""

    def __init__(self, file: FileDiff, side: Side) -> None:
        self._rows: list[tuple[str | None, int]] = [(None, 0)]
        for hunk in file.hunks:
            lines = [(line.text.removesuffix("\r"), line.number(side)) for line in hunk.lines]
            self._rows += [(text, number) for text, number in lines if number is not None]
            self._rows.append((None, 0))
        self._places = {number: at for at, (_, number) in enumerate(self._rows) if number}

    def lines(self, span: Span) -> Sequence[str] | None:
        """Return all lines of a span; None unless one hunk shows them all."""
        first, last = self._places.get(span[0]), self._places.get(span[1])
        if first is None or last is None or last - first != span[1] - span[0]:
            return None
        return [text or "" for text, _ in self._rows[first : last + 1]]

    def cut(self, span: Span) -> Span | None:
        """Return what the last hunk that shows anything of a span shows of it."""
        inside = [at for at, (_, number) in enumerate(self._rows) if span[0] <= number <= span[1] and number]
        if not inside:
            return None
        first = last = inside[-1]
        while self._rows[first - 1][1] >= span[0] and self._rows[first - 1][1]:
            first -= 1
        return self._rows[first][1], self._rows[last][1]

    @functools.cached_property
    def exact(self) -> View:
        """The lines character by character."""
        return self._view(str)

    @functools.cached_property
    def trailing(self) -> View:
        """The lines without white space at their ends."""
        return self._view(str.rstrip)

    @functools.cached_property
    def words(self) -> View:
        """The lines that are not empty, without regard to white space and typographic signs."""
        return View.of((text, number) for text, number in self._loosened(normal) if text != "")

    def _view(self, loosen: Callable[[str], str]) -> View:
        return View.of(self._loosened(loosen))

    def _loosened(self, loosen: Callable[[str], str]) -> Iterable[tuple[str | None, int]]:
        return ((text if text is None else loosen(text), number) for text, number in self._rows)


class Diff:
    """The files of a diff, whose sides are indexed when they are asked for, each once."""

    def __init__(self, files: Sequence[FileDiff]) -> None:
        self.files = files
        self._sides: dict[tuple[int, Side], Shown] = {}

    def shown(self, file: FileDiff, side: Side) -> Shown:
        """Return one side of one of the files."""
        key = (id(file), side)  # the files live as long as this does
        if key not in self._sides:
            self._sides[key] = Shown(file, side)
        return self._sides[key]


def normal(line: str) -> str:
    """Return a line with single spaces, none at its ends, and plain signs for typographic ones."""
    return " ".join(unicodedata.normalize("NFKC", line).translate(_TYPOGRAPHIC).split())
