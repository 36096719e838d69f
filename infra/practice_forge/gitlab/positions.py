"""Where a note may stand in a merge request's diff: GitLab's rules for `position`, to the letter."""

import dataclasses
from collections.abc import Iterator

from infra.practice_forge.diff_rows import HUNK
from infra.practice_forge.gitlab.params import Params
from infra.practice_forge.gitlab.records import MergeRequest, Position, Version, line_code
from infra.practice_forge.gitlab.refusals import invalid_line, invalid_note
from infra.practice_forge.history import FileDiff, diff_files
from infra.practice_forge.repos import GitRepository


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One line of a diff. `old` and `new` are where both sides stand; `kind` is added, removed or same."""

    kind: str
    old: int
    new: int

    @property
    def numbers(self) -> tuple[int | None, int | None]:
        """Return old and new number as a position must give them: only the side that has the line."""
        return (None if self.kind == "added" else self.old, None if self.kind == "removed" else self.new)


def lines_of(diff: FileDiff) -> Iterator[Line]:
    """Return every line within the hunks of a file's patch."""
    old = new = 0
    for text in diff.patch.split("\n") if diff.patch else []:
        if hunk := HUNK.match(text):
            old, new = int(hunk[1]), int(hunk[2])
        elif text.startswith("+"):
            yield Line("added", old, new)
            new += 1
        elif text.startswith("-"):
            yield Line("removed", old, new)
            old += 1
        elif not text.startswith("\\"):
            yield Line("same", old, new)
            old, new = old + 1, new + 1


def read_position(params: Params, request: MergeRequest, git: GitRepository) -> Position:
    """Read and check the `position` of a note.

    Its commits must be those of a version of the merge request, and its line must lie within a hunk: an added line
    has `new_line` only, a removed one `old_line` only, an unchanged one both. (GitLab also takes unchanged lines
    between the hunks; whoever stays within them is right on both.)
    """
    params.text("position_type")
    kind = params.choice("position_type", "text", "image", "file") or ""
    shas = {name: params.text(name) for name in ("base_sha", "start_sha", "head_sha")}
    old_path, new_path = params.text_or_none("old_path"), params.text_or_none("new_path")
    if not old_path and not new_path:
        raise invalid_note("position", "is incomplete")
    version = next((version for version in request.versions if version.refs() == shas), None)
    diff = _file(git, version, old_path, new_path) if version else None
    if kind == "image" or diff is None:
        raise invalid_line() if kind == "text" else invalid_note("position", "is invalid")
    position = Position(kind, shas["base_sha"], shas["start_sha"], shas["head_sha"], diff.old_path, diff.path)
    return position if kind == "file" else _on_line(params, position, diff)


def _file(git: GitRepository, version: Version, old_path: str | None, new_path: str | None) -> FileDiff | None:
    """Find the file of a diff; a path that is given must be right, one may be left out."""
    for diff in diff_files(git, version.base_sha, version.head_sha):
        if new_path in {None, diff.path} and old_path in {None, diff.old_path}:
            return diff
    return None


def _on_line(params: Params, position: Position, diff: FileDiff) -> Position:
    wanted = (params.number("old_line"), params.number("new_line"))
    line = next((line for line in lines_of(diff) if line.numbers == wanted), None)
    if line is None:
        raise invalid_line()
    line_range = params.nested("line_range")
    return dataclasses.replace(
        position,
        old_line=wanted[0],
        new_line=wanted[1],
        line_range=_line_range(line_range, line, diff) if line_range else None,
        line_code=line_code(diff.path, line.old, line.new),
    )


def _line_range(params: Params, last: Line, diff: FileDiff) -> dict[str, dict[str, str | int | None]]:
    """Check a range of lines: both ends in the diff, the end where the note stands, the start not after it."""
    lines = list(lines_of(diff))
    ends = {name: _end(params.nested(name), lines, diff) for name in ("start", "end")}
    start, end = ends["start"], ends["end"]
    if end != last or lines.index(start) > lines.index(end):
        raise invalid_note("position", "is invalid")
    return {name: _shown(line, diff) for name, line in ends.items()}


def _end(params: Params | None, lines: list[Line], diff: FileDiff) -> Line:
    """Find one end of a range by its line code; type and numbers, where given, must agree."""
    if params is None:
        raise invalid_note("position", "is invalid")
    code = params.text("line_code")
    line = next((line for line in lines if line_code(diff.path, line.old, line.new) == code), None)
    given = (params.number("old_line"), params.number("new_line"))
    if line is None or not _agrees(line, params.text_or_none("type"), given):
        raise invalid_note("position", "is invalid")
    return line


def _agrees(line: Line, kind: str | None, given: tuple[int | None, int | None]) -> bool:
    """Return whether type and numbers fit a line; the documentation leaves the type of unchanged lines open."""
    if kind and kind not in {"added": {"new"}, "removed": {"old"}, "same": {"new", "old"}}[line.kind]:
        return False
    sides = zip(given, (line.old, line.new), strict=True)
    return all(number is None or number == whole for number, whole in sides)


def _shown(line: Line, diff: FileDiff) -> dict[str, str | int | None]:
    old, new = line.numbers
    kind = {"added": "new", "removed": "old"}.get(line.kind)
    return {"line_code": line_code(diff.path, line.old, line.new), "type": kind, "old_line": old, "new_line": new}
