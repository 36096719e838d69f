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
