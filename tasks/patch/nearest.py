"""The real lines of a file that help to mend a block: those that come closest, and those that tell places apart."""

import itertools
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapidfuzz import fuzz, process
from rapidfuzz.distance import Levenshtein

MOST_LINES = 30  # of an excerpt
MOST_LETTERS = 1600  # of an excerpt
_MOST_PLACES = 3
_COMPARED = 120  # letters of a line
_MOST_COPIES = 20  # places of a line that are thought of
_GUESSED = 2  # lines that are looked for by likeness; each costs half a millisecond in 1,500 lines
_ALIKE = 55  # percent
_SLACK = 2  # lines by which others may have come in between or gone away
_MOST_ALIGNED = 100  # lines
_TOLD = 2  # differences; more of them say nothing that the lines do not say better
_SHOWN = 100  # letters of a line in a sentence
_MEANT = "Did you mean {} of the file?"
_PLACE = "One place is in {}:"
_FAR = 12  # lines above or below a place, to tell it from others


@dataclass(frozen=True, slots=True)
class Excerpt:
    """Lines of a file to be shown: `first_line` (from 1) says where they stand.

    `caption` says what they are, with {} for their numbers; `note` says what else is remarkable, "" if nothing.
    """

    first_line: int
    lines: Sequence[str]
    caption: str = ""
    note: str = ""


NOTHING_LIKE = Excerpt(
    0, (), "Nothing in the file is like them: look at the file again, and whether its path is right."
)


def closest(wanted: Sequence[str], lines: Sequence[str]) -> Excerpt | None:
    """Return the lines of a file that are most like others, and the difference where that is a line or two.

    None where nothing is like them. Takes time in proportion to the number of lines.
    """
    votes = _votes(wanted, [line.strip()[:_COMPARED] for line in lines])
    if not votes:
        return None
    near = range(-_SLACK, _SLACK + 1)
    start = max(votes, key=lambda at: (sum(votes.get(at + step, 0) for step in near), votes[at], -at))
    if len(wanted) > _MOST_ALIGNED:
        return _excerpt(lines, range(max(0, start), start + len(wanted)), max(0, start), _MEANT)
    return _compared(wanted, lines, start)


def apart(places: Sequence[range], lines: Sequence[str]) -> list[Excerpt]:
    """Return the surroundings of some places, as far as the nearest line that is different at each of them."""
    shown = list(places[:_MOST_PLACES])
    above = _differing(lines, [place.start - 1 for place in shown], -1)
    below = _differing(lines, [place.stop for place in shown], 1)
    up, down = (above, 1) if above <= below else (1, below)
    return [
        _excerpt(lines, range(place.start - up, min(place.stop, place.start + _FAR) + down), place.start, _PLACE)
        for place in shown
    ]


def around(row: int, lines: Sequence[str], caption: str) -> Excerpt:
    """Return the lines around one (from 0)."""
    return _excerpt(lines, range(row - 3, row + 4), row, caption)


def _votes(wanted: Sequence[str], keys: Sequence[str]) -> Mapping[int, int]:
    """Say how much speaks for each line of the file as the one on which the wanted lines begin."""
    asked = [(number, key) for number, line in enumerate(wanted) if (key := line.strip()[:_COMPARED])]
    where: dict[str, list[int]] = defaultdict(list)
    known = {key for _, key in asked}
    for at, key in enumerate(keys):
        if key in known:
            where[key].append(at)
    votes: Counter[int] = Counter()
    missing = []
    for number, key in asked:
        places = where.get(key, ())
        if not places:
            missing.append((number, key))
        for at in places[:_MOST_COPIES]:
            votes[at - number] += max(1, len(key) // len(places))
    if sum(len(key) for _, key in missing) * 3 >= sum(len(key) for _, key in asked) * 2 or not votes:
        missing.sort(key=lambda pair: -len(pair[1]))
        for number, key in missing[:_GUESSED]:
            for _, likeness, at in process.extract(key, keys, scorer=fuzz.ratio, score_cutoff=_ALIKE, limit=3):
                votes[at - number] += int(len(key) * likeness / 100)
    return votes


def _compared(wanted: Sequence[str], lines: Sequence[str], start: int) -> Excerpt:
    """Return the lines that stand for the wanted ones, which begin near a line, and how they differ."""
    region = range(max(0, start - _SLACK), min(len(lines), start + len(wanted) + _SLACK))
    rows = [row for row in region if lines[row].strip()]
    real = [lines[row].strip() for row in rows]
    asked = [line.strip() for line in wanted if line.strip()]
    pairs = _paired(asked, real)
    used = [rows[there] for _, there in pairs if there is not None]
    uneven = [(here, there) for here, there in pairs if here is None or there is None or asked[here] != real[there]]
    center = next((rows[there] for _, there in uneven if there is not None), used[0])
    texts = [("" if there is None else real[there], "" if here is None else asked[here]) for here, there in uneven]
    return _excerpt(lines, range(used[0], used[-1] + 1), center, _MEANT, _note(texts))


def _paired(asked: Sequence[str], real: Sequence[str]) -> list[tuple[int | None, int | None]]:
    """Pair lines with those that stand for them, by number; None where one has none. Ends with none asked fall away."""
    known = set(real)
    alike = [line if line in known else _most_alike(line, real) for line in asked]
    pairs: list[tuple[int | None, int | None]] = []
    for step in Levenshtein.opcodes(alike, real):
        here = range(step.src_start, step.src_end)
        there = range(step.dest_start, step.dest_end)
        pairs += itertools.zip_longest(here, there)
    is_asked = [here is not None for here, _ in pairs]
    return pairs[is_asked.index(True) : len(pairs) - is_asked[::-1].index(True)]


def _most_alike(line: str, real: Sequence[str]) -> str:
    """Return the line that is spelt much like another, that other where none is."""
    cut = [other[:_COMPARED] for other in real]
    found = process.extractOne(line[:_COMPARED], cut, scorer=fuzz.ratio, score_cutoff=_ALIKE)
    return real[found[2]] if found else line


def _note(differing: Sequence[tuple[str, str]]) -> str:
    if not differing:
        return "The block differs from them in white space only: in the spaces or tabs before a line."
    return "\n".join(map(_difference, *zip(*differing, strict=True))) if len(differing) <= _TOLD else ""


def _difference(real: str, asked: str) -> str:
    if not asked:
        return f"The file has the line {_quoted(real)} among them, the block has not."
    if not real:
        return f"The block has the line {_quoted(asked)}, which the file has not at this place."
    start = next((at for at, (one, other) in enumerate(zip(real, asked, strict=False)) if one != other), 0)
    return f"The file has {_quoted(real, start)}, the block has {_quoted(asked, start)}."


def _quoted(line: str, at: int = 0) -> str:
    """Put a line into a code span; of a long one what stands around a letter."""
    first = max(0, at - _SHOWN // 3) if len(line) > _SHOWN else 0
    shown = line[first : first + _SHOWN]
    shown = f"{'…' if first else ''}{shown}{'…' if first + _SHOWN < len(line) else ''}"
    return f"`` {shown} ``" if "`" in shown else f"`{shown}`"


def _differing(lines: Sequence[str], rows: Sequence[int], step: int) -> int:
    """Return how many lines from rows on it is to the first that differs from one of them to the next."""
    for far in range(_FAR):
        seen = [lines[row + far * step].strip() if 0 <= row + far * step < len(lines) else "" for row in rows]
        if len(set(seen)) == len(seen) and all(seen):
            return far + 1
    return _FAR


def _excerpt(lines: Sequence[str], rows: range, center: int, caption: str, note: str = "") -> Excerpt:
    """Return lines of the file, no more than can be shown of those around one of them."""
    start, stop = max(0, rows.start), min(len(lines), rows.stop)
    if stop - start < 3:  # noqa: PLR2004 - a line or two say little about where they stand
        start, stop = max(0, start - 1), min(len(lines), stop + 1)
    letters = sum(map(len, lines[start:stop]))
    while start < stop and (stop - start > MOST_LINES or letters > MOST_LETTERS):
        if center - start > stop - 1 - center:
            start += 1
            letters -= len(lines[start - 1])
        else:
            stop -= 1
            letters -= len(lines[stop])
    while start < stop and not lines[start].strip():
        start += 1
    while start < stop and not lines[stop - 1].strip():
        stop -= 1
    if start == stop:
        return Excerpt(center + 1, (), caption, "It is too long to be shown.")
    return Excerpt(start + 1, tuple(lines[start:stop]), caption, note)
