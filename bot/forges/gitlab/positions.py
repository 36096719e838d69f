"""Says in GitLab's words where in a merge request's diff a comment stands. Pure.

https://docs.gitlab.com/api/discussions/#create-a-new-thread-in-the-merge-request-diff
"""

import hashlib
from typing import Any

from bot.diff import FileDiff, Kind, Line, Place
from bot.forges.review_text import clean
from bot.review import Comparison

Position = dict[str, Any]


def position_of(compared: Comparison, place: Place) -> Position | None:
    """Return the `position` of a place; None for the whole, and for a file whose name is no UTF-8: it has none."""
    if place.file is None or clean(place.file.path) != place.file.path:
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
    """Return GitLab's name of a line: its path's hash, and where both files stand there; an empty one stands at 0."""
    lines = next((hunk.lines for hunk in file.hunks if line in hunk.lines), (line,))
    old = line.old_at if any(each.old for each in lines) else 0
    new = line.new_at if any(each.new for each in lines) else 0
    digest = hashlib.sha1(file.path.encode(), usedforsecurity=False).hexdigest()
    return f"{digest}_{old}_{new}"
