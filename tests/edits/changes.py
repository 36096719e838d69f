"""Changes of one file whose right outcome is known: the texts before and after, and hunks drawn from them."""

import difflib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class Change:
    """A file before and after."""

    path: str
    before: str
    after: str


class Row(NamedTuple):
    """A line of a hunk: " " stands in both texts, "-" in the one before, "+" in the one after."""

    sign: str
    text: str


@dataclass(frozen=True, slots=True)
class Hunk:
    """Rows that belong together, and the lines (from 0) of both texts on which they begin."""

    start: int
    new_start: int
    rows: tuple[Row, ...]

    @property
    def old(self) -> list[str]:
        return [row.text for row in self.rows if row.sign != "+"]

    @property
    def new(self) -> list[str]:
        return [row.text for row in self.rows if row.sign != "-"]


@dataclass(frozen=True, slots=True)
class Draft:
    """What a reply says: the hunks of a change, and the change itself."""

    change: Change
    hunks: tuple[Hunk, ...]

    @property
    def path(self) -> str:
        return self.change.path


def lines_of(text: str) -> list[str]:
    """Cut a text at its line feeds and nothing else; the end of the last line is no further line."""
    lines = text.split("\n")
    return lines[:-1] if not lines[-1] else lines


def text_of(lines: Sequence[str], like: str) -> str:
    """Join lines; the last one is ended if that of `like` is, or if `like` is empty."""
    ended = not like or like.endswith("\n")
    return "\n".join(lines) + ("\n" if ended and lines else "")


def exactly(line: str) -> str:
    return line


def blurred(line: str) -> str:
    """Return what stays of a line when its spaces are gone: two such lines look alike to a hasty reader."""
    return "".join(line.split())


def draft(
    change: Change, *, context: int = 3, widen: bool = True, alike: Callable[[str], str] = exactly, gap: int = 0
) -> Draft:
    """Draw the hunks of a change.

    With `widen` a hunk takes in more context until its old lines stand in the file once, and its new ones nowhere, as
    a careful author does; `alike` says which lines count as equal. Changes with at most `gap` equal lines between them
    share a hunk in any case.
    """
    before, after = lines_of(change.before), lines_of(change.after)
    blocks = _blocks(before, after)
    seen, left = [alike(line) for line in before], [alike(line) for line in after]
    spans = [(span, context) for span in blocks]
    while True:
        spans = _merged(spans, gap)
        wider = [
            (span, reach * 2 + 1)
            if widen and _is_vague(seen, left, _reach(span, reach, before, after))
            else (span, reach)
            for span, reach in spans
        ]
        if wider == spans:
            break
        spans = wider
    hunks = (_hunk(before, after, blocks, _reach(span, reach, before, after)) for span, reach in spans)
    return Draft(change, tuple(hunks))


Span = tuple[int, int, int, int]  # lines of the text before, of the text after: first and behind the last


def _blocks(before: Sequence[str], after: Sequence[str]) -> list[Span]:
    """Return what differs; common beginnings and ends are set aside first, for speed."""
    least = min(len(before), len(after))
    head = next((i for i in range(least) if before[i] != after[i]), least)
    tail = next((i for i in range(least - head) if before[-1 - i] != after[-1 - i]), least - head)
    old, new = before[head : len(before) - tail], after[head : len(after) - tail]
    matcher = difflib.SequenceMatcher(None, old, new, autojunk=False)
    return [
        (head + i1, head + i2, head + j1, head + j2)
        for name, i1, i2, j1, j2 in matcher.get_opcodes()
        if name != "equal"
    ]


def _merged(spans: Sequence[tuple[Span, int]], gap: int) -> list[tuple[Span, int]]:
    merged: list[tuple[Span, int]] = []
    for span, reach in spans:
        if merged and span[0] - merged[-1][0][1] <= max(gap, reach + merged[-1][1]):
            last, wide = merged.pop()
            merged.append(((last[0], span[1], last[2], span[3]), max(wide, reach)))
        else:
            merged.append((span, reach))
    return merged


def _reach(span: Span, reach: int, before: Sequence[str], after: Sequence[str]) -> Span:
    up = min(reach, span[0])
    down = min(reach, len(before) - span[1])
    return span[0] - up, span[1] + down, span[2] - up, span[3] + down


def _is_vague(before: Sequence[str], after: Sequence[str], span: Span) -> bool:
    """Say whether lines leave open which place is meant, before the change or, sent once more, behind it."""
    old, new = before[span[0] : span[1]], after[span[2] : span[3]]
    if len(old) == len(before):
        return False
    if (
        not any(map(str.strip, old))
        or len(places(before, _core(old))) > 1
        or (len(new) >= len(old) and places(before, new))
    ):
        return True
    return any(at + len(old) <= span[2] or at >= span[3] for at in places(after, old))


def _core(lines: Sequence[str]) -> Sequence[str]:
    """Return lines without blank ones at their ends, which say little about a place."""
    solid = [at for at, line in enumerate(lines) if line.strip()]
    return lines[solid[0] : solid[-1] + 1]


def places(lines: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Return where (from 0) lines stand in others."""
    first, count = wanted[0], len(wanted)
    return [
        at
        for at in range(len(lines) - count + 1)
        if lines[at] == first and list(lines[at : at + count]) == list(wanted)
    ]


def _hunk(before: Sequence[str], after: Sequence[str], blocks: Sequence[Span], span: Span) -> Hunk:
    rows: list[Row] = []
    at = span[0]
    for i1, i2, j1, j2 in blocks:
        if span[0] <= i1 and i2 <= span[1]:
            rows += [Row(" ", line) for line in before[at:i1]]
            rows += [Row("-", line) for line in before[i1:i2]]
            rows += [Row("+", line) for line in after[j1:j2]]
            at = i2
    rows += [Row(" ", line) for line in before[at : span[1]]]
    return Hunk(span[0], span[2], tuple(rows))
