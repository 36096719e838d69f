"""Which hunks of a diff a model is shown, and why it is not shown the others. Pure."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence

from bot.diff import FileDiff, Hunk, Kind
from tasks.review.importance import Importance, declares_generated, importance, made_by_machine

MOST_LINES = 5_000  # of one file's hunks; what changes more at once is data
WIDEST = 20_000  # characters of a line; no person writes one

_FIRST_LINES = 5
_TOO_LARGE = "too large"


@dataclasses.dataclass(frozen=True, slots=True)
class Skipped:
    """A file, or part of one, that no model has read; `reason` is a few words for people.

    `is_gap` is False where nobody was to read it: excluded, binary, or written by a program.
    """

    path: str
    reason: str
    is_gap: bool = True


@dataclasses.dataclass(frozen=True, slots=True)
class Chosen:
    """The hunks of one file that are to be read; `fresh` are the new-side lines that are new since the last review.

    None means that all added lines are. `only_removes` is True where no hunk adds a line.
    """

    file: FileDiff
    hunks: tuple[Hunk, ...]
    fresh: frozenset[int] | None
    only_removes: bool

    def is_new(self, number: int) -> bool:
        """Say whether an added line is to be judged, and not only to be seen."""
        return self.fresh is None or number in self.fresh


def select(
    files: Sequence[FileDiff], fresh: Mapping[str, frozenset[int]] | None, opens: Callable[[str], bool]
) -> tuple[tuple[Chosen, ...], tuple[Skipped, ...]]:
    """Return what to read, most important first, and what to pass over.

    With `fresh` only hunks that hold one of those lines are chosen. Without it all are, also those that only remove
    lines, which come last. A file with nothing to read is in neither list: a rename, a mode, or nothing fresh.
    """
    chosen: list[Chosen] = []
    skipped: list[Skipped] = []
    for file in files:
        hunks = _hunks(file, fresh)
        if not hunks and not (file.binary and (fresh is None or file.path in fresh)):
            continue
        reason = _why_not(file, hunks, opens)
        if reason:
            skipped.append(Skipped(file.path, reason, is_gap=reason == _TOO_LARGE))
        else:
            only_removes = not any(line.kind is Kind.ADDED for hunk in hunks for line in hunk.lines)
            chosen.append(Chosen(file, hunks, None if fresh is None else fresh[file.path], only_removes))
    chosen.sort(key=_order)
    return tuple(chosen), tuple(skipped)


def _hunks(file: FileDiff, fresh: Mapping[str, frozenset[int]] | None) -> tuple[Hunk, ...]:
    if fresh is None:
        return file.hunks
    lines = fresh.get(file.path, frozenset())
    return tuple(hunk for hunk in file.hunks if any(line.new in lines for line in hunk.lines))


def _why_not(file: FileDiff, hunks: Sequence[Hunk], opens: Callable[[str], bool]) -> str:
    if not opens(file.path):
        return "excluded by the configuration"
    if file.binary:
        return "binary"
    reason = made_by_machine(file.path)
    if reason:
        return reason
    lines = [line for hunk in hunks for line in hunk.lines]
    if any(declares_generated(line.text[:200]) for line in lines if line.new_at <= _FIRST_LINES):
        return "generated"
    if len(lines) > MOST_LINES or any(len(line.text) > WIDEST for line in lines):
        return _TOO_LARGE
    return ""


def _order(chosen: Chosen) -> tuple[bool, Importance, str]:
    return chosen.only_removes, importance(chosen.file.path), chosen.file.path
