"""Where quoted lines stand in one side of a file's diff: at exactly one place, or nowhere. Pure."""

import re
from collections.abc import Callable, Sequence

from tasks.review.quote import Pieces
from tasks.review.shown import Shown, Span, normal

_NEAR = 3  # lines by which models miscount now and then
_TELLING = 4  # letters and digits: with fewer, "}" or "pass", a quote says nothing about a place far from its number
_TELLING_PART = 6  # the same for a part of a line
_ELLIPSIS = re.compile(r"^\s*(?:\.\.\.|\u2026)|(?:\.\.\.|\u2026)\s*$")

Way = Callable[[Sequence[str], Shown], list[Span]]
"""A way of comparing: returns all places at which a quote stands."""


def locate(quotes: Sequence[Pieces], shown: Shown, number: int, way: Way) -> tuple[bool, Span | None]:
    """Return whether one of the readings of a quote stands there at all, and the one place that it can mean.

    The first reading that is found decides. Of several places the number tells which; where it does not, none.
    """
    for pieces in quotes:
        spans = way(pieces[0], shown)
        if spans:
            span = _choose(spans, number, pieces[0])
            for piece in pieces[1:]:
                span = span and _reach(span, way(piece, shown), shown)
            return True, span
    return False, None


def as_it_is(quote: Sequence[str], shown: Shown) -> list[Span]:
    """Compare lines character by character, then without the white space at their end."""
    return shown.exact.spans(quote) or shown.trailing.spans([line.rstrip() for line in quote])


def by_words(quote: Sequence[str], shown: Shown) -> list[Span]:
    """Compare lines without regard to white space, typographic signs and empty lines."""
    wanted = [text for line in quote if (text := normal(line))]
    return shown.words.spans(wanted) if wanted else []


def by_part(quote: Sequence[str], shown: Shown) -> list[Span]:
    """Find lines of which the quote gives a part."""
    parts = [normal(_ELLIPSIS.sub("", line)) for line in quote if normal(line)]
    return shown.words.spans_with(parts) if parts and all(_tells(text, _TELLING_PART) for text in parts) else []


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
    if not text.strip() or (not _tells(text, _TELLING) and (distance > _NEAR or not number)):
        return None
    if len(ranked) == 1:
        return ranked[0]
    return ranked[0] if number and abs(ranked[1][0] - number) > _NEAR * max(distance, 1) else None


def _reach(span: Span, ends: Sequence[Span], shown: Shown) -> Span | None:
    """Return the span grown to the next of the places at which the rest of its quote stands, in the same hunk."""
    last = next((end[1] for end in ends if end[0] > span[1]), 0)
    return (span[0], last) if last and shown.lines((span[0], last)) is not None else None


def _tells(text: str, least: int) -> bool:
    return sum(map(str.isalnum, text)) >= least
