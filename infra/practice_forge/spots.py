"""Where a review comment may stand: only on lines that the pull request's diff shows, in GitHub's words where not."""

import dataclasses
from collections.abc import Sequence

from infra.practice_forge.diff_rows import Row, now_at, rows
from infra.practice_forge.history import FileDiff, diff_files
from infra.practice_forge.repos import GitRepository
from infra.practice_forge.state import Spot

SIDES = ("LEFT", "RIGHT")


@dataclasses.dataclass(frozen=True, slots=True)
class Wish:
    """A place as somebody asks for it; without `line` and `position` it is the file as a whole."""

    path: str
    side: str = "RIGHT"
    line: int | None = None
    start_side: str | None = None
    start_line: int | None = None
    position: int | None = None


class NoSpotError(Exception):
    """The diff has no such place; `complaints` are fields and what is wrong with each."""

    def __init__(self, *complaints: tuple[str, str]) -> None:
        super().__init__("the diff has no such place")
        self.complaints = complaints


def find_spot(files: Sequence[FileDiff], wish: Wish) -> Spot:
    """Return the place that `wish` means in a diff; raises `NoSpotError`."""
    diff = next((diff for diff in files if diff.path == wish.path), None)
    if diff is None:
        raise NoSpotError(("path", "could not be resolved"))
    if wish.line is None and wish.position is None:
        return Spot(wish.path)
    shown = list(rows(diff))
    last = wish.position if wish.line is None else _index(shown, wish.side, wish.line)
    if last is None or not 0 < last < len(shown) or shown[last].kind in {"hunk", "note"}:
        raise NoSpotError(*_outside(wish))
    head = _head(shown, last)
    hunk = "\n".join(diff.patch.split("\n")[head : last + 1])
    side, line = shown[last].spot
    if wish.start_line is None:
        return Spot(wish.path, side, line, position=last, hunk=hunk)
    start_side = wish.start_side or wish.side
    first = _index(shown, start_side, wish.start_line)
    if first is None or _head(shown, first) != head:
        raise NoSpotError(("start_line", "must be part of the same hunk as the line."))
    if first >= last:
        raise NoSpotError(("start_line", "must precede the end line."))
    return Spot(wish.path, side, line, start_side, wish.start_line, last, hunk)


def _outside(wish: Wish) -> list[tuple[str, str]]:
    found = [("line", "must be part of the diff")]
    if wish.start_line is not None:
        found.append(("start_line", "must be part of the same hunk as the line."))
    return [*found, ("diff_hunk", "can't be blank")]


def _index(shown: Sequence[Row], side: str, line: int) -> int | None:
    return next((at for at, row in enumerate(shown) if row.spot == (side, line)), None)


def _head(shown: Sequence[Row], index: int) -> int:
    """Return where the hunk begins that a row is in."""
    return max(at for at, row in enumerate(shown[: index + 1]) if row.kind == "hunk")


def moved(git: GitRepository, spot: Spot, old: str, new: str) -> int | None:
    """Return where a comment's line is after its pull request went from one commit to another.

    None is what GitHub says of a comment that is outdated. Lines of the left side stay where they are.
    """
    if spot.line is None or old == new or spot.side == "LEFT":
        return spot.line
    diff = next((diff for diff in diff_files(git, old, new) if diff.old_path == spot.path), None)
    return now_at(diff, spot.line) if diff else spot.line
