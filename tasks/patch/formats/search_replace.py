"""Reads SEARCH/REPLACE blocks: what stands in the file, what shall stand there, between conflict-like markers."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from tasks.patch.edits import Reading, Replacement
from tasks.patch.formats.fences import fence_info, words_of_info
from tasks.patch.paths import path_on_line
from tasks.patch.refusal import RefusedBlock

_HEAD = re.compile(r"\s{0,3}(<{5,12})\s?(?:SEARCH|ORIGINAL|OLD|BEFORE|HEAD)\s?:?\s*$", re.IGNORECASE)
_TAIL = re.compile(r"\s{0,3}(>{5,12})\s?(?:REPLACE|UPDATED?|NEW|AFTER|END)\s?:?\s*$", re.IGNORECASE)
_DIVIDER = re.compile(r"\s{0,3}(={5,12})\s*$")


@dataclass(frozen=True, slots=True)
class _Block:
    """Line numbers of the markers, `stop` excluded; a block that is never closed ends where the next one begins."""

    head: int
    stop: int
    length: int
    closed: bool


def claims(lines: Sequence[str]) -> bool:
    """Say whether a reply holds at least one SEARCH marker."""
    return any(_HEAD.match(line) for line in lines)


def read(lines: Sequence[str], files: Mapping[str, str]) -> Reading:
    """Read every block; one whose path is named nowhere takes the block's before it, or the only file there is."""
    edits: list[Replacement] = []
    refused: list[RefusedBlock] = []
    path = next(iter(files)) if len(files) == 1 else ""
    floor = 0
    for number, block in enumerate(_blocks(lines), start=1):
        path = _path_above(lines, block.head, floor, files) or path
        halves = _halves(lines, block)
        if isinstance(halves, str):
            refused.append(RefusedBlock(number, path, halves))
        else:
            edits.append(Replacement(number, path, *halves))
        floor = block.stop
    return Reading(tuple(edits), tuple(refused))


def lines_in_blocks(lines: Sequence[str]) -> set[int]:
    """Return the numbers (from 0) of all lines that belong to a block, markers included."""
    return {number for block in _blocks(lines) for number in range(block.head, block.stop)}


def is_headless(lines: Sequence[str]) -> bool:
    """Say whether lines end a block that they never began: a SEARCH marker was forgotten."""
    return any(_TAIL.match(line) for line in lines) and not claims(lines)


def _blocks(lines: Sequence[str]) -> Iterator[_Block]:
    head: int | None = None
    length = 0
    for number, line in enumerate(lines):
        opening = _HEAD.match(line)
        if opening:
            if head is not None:
                yield _Block(head, number, length, closed=False)
            head, length = number, len(opening.group(1))
        elif head is not None and _TAIL.match(line):
            yield _Block(head, number + 1, length, closed=True)
            head = None
    if head is not None:
        yield _Block(head, len(lines), length, closed=False)


def _halves(lines: Sequence[str], block: _Block) -> tuple[tuple[str, ...], tuple[str, ...]] | str:
    """Cut a block at its divider; a string says why that cannot be done."""
    if not block.closed:
        return "the block has no >>>>>>> REPLACE line, so it looks cut off"
    inside = lines[block.head + 1 : block.stop - 1]
    dividers = [(i, len(match.group(1))) for i, line in enumerate(inside) if (match := _DIVIDER.match(line))]
    same = [i for i, length in dividers if length == block.length] or [i for i, _ in dividers]
    if not same:
        return "the block has no ======= line between SEARCH and REPLACE"
    if len(same) > 1:
        return (
            "the text itself holds lines like the ======= divider; "
            "use one sign more in all three markers of the block (<<<<<<<<, ========, >>>>>>>>)"
        )
    return tuple(inside[: same[0]]), tuple(inside[same[0] + 1 :])


def _path_above(lines: Sequence[str], head: int, floor: int, known: Collection[str]) -> str:
    """Look upwards for the path: the next line with text, the fence's info string, the line before the fence."""
    at = _text_above(lines, head, floor)
    if at is None:
        return ""
    info = fence_info(lines[at])
    if info is None:
        return path_on_line(lines[at], known)
    named = next((path for word in words_of_info(info) if (path := path_on_line(word, known))), "")
    above = _text_above(lines, at, floor)
    return named or ("" if above is None else path_on_line(lines[above], known))


def _text_above(lines: Sequence[str], number: int, floor: int) -> int | None:
    return next((at for at in range(number - 1, floor - 1, -1) if lines[at].strip()), None)
