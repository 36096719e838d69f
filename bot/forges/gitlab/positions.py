"""Says in GitLab's words where in a merge request's diff a comment stands. Pure.

https://docs.gitlab.com/api/discussions/#create-a-new-thread-in-the-merge-request-diff
"""

import hashlib
from typing import Any

from bot.diff import FileDiff, Kind, Line, Place, Side
from bot.review import Comparison

Position = dict[str, Any]


def position_of(compared: Comparison, place: Place) -> Position | None:
    """Return the `position` of a place; None for the whole, where a comment has none."""
    if place.file is None:
        return None
    files = {
        "base_sha": compared.base,
        "start_sha": compared.start,
        "head_sha": compared.head,
        "old_path": place.file.old_path or place.file.new_path,
        "new_path": place.file.new_path or place.file.old_path,
    }
    if place.first is None or place.last is None:
        return {"position_type": "file", **files}
    position: Position = {"position_type": "text", **files, **_numbers(place.last)}
    if place.first != place.last:
        position["line_range"] = {"start": _end(place.file, place.first), "end": _end(place.file, place.last)}
    return position


def _numbers(line: Line) -> dict[str, int]:
    """Return an added line's new number, a removed one's old, and both for one that was left as it was."""
    numbers = {"old_line": line.old, "new_line": line.new}
    return {name: number for name, number in numbers.items() if number is not None}


def _end(file: FileDiff, line: Line) -> dict[str, Any]:
    kind = "new" if line.kind is Kind.ADDED else "old"
    return {"line_code": line_code(file, line), "type": kind, **_numbers(line)}


def line_code(file: FileDiff, line: Line) -> str:
    """Return GitLab's name of a line: its path's hash, and where both files stand there.

    Of a file that is empty before or after, GitLab counts from the 0 in the hunk's header.
    """
    digest = hashlib.sha1(file.path.encode("utf-8", "surrogateescape"), usedforsecurity=False).hexdigest()
    lines = next((hunk.lines for hunk in file.hunks if line in hunk.lines), (line,))
    old, new = (
        number if any(each.number(side) is not None for each in lines) else number - 1
        for side, number in ((Side.OLD, line.old_at), (Side.NEW, line.new_at))
    )
    return f"{digest}_{old}_{new}"
