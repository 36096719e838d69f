"""Files of a repository as a model reads them, and which lines of them it has read."""

import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from tasks.commands.reading.files import read_file
from tasks.context.index import Place
from tasks.quoting import break_turns
from tasks.review.listing import LONGEST_LINE, Listing, Section

WHOLE = 250  # lines; of a longer file the part around the place that fits is shown
_BEFORE, _AFTER = 40, 160  # lines around the first line of that place
_NUMBERED = re.compile(r" *(\d+) [+ ] \|")


def page(tree: Path, place: Place) -> Listing | None:
    """Return the listing of a file, or of its part around a place; None for what is no text."""
    content = read_file(tree, place.path)
    if content is None:
        return None
    lines = content.decode("utf-8", "replace").splitlines() or [""]
    first, last = 1, len(lines)
    if last > WHOLE:
        first, last = max(1, place.start_line - _BEFORE), min(last, place.start_line + _AFTER)
    rows = tuple(f"{number:>6}   | {_plain(lines[number - 1])}" for number in range(first, last + 1))
    name = _plain(place.path)
    part = "as it is now" if (first, last) == (1, len(lines)) else f"lines {first} to {last} of {len(lines)}"
    size = sum(len(row.encode()) + 1 for row in rows)
    return Listing(place.path, name, f"=== {name} ({part})", (Section(rows, size),))


def _plain(text: str) -> str:
    return break_turns(text if len(text) <= LONGEST_LINE else text[:LONGEST_LINE] + "…")


def lines_read(listings: Iterable[Listing]) -> Mapping[str, Sequence[tuple[int, int]]]:
    """Return for each file the ranges of lines that listings show of it; a removed line has no number."""
    numbers: dict[str, set[int]] = {}
    for listing in listings:
        shown = (_NUMBERED.match(row) for section in listing.sections for row in section.rows)
        numbers.setdefault(listing.path, set()).update(int(match[1]) for match in shown if match)
    return {path: _ranges(sorted(found)) for path, found in numbers.items()}


def _ranges(numbers: Sequence[int]) -> list[tuple[int, int]]:
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and found[-1][1] == number - 1:
            found[-1] = found[-1][0], number
        else:
            found.append((number, number))
    return found
