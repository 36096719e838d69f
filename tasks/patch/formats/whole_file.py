"""Reads whole files: fenced blocks that a line above, an info string or a first-line comment gives a path."""

import re
from collections.abc import Collection, Mapping, Sequence

from tasks.patch.edits import Reading, WholeFile
from tasks.patch.formats.fences import Fence, find_fences, words_of_info
from tasks.patch.formats.search_replace import is_headless, lines_in_blocks
from tasks.patch.paths import LONGEST_PATH, looks_like_path, path_on_line
from tasks.patch.refusal import RefusedBlock

_COMMENT = re.compile(
    r"\s*(?:#|//|--|;|/\*|<!--)\s*(?:file(?:name)?:\s*|path:\s*)?(\S+)\s*(?:\*/|-->)?\s*$", re.IGNORECASE
)


def claims(lines: Sequence[str]) -> bool:
    """Say whether a reply holds a fenced block that is not there for SEARCH/REPLACE blocks."""
    return bool(_own_fences(lines))


def read(lines: Sequence[str], files: Mapping[str, str]) -> Reading:
    """Read every fenced block; the path stays empty where nothing names it.

    A fence that is never closed is a reply that was cut off: nothing in it can be trusted to be whole.
    """
    edits: list[WholeFile] = []
    floor = 0
    for number, fence in enumerate(_own_fences(lines), start=1):
        edit = _edit(number, fence, lines, floor, files)
        if is_headless(edit.lines):
            reason = "it ends in >>>>>>> REPLACE but has no <<<<<<< SEARCH line"
            return Reading(refused=(RefusedBlock(number, edit.path, reason),))
        if not fence.closed:
            reason = "the fence is never closed, so the file looks cut off; send all of it"
            return Reading(refused=(RefusedBlock(number, edit.path, reason),))
        edits.append(edit)
        floor = fence.close + 1
    return Reading(tuple(edits))


def _own_fences(lines: Sequence[str]) -> list[Fence]:
    taken = lines_in_blocks(lines)
    rest = ["" if number in taken else line for number, line in enumerate(lines)]
    fences = find_fences(rest)
    return [fence for fence in fences if taken.isdisjoint(range(fence.open, fence.close))]


def _edit(number: int, fence: Fence, lines: Sequence[str], floor: int, known: Collection[str]) -> WholeFile:
    body = tuple(lines[fence.open + 1 : fence.close])
    label = _label(body, known)
    path = _info_path(fence, known) or _path_above(lines, fence.open, floor, known)
    labelled = bool(label) and (not path or path == label)
    return WholeFile(number, path or label, body, fence.language, fence.marker, labelled=labelled)


def _info_path(fence: Fence, known: Collection[str]) -> str:
    return next((path for word in words_of_info(fence.info) if (path := path_on_line(word, known))), "")


def _path_above(lines: Sequence[str], number: int, floor: int, known: Collection[str]) -> str:
    """Return the path on the line before a fence; blank lines may stand between."""
    at = next((at for at in range(number - 1, max(floor, number - 3) - 1, -1) if lines[at].strip()), None)
    return "" if at is None else path_on_line(lines[at], known)


def _label(body: Sequence[str], known: Collection[str]) -> str:
    """Return the path in a comment on the first line; a bare name counts only if such a file is known."""
    match = _COMMENT.match(body[0]) if body and len(body[0]) <= LONGEST_PATH else None
    word = match.group(1) if match else ""
    if word in known or ("/" in word and looks_like_path(word)):
        return word
    return word if looks_like_path(word) and any(path.endswith("/" + word) for path in known) else ""
