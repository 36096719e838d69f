"""Reads SEARCH/REPLACE blocks: what stands in the file, what shall stand there, between conflict-like markers."""

import html
import re
from collections.abc import Sequence
from typing import NamedTuple

from tasks.patch.edits import Replacement
from tasks.patch.formats.naming import path_above
from tasks.patch.formats.reply import Block, Reply
from tasks.patch.paths import path_on_line
from tasks.patch.refusal import RefusedBlock

LONGEST_MARKER = 400  # a longer line is text

# Cline writes "------- SEARCH" and "+++++++ REPLACE"; a path may follow, and a fence may be glued on behind.
_HEAD = re.compile(
    r"\s{0,3}(?:(<{5,12})\s?(?:SEARCH|ORIGINAL|OLD|BEFORE|HEAD)|(-{5,12})\s?SEARCH)\b>?\s?:?\s*(.*)$", re.IGNORECASE
)
_TAIL = re.compile(
    r"\s{0,3}(?:`{3,})?\s?(?:>{5,12}\s?(?:REPLACE|UPDATED?|NEW|AFTER|END)|\+{5,12}\s?REPLACE)\b\s?:?\s*(`{3,})?\s*$",
    re.IGNORECASE,
)
_DIVIDER = re.compile(r"\s{0,3}(={5,12})\s*$")
_PARENT = re.compile(r"\|{7,12}(?: |$)")
# Roo Code tells the line below its SEARCH marker.
_START_LINE = re.compile(r":(start|end)_line:\s*(\d{1,9})\s*$")
_DASHES = re.compile(r"-{5,12}\s*$")


class _Marked(NamedTuple):
    """The text between the first marker and the last, `length` signs long; `stop` is the first line behind both.

    `dividers` are the numbers in it (from 0) and the lengths of the lines that may be its divider. `is_merge`: it has
    three parts, as a merge conflict may have.
    """

    inside: Sequence[str]
    length: int
    stop: int
    closed: bool
    dividers: Sequence[tuple[int, int]]
    is_merge: bool


def read(reply: Reply, at: int) -> Block | None:
    """Read the block whose first marker stands at a line; the path of the block before it holds if it names none."""
    head = _head(reply.lines[at], reply)
    if head is None:
        return None
    length, path = head
    reply.path = path or path_above(reply, at) or reply.path
    marked = _between_markers(reply, at, length)
    halves = _halves(marked)
    if isinstance(halves, str):
        return Block(marked.stop, (RefusedBlock(reply.number(), reply.path, halves),))
    old, first = _without_line_numbers(halves[0])
    return Block(marked.stop, (Replacement(reply.number(), reply.path, old, halves[1], first=first),))


def is_headless(reply: Reply, start: int, stop: int) -> bool:
    """Say whether lines end a block that they never began: a SEARCH marker was forgotten."""
    for number in reply.signs_from(start):
        if number >= stop:
            return False
        if _is_tail(reply.lines[number]):
            return True
    return False


def _head(line: str, reply: Reply) -> tuple[int, str] | None:
    """Return the length of a SEARCH marker and the path on it, None where the line is no such marker."""
    match = _HEAD.match(html.unescape(line) if "&lt;" in line else line) if len(line) <= LONGEST_MARKER else None
    if match is None:
        return None
    angles, dashes, rest = match.groups()
    path = path_on_line(rest, reply.files) if rest else ""
    return (len(angles or dashes), path) if path or not rest else None


def _is_tail(line: str) -> bool:
    return len(line) <= LONGEST_MARKER and bool(_TAIL.match(line))


def _between_markers(reply: Reply, at: int, length: int) -> _Marked:
    """Read on to the last marker; a block that is never closed ends where the next one begins."""
    is_escaped = "&lt;" in reply.lines[at]
    dividers: list[tuple[int, int]] = []
    is_merge = is_closed = False
    stop = len(reply.lines)
    for number in reply.signs_from(at + 1):
        line = html.unescape(reply.lines[number]) if is_escaped else reply.lines[number]
        sign = line.lstrip()[:1]  # what a line begins with leaves only one thing that it may be
        if sign == "=":
            if match := _DIVIDER.match(line):
                dividers.append((number - at - 1, len(match.group(1))))
        elif sign == "|":
            is_merge = is_merge or bool(_PARENT.match(line))
        elif (is_closed := _is_tail(line)) or _head(line, reply):
            stop = number
            break
    inside = reply.lines[at + 1 : stop]
    if is_escaped:
        inside = [html.unescape(line) for line in inside]
    return _Marked(inside, length, stop + is_closed, is_closed, dividers, is_merge)


def _halves(marked: _Marked) -> tuple[tuple[str, ...], tuple[str, ...]] | str:
    """Cut a block at its divider; a string says why that cannot be done."""
    if not marked.closed:
        return "the block has no >>>>>>> REPLACE line, so it looks cut off"
    if marked.is_merge:
        return "it is a merge conflict with three parts; send only what stands there now and what shall stand there"
    inside, dividers = marked.inside, marked.dividers
    if len(dividers) > 1 and _is_left_over(inside):
        inside, dividers = inside[:-1], dividers[:-1]
    same = [i for i, length in dividers if length == marked.length] or [i for i, _ in dividers]
    if not same:
        return "the block has no ======= line between SEARCH and REPLACE"
    if len(same) > 1:
        return (
            "the text itself holds lines like the ======= divider; "
            "use one sign more in all three markers of the block (<<<<<<<<, ========, >>>>>>>>)"
        )
    return tuple(inside[: same[0]]), tuple(inside[same[0] + 1 :])


def _is_left_over(inside: Sequence[str]) -> bool:
    """Say whether the last line is a divider too many: one that underlines no heading and is not all there is."""
    *_, above, last = inside
    is_heading = bool(above.strip()) and not above.startswith(" ") and len(above) <= len(last.rstrip())
    return bool(_DIVIDER.match(last)) and not is_heading and not _DIVIDER.match(above)


def _without_line_numbers(old: tuple[str, ...]) -> tuple[tuple[str, ...], int]:
    """Take `:start_line:` and its like from the top of a SEARCH, and return its first line's number, 0 for none."""
    if not old or not old[0].startswith(":"):
        return old, 0
    told = {}
    at = 0
    while at < len(old) and (match := _START_LINE.match(old[at])):
        told[match.group(1)] = int(match.group(2))
        at += 1
    if at and at < len(old) and _DASHES.match(old[at]):
        at += 1
    return old[at:], told.get("start", 0)
