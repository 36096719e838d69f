"""Hunks, as unified diffs and Begin Patch envelopes write them: where one ends, and what its tags say."""

import re
from collections.abc import Callable, Sequence
from typing import NamedTuple

from tasks.patch.edits import Replacement

_NUMBERS = re.compile(r"@@ ?-(\d{1,9})(?:,(\d{1,9}))? \+(\d{1,9})(?:,(\d{1,9}))?(?: ?@@)? ?(.*)", re.DOTALL)
_FENCE_LIKE = ("```", "~~~")
_ENDS = ("@@", *_FENCE_LIKE)
# Tags of lines that can be nothing else; many editors take that of an empty line away.
_SURE = frozenset({" ", "+", ""})
_TAGS = _SURE | {"-"}
_MOST_AT_ONCE = 32  # lines; counts may promise far more than there are


_Pairs = tuple[tuple[int, int], ...]


class Header(NamedTuple):
    """What the @@ line of a hunk says: the line on which it begins, its counts (None where it has none), a heading."""

    start: int = 0
    counts: tuple[int, int] | None = None
    heading: str = ""
    is_merge: bool = False


_NO_HEADER = Header()


class Surroundings(NamedTuple):
    """What a hunk stands in.

    `is_header` says of a line number that a new file begins there. Outside a fence words may follow right below.
    """

    lines: Sequence[str]
    is_header: Callable[[int], bool]
    is_fenced: bool


class Hunk(NamedTuple):
    """The lines of one hunk, tags included; `anchors` stand above it in the file; `is_short` of what its counts say."""

    lines: Sequence[str]
    header: Header
    anchors: tuple[str, ...]
    stop: int
    is_short: bool = False

    @property
    def is_merge(self) -> bool:
        """The hunk compares with more than one old file."""
        return self.header.is_merge

    def replacement(self, number: int, path: str, *, at_end: bool = False) -> Replacement:
        """Return the hunk as an edit."""
        old, new, kept, seams = split_tags(self.lines)
        # Where there is nothing old, git names the line after which it inserts.
        first = self.header.start + (not old) if self.header.counts else 0
        return Replacement(number, path, old, new, kept, seams, first, self.anchors, ordered=True, at_end=at_end)


def read_header(line: str) -> Header:
    """Read the @@ line of a hunk; its numbers may be missing, and text alone is what stands above it in the file."""
    match = _NUMBERS.match(line)
    if match:
        start, old, _, new, heading = match.groups(default="1")
        return Header(int(start), (int(old), int(new)), heading.strip())
    if line.startswith("@@@"):
        return Header(is_merge=True)
    inside, _, behind = line[2:].rpartition("@@")
    heading = behind.strip() or inside.strip()
    is_telling = any(sign.isalnum() for sign in heading) and not heading.startswith("-")
    return Header(heading=heading if is_telling else "")


def read_hunk(at: int, around: Surroundings) -> Hunk:
    """Read the hunk at a line: its @@ lines, the outermost first, or none at all, and what follows."""
    header = _NO_HEADER
    anchors: list[str] = []
    while at < len(around.lines) and around.lines[at].startswith("@@"):
        header = read_header(around.lines[at])
        anchors += [header.heading] if header.heading else []
        at += 1
    stop = _stop_by_counts(at, header, around)
    if stop is not None:
        return Hunk(around.lines[at:stop], header, tuple(anchors), stop)
    stop, is_short = _stop_by_signs(at, header, around)
    return Hunk(around.lines[at:stop], header, tuple(anchors), stop, is_short)


def split_tags(lines: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...], _Pairs, _Pairs]:
    """Return the old lines, the new lines, the pairs of line numbers (from 0) of those that are in both, and the seams.

    A seam are the numbers of the old and of the new line before which the latter have come, but more old ones go.
    """
    old: list[str] = []
    new: list[str] = []
    kept: list[tuple[int, int]] = []
    seams: list[tuple[int, int]] = []
    last = ""
    for line in lines:
        tag = line[:1]
        if tag == "-":
            if last == "+":
                seams.append((len(old), len(new)))
            old.append(line[1:])
            last = tag
        elif tag == "+":
            new.append(line[1:])
            last = tag
        elif tag != "\\" or line[1:2] != " ":
            text = line[1:] if tag == " " else line
            kept.append((len(old), len(new)))
            old.append(text)
            new.append(text)
            last = " "
    return tuple(old), tuple(new), tuple(kept), tuple(seams)


def _stop_by_counts(at: int, header: Header, around: Surroundings) -> int | None:
    """Return where the hunk ends if its counts are right, None if they cannot be."""
    if not header.counts:
        return None
    lines = around.lines
    old, new = header.counts
    start = at
    while (owed := min(max(old, new), _MOST_AT_ONCE)) > 0:  # at least so many lines must still come
        tags = [line[:1] for line in lines[at : at + owed]]
        if len(tags) < owed or not _can_be_of_it(at, tags, start, around):
            return None
        neither = tags.count("\\")
        old -= owed - neither - tags.count("+")
        new -= owed - neither - tags.count("-")
        at += owed
    if old or new or _took_a_header(at, start, lines) or _goes_on(at, around):
        return None
    return at + (at < len(lines) and lines[at].startswith("\\ "))


def _can_be_of_it(at: int, tags: Sequence[str], start: int, around: Surroundings) -> bool:
    """Say whether lines from one on, of which the tags are given, can be of the hunk."""
    if _TAGS.issuperset(tags):
        return True
    strange = [number for number, tag in enumerate(tags, at) if tag not in _TAGS]
    return not any(around.lines[n].startswith(("@", *_FENCE_LIKE)) or _is_prose(n, start, around) for n in strange)


def _stop_by_signs(start: int, header: Header, around: Surroundings) -> tuple[int, bool]:
    """Return where the hunk ends whatever its counts say, and whether it is shorter than they say."""
    lines, counts = around.lines, header.counts
    old, new = counts or (0, 0)
    for at in range(start, len(lines)):
        tag = lines[at][:1]
        if tag not in _SURE and _ends(at, start, around):
            break
        if counts:
            if not tag and not around.is_fenced and old <= 0 and new <= 0:
                break
            old -= tag not in {"+", "\\"}
            new -= tag not in {"-", "\\"}
    else:
        at = len(lines)
    is_short = old > 0 or new > 0
    while at > start and not lines[at - 1]:
        at -= 1
    return at, is_short


def _ends(at: int, start: int, around: Surroundings) -> bool:
    """Say whether a hunk ends before a line that tells; others are always of it."""
    line = around.lines[at]
    if line[0] == "-":
        return line.startswith("--") and (around.is_header(at) or _is_signature(at, around.lines))
    return line.startswith(_ENDS) or around.is_header(at) or _is_prose(at, start, around)


def _is_prose(at: int, start: int, around: Surroundings) -> bool:
    """Say whether a line without a tag begins a paragraph below a hunk that no fence closes off."""
    if around.is_fenced or around.lines[at][:1] in {" ", "+", "-", "\\", "\t", ""}:
        return False
    return at == start or not around.lines[at - 1]


def _took_a_header(at: int, start: int, lines: Sequence[str]) -> bool:
    """Say whether the counts, too high by one, reached over the names of the next file."""
    return (
        at - start > 1
        and at < len(lines)
        and lines[at].startswith("@@")
        and lines[at - 2].startswith("--- ")
        and lines[at - 1].startswith("+++ ")
    )


def _goes_on(at: int, around: Surroundings) -> bool:
    """Say whether lines of the same hunk follow, so that its counts were too low."""
    lines = around.lines
    if around.is_fenced:
        while at < len(lines) and not lines[at].strip():
            at += 1
    if at >= len(lines) or lines[at].startswith(("\\ ", *_ENDS)):
        return False
    tag = lines[at][:1]
    is_hunk_line = tag in {" ", "+", "-"} or (around.is_fenced and bool(tag))
    return is_hunk_line and not around.is_header(at) and not _is_signature(at, lines)


def _is_signature(at: int, lines: Sequence[str]) -> bool:
    """Say whether a mail with a patch ends here: two dashes, and git's version below."""
    return lines[at].rstrip() == "--" and at + 1 < len(lines) and lines[at + 1][:1].isdigit()
