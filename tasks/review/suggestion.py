"""Whether a suggestion may be applied by a click: it is applied here first, to the very file. Pure."""

import dataclasses
import re
from collections.abc import Callable
from operator import add

from tasks.patch.syntax import knows
from tasks.patch.text import Text
from tasks.review.demotion import without_suggestion
from tasks.review.finding import MODEL, Finding
from tasks.review.grammar import is_worse
from tasks.review.indentation import indentations
from tasks.review.suggested import Lines, Spot, echoes, plain, with_edges, without_brackets, without_context

MOST_LINES = 101  # a forge lets a suggestion reach 100 lines above the one that it stands on
MOST_SUGGESTED = 200

# Text that reads one way and runs another: https://trojansource.codes
_DECEPTIVE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
_UNSENDABLE = re.compile(r"[\x00\r\ud800-\udfff]")


def apply(finding: Finding, head: str) -> str:
    """Return the file that a click on a finding's suggestion makes of `head`; the same on every forge.

    All other lines keep every byte; the new ones end as most of the file's lines do, and a file without a final
    newline stays without. Raises `ValueError` where there is no suggestion, or the file has no such lines.
    """
    text = Text.of(head)
    if finding.suggestion is None or finding.last > len(text.lines):
        raise ValueError("nothing to apply, or no lines to apply it to")
    new = tuple(finding.suggestion.split("\n")) if finding.suggestion else ()
    return _replaced(text, finding.first, finding.last, new)


def check_suggestion(finding: Finding, head: bytes | str) -> Finding:
    """Return the finding with a suggestion that is safe to apply to `head`, the new file; or without one.

    Context that was copied around it, a lost indentation, a fence and markers are undone where only one result is
    possible. A suggestion that changes nothing is dropped; one that would break the file, or is not sure, becomes text
    in the body, with the reason.
    """
    if finding.suggestion is None:
        return finding
    text = Text.of(head if isinstance(head, str) else head.decode("utf-8", "surrogateescape"))
    suggestion = finding.suggestion.replace("\r\n", "\n")
    reason = _unfit(finding, suggestion, text)
    return without_suggestion(finding, reason) if reason else _tried(finding, suggestion, text)


def _unfit(finding: Finding, suggestion: str, text: Text) -> str:
    """Say why a suggestion is not even tried, or nothing."""
    stands = "\n".join(text.lines[finding.first - 1 : finding.last])
    if text.mark and finding.first == 1:
        return "the first line begins with a byte order mark"
    if finding.last > len(text.lines) or (finding.quote and finding.quote != stands):
        return "the lines have changed"
    if finding.last - finding.first >= MOST_LINES or suggestion.count("\n") >= MOST_SUGGESTED:
        return "it is too long to be applied"
    if set(_DECEPTIVE.findall(suggestion)) - set(stands) or _UNSENDABLE.search(suggestion):
        return "it holds signs that cannot be seen or sent"
    if suggestion and not suggestion.strip():
        return "it is empty"
    return ""


def _tried(finding: Finding, suggestion: str, text: Text) -> Finding:
    spot = Spot.of(text.lines, finding.first, finding.last)

    def is_fine(lines: Lines) -> bool:
        return not is_worse(finding.path, text.content, _replaced(text, finding.first, finding.last, lines))

    lines = _meant(finding, suggestion, spot, is_fine)
    # What would be read otherwise the second time was not read for sure the first time.
    if lines is None or _meant(finding, "\n".join(lines), spot, is_fine) != lines:
        return without_suggestion(finding, "it does not fit the lines around it")
    if lines == ("",):  # what the forge would take for a deletion
        return without_suggestion(finding, "it is an empty line")
    if lines != spot.replaced:
        return dataclasses.replace(finding, suggestion="\n".join(lines))
    if suggestion.removesuffix("\n") == "\n".join(lines):
        return dataclasses.replace(finding, suggestion=None)
    return without_suggestion(finding, "it changes nothing but white space, which may be meant or not")


def _meant(finding: Finding, suggestion: str, spot: Spot, is_fine: Callable[[Lines], bool]) -> Lines | None:
    """Return the lines that must have been meant and leave the file in order; None where there are none, or several."""
    if finding.source != MODEL:  # a tool says what it means
        said = tuple(suggestion.split("\n")) if suggestion else ()
        return said if is_fine(said) else None
    given = plain(suggestion, spot)
    if suggestion and not "".join(given).strip():
        return None
    readings = indentations(without_context(given, spot), spot.replaced)
    tried = (_fitting(without_context(lines, spot), spot, finding.path, is_fine) for lines in readings)
    fitting = {lines for lines in tried if lines is not None}
    return fitting.pop() if len(fitting) == 1 else None


def _fitting(given: Lines, spot: Spot, path: str, is_fine: Callable[[Lines], bool]) -> Lines | None:
    """Return the lines if they leave the file in order: with a bracket that stands twice, or without it, not both."""
    lines = with_edges(given, spot)
    bare = without_brackets(lines, spot)
    if echoes(lines, spot) or (bare != lines and not knows(path)):
        return None
    fitting = [option for option in dict.fromkeys((lines, bare)) if is_fine(option)]
    return fitting[0] if len(fitting) == 1 else None


def _replaced(text: Text, first: int, last: int, new: Lines) -> str:
    ends = [text.ending] * len(new)
    if new and last == len(text.lines):
        ends[-1] = text.ends[-1]
    lines = (*text.lines[: first - 1], *new, *text.lines[last:])
    return text.mark + "".join(map(add, lines, (*text.ends[: first - 1], *ends, *text.ends[last:])))
