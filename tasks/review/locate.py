"""Where quoted lines stand in one side of a file's diff: at exactly one place, or nowhere. Pure."""

import dataclasses
import re
import unicodedata
from collections.abc import Callable, Iterator, Sequence

from bot.diff import FileDiff, Side
from tasks.review.quote import Pieces

NEAR = 3  # lines by which models miscount now and then
_TELLING = 4  # letters and digits: with fewer, "}" or "pass", a quote says nothing about a place far from its number
_TELLING_PART = 6  # the same for a part of a line
_TYPOGRAPHIC = str.maketrans("\u2018\u2019\u201c\u201d\u2013\u2014", "''\"\"--")
_ELLIPSIS = re.compile(r"^\s*(?:\.\.\.|\u2026)|(?:\.\.\.|\u2026)\s*$")


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """A line that the diff shows on one side: its number there, and its text without the end."""

    number: int
    text: str


Hunks = tuple[tuple[Row, ...], ...]
Span = tuple[int, int]
"""The first and the last line, by their numbers."""
Way = Callable[[Sequence[str], Hunks], list[Span]]
"""A way of comparing: returns all places at which a quote stands."""


def shown(file: FileDiff, side: Side) -> Hunks:
    """Return what the diff shows of one side of a file, by hunk."""
    return tuple(
        tuple(
            Row(number, line.text.removesuffix("\r"))
            for line in hunk.lines
            if (number := line.number(side)) is not None
        )
        for hunk in file.hunks
    )


def locate(quotes: Sequence[Pieces], hunks: Hunks, number: int, way: Way) -> tuple[bool, Span | None]:
    """Return whether one of the readings of a quote stands there at all, and the one place that it can mean.

    The first reading that is found decides. Of several places the number tells which; where it does not, none.
    """
    for pieces in quotes:
        spans = way(pieces[0], hunks)
        if spans:
            span = _choose(spans, number, pieces[0])
            for piece in pieces[1:]:
                span = span and _reach(span, piece, hunks, way)
            return True, span
    return False, None


def as_it_is(quote: Sequence[str], hunks: Hunks) -> list[Span]:
    """Compare lines character by character, then without the white space at their end."""
    for plain in (str, str.rstrip):
        wanted = [plain(line) for line in quote]
        spans = [span for rows in hunks for span in _windows(rows, [plain(row.text) for row in rows], wanted)]
        if spans:
            return spans
    return []


def by_words(quote: Sequence[str], hunks: Hunks) -> list[Span]:
    """Compare lines without regard to white space, typographic signs and empty lines."""
    wanted = [text for line in quote if (text := _normal(line))]
    return [span for rows in hunks for span in _windows(*_told(rows), wanted)] if wanted else []


def by_part(quote: Sequence[str], hunks: Hunks) -> list[Span]:
    """Find lines of which the quote gives a part."""
    wanted = [_normal(_ELLIPSIS.sub("", line)) for line in quote if _normal(line)]
    if not all(_tells(text, _TELLING_PART) for text in wanted) or not wanted:
        return []
    return [span for rows in hunks for span in _windows_of_parts(*_told(rows), wanted)]


def _choose(spans: Sequence[Span], number: int, quote: Sequence[str]) -> Span | None:
    """Return the one place that quote and number can mean together.

    Of equal places the nearest is taken only if the next one is so much farther that a number, wrong by a little or
    in proportion, cannot have meant it.
    """
    ranked = sorted(spans, key=lambda span: abs(span[0] - number))
    distance = abs(ranked[0][0] - number)
    if distance == 0:
        return ranked[0]
    text = " ".join(quote)
    if not text.strip() or (not _tells(text, _TELLING) and (distance > NEAR or not number)):
        return None
    if len(ranked) == 1:
        return ranked[0]
    return ranked[0] if number and abs(ranked[1][0] - number) > NEAR * max(distance, 1) else None


def _reach(span: Span, piece: Sequence[str], hunks: Hunks, way: Way) -> Span | None:
    """Return the span grown to where the next piece of the quote ends, in the same hunk."""
    rows = next(rows for rows in hunks if any(row.number == span[0] for row in rows))
    after = tuple(row for row in rows if row.number > span[1])
    ends = way(piece, (after,))
    return (span[0], ends[0][1]) if ends and _tells(" ".join(piece), 1) else None


def _windows(rows: Sequence[Row], texts: Sequence[str], wanted: Sequence[str]) -> Iterator[Span]:
    size = len(wanted)
    for at, text in enumerate(texts):
        if text == wanted[0] and texts[at : at + size] == wanted:
            yield rows[at].number, rows[at + size - 1].number


def _windows_of_parts(rows: Sequence[Row], texts: Sequence[str], parts: Sequence[str]) -> Iterator[Span]:
    size = len(parts)
    for at in range(len(texts) - size + 1):
        if all(part in text for part, text in zip(parts, texts[at : at + size], strict=True)):
            yield rows[at].number, rows[at + size - 1].number


def _told(rows: Sequence[Row]) -> tuple[list[Row], list[str]]:
    """Return the rows that are not empty, and their words."""
    pairs = [(row, text) for row in rows if (text := _normal(row.text))]
    return [row for row, _ in pairs], [text for _, text in pairs]


def _normal(line: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", line).translate(_TYPOGRAPHIC).split())


def _tells(text: str, least: int) -> bool:
    return sum(map(str.isalnum, text)) >= least
