"""A patch as rows for a table: line numbers on both sides, and what became of each line."""

import dataclasses
import re
from collections.abc import Iterator

from infra.practice_forge.history import FileDiff

HUNK = re.compile(r"@@ -(\d+)(?:,\d+)? \+(\d+)(?:,\d+)? @@")


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line of a diff; `kind` is hunk, added, removed, same or note, a missing number is None."""

    kind: str
    old: int | None
    new: int | None
    text: str

    @property
    def spot(self) -> tuple[str, int | None]:
        """Return side and number by which GitHub knows the line: the left one is for removed lines only."""
        return ("LEFT", self.old) if self.kind == "removed" else ("RIGHT", self.new)


def rows(diff: FileDiff) -> Iterator[Row]:
    """Return the rows of one file's patch."""
    old = new = 0
    for line in diff.patch.split("\n") if diff.patch else []:
        if hunk := HUNK.match(line):
            old, new = int(hunk.group(1)), int(hunk.group(2))
            yield Row("hunk", None, None, line)
        elif line.startswith("+"):
            yield Row("added", None, new, line[1:])
            new += 1
        elif line.startswith("-"):
            yield Row("removed", old, None, line[1:])
            old += 1
        elif line.startswith("\\"):
            yield Row("note", None, None, line)
        else:
            yield Row("same", old, new, line[1:])
            old, new = old + 1, new + 1


def now_at(diff: FileDiff, line: int) -> int | None:
    """Return where a line of the old file is in the new one; None when it is gone."""
    moved = 0
    for row in rows(diff):
        if row.kind == "hunk":
            # Between hunks both files count alike, by what the last of them left behind.
            start = HUNK.match(row.text)
            if start and line < int(start.group(1)):
                break
        elif row.old == line:
            return row.new
        elif row.old and row.new:
            moved = row.new - row.old
        elif row.kind == "added":
            moved += 1
        elif row.kind == "removed":
            moved -= 1
    return line + moved
