"""Finds the lines that a finding is about in the exact diff, by its quote and its number, and never guesses. Pure."""

import dataclasses
from collections.abc import Sequence

from bot.diff import FileDiff, Side
from tasks.review.changed_file import find_file, path_on
from tasks.review.demotion import without_suggestion
from tasks.review.finding import MODEL, Finding
from tasks.review.locate import Hunks, Row, Span, Way, as_it_is, by_part, by_words, locate, shown
from tasks.review.quote import readings

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
    file = find_file(files, finding.path, finding.side)
    if file is None:
        return _unplaced(finding, "", Side.NEW, "its file is not among the changed ones")
    if not finding.quote and finding.source != MODEL:
        side, span = finding.side, _numbered(finding, shown(file, finding.side))
    else:
        side, span = _quoted(finding, file)
    path = path_on(file, side)
    if span is None or path is None:
        side = Side.NEW if file.new_path is not None else Side.OLD
        return _unplaced(finding, path_on(file, side) or "", side, "its lines are not in the diff")
    return _placed(finding, path, side, _as_claimed(finding, span, shown(file, side)), shown(file, side))


def _quoted(finding: Finding, file: FileDiff) -> tuple[Side, Span | None]:
    """Return the side and the lines that the quote means; None for the lines where it could mean several or none."""
    for ways in _ROUNDS:
        for side in (finding.side, _OTHER[finding.side]):
            hunks, quotes = shown(file, side), tuple(readings(finding.quote, side))
            for way in ways:
                is_found, span = locate(quotes, hunks, finding.first, way)
                if is_found:
                    return side, span
    return finding.side, None


def _numbered(finding: Finding, hunks: Hunks) -> Span | None:
    """Return what the last hunk that shows any of the finding's lines shows of them."""
    for rows in reversed(hunks):
        numbers = [row.number for row in rows if finding.first <= row.number <= finding.last]
        if numbers:
            return numbers[0], numbers[-1]
    return None


def _as_claimed(finding: Finding, span: Span, hunks: Hunks) -> Span:
    """Return the lines that the finding names, where its quote is just the first of them; else those of the quote."""
    if span[0] != finding.first or span[1] >= finding.last or _rows((span[0], finding.last), hunks) is None:
        return span
    return span[0], finding.last


def _rows(span: Span, hunks: Hunks) -> Sequence[Row] | None:
    """Return the rows of a span, or None where no hunk shows all of them."""
    for hunk in hunks:
        rows = [row for row in hunk if span[0] <= row.number <= span[1]]
        if rows:
            return rows if len(rows) == span[1] - span[0] + 1 else None
    return None


def _placed(finding: Finding, path: str, side: Side, span: Span, hunks: Hunks) -> Finding:
    first, last = span
    if side is Side.OLD:
        finding = without_suggestion(finding, "it is about removed lines")
    elif finding.first < finding.last and finding.last - finding.first != last - first:
        finding = without_suggestion(finding, "it is not sure which lines it replaces")
    rows = _rows(span, hunks) or ()
    quote = "\n".join(row.text for row in rows)
    return dataclasses.replace(finding, path=path, side=side, first=first, last=last, quote=quote)


def _unplaced(finding: Finding, path: str, side: Side, reason: str) -> Finding:
    bare = without_suggestion(finding, reason)
    return dataclasses.replace(bare, path=path, side=side, first=0, last=0)
