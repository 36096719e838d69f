"""Finds the lines that a finding is about in the exact diff, by its quote and its number, and never guesses. Pure."""

import dataclasses
from collections.abc import Sequence

from bot.diff import FileDiff, Side
from tasks.review.changed_file import find_file, path_on
from tasks.review.demotion import without_suggestion
from tasks.review.finding import MODEL, Finding
from tasks.review.locate import Way, as_it_is, by_part, by_words, locate
from tasks.review.quote import readings
from tasks.review.shown import Diff, Shown, Span

# A part of a line is the weakest evidence: the whole lines of the other side come before it.
_ROUNDS: tuple[tuple[Way, ...], ...] = ((as_it_is, by_words), (by_part,))
_OTHER = {Side.NEW: Side.OLD, Side.OLD: Side.NEW}


def anchor(finding: Finding, files: Sequence[FileDiff]) -> Finding:
    """Return the finding at the lines that it quotes, all shown by one hunk, with `quote` as they really are.

    Numbers of models are hints: the quote decides, and the number tells equal lines apart. Tools that quote nothing
    are taken at their number. A quote that is found nowhere, or at places between which the number does not decide,
    leaves lines 0 to 0 of the file; a path that means no file of the diff, or several, leaves no path either. A
    suggestion stays with the lines that it was meant for; without them it becomes text.
    """
    return anchor_all([finding], files)[0]


def anchor_all(findings: Sequence[Finding], files: Sequence[FileDiff]) -> tuple[Finding, ...]:
    """Return each finding at the lines that it quotes, as `anchor` does; the diff is indexed once for all of them."""
    diff = Diff(files)
    return tuple(_anchored(finding, diff) for finding in findings)


def _anchored(finding: Finding, diff: Diff) -> Finding:
    file = find_file(diff.files, finding.path, finding.side)
    if file is None:
        return _unplaced(finding, "", Side.NEW, "its file is not among the changed ones")
    if not finding.quote and finding.source != MODEL:
        side, span = finding.side, diff.shown(file, finding.side).cut((finding.first, finding.last))
    else:
        side, span = _quoted(finding, file, diff)
    path = path_on(file, side)
    if span is None or path is None:
        side = Side.NEW if file.new_path is not None else Side.OLD
        return _unplaced(finding, path_on(file, side) or "", side, "its lines are not in the diff")
    return _placed(finding, path, side, span, diff.shown(file, side))


def _quoted(finding: Finding, file: FileDiff, diff: Diff) -> tuple[Side, Span | None]:
    """Return the side and the lines that the quote means; None for the lines where it could mean several or none."""
    for ways in _ROUNDS:
        for side in (finding.side, _OTHER[finding.side]):
            shown, quotes = diff.shown(file, side), tuple(readings(finding.quote, side))
            for way in ways:
                is_found, span = locate(quotes, shown, finding.first, way)
                if is_found:
                    return side, span
    return finding.side, None


def _placed(finding: Finding, path: str, side: Side, span: Span, shown: Shown) -> Finding:
    first, last = span
    if side is Side.OLD:
        finding = without_suggestion(finding, "it is about removed lines")
    elif finding.first < finding.last and finding.last - finding.first != last - first:
        finding = without_suggestion(finding, "it is not sure which lines it replaces")
    quote = "\n".join(shown.lines((first, last)) or ())
    return dataclasses.replace(finding, path=path, side=side, first=first, last=last, quote=quote)


def _unplaced(finding: Finding, path: str, side: Side, reason: str) -> Finding:
    bare = without_suggestion(finding, reason)
    return dataclasses.replace(bare, path=path, side=side, first=0, last=0)
