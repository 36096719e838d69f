"""The Python statements that a change stands among, as a text to be parsed in place of the whole file. Pure.

Where such a text begins and ends with whole statements of one block, before the change and after it, the file around it
is read as before: it parses if it did, as long as these statements do. Where a change comes first in a block, the
block's head and one statement more of it say the same.
"""

import functools
import re
from bisect import bisect_left

from tasks.patch.syntax.changes import Change, Part
from tasks.patch.syntax.lines import CODE, least_indent
from tasks.patch.syntax.quoting import TRIPLE, Strings, bare_of, is_closed, is_complete

_MOST_LINES = 150  # that are looked at to find a line that surely begins a statement
_MOST_ATTEMPTS = 6
_GOES_ON = r"(?:elif|else|except|finally|case)\b"  # with the statement above
_LINE = re.compile(
    r"([ \t]*)(?:([\r\n\f#])"  # no code
    rf"|([)\]}}]|{_GOES_ON})"
    # No expression has a line that begins like this: outside of strings it begins a statement, whatever stands above.
    r"|((?:(?:async +)?def|class|return|import|from|raise|with|while|try|assert|del|pass|break|continue|global)\b"
    r"|(?:if|for)\b.*:[ \t\r]*\n))?"
)
_NO_CODE, _INSIDE, _BEGINS = 2, 3, 4  # its groups; the first holds the indentation
_NEEDS_MORE = re.compile(r"@|try\b")  # below its own lines


def statements_around(strings: Strings, old: str, new: str, change: Change) -> Part:
    """Return the statements around a change, ready to be parsed; `strings` are those of the new text above it."""
    strings = strings[: bisect_left(strings, (change.new_start, 0))]
    at = change.new_start
    if strings and strings[-1][1] > at:  # the change stands in a string: it begins on the line above
        at = new.find("\n", strings[-1][0]) + 1
    least = least_indent(old, new, change)
    found = _beginning(new, at, least, strings)
    if found is None:
        return Part(change.new_start, change.new_end, None)
    start, indent = found
    depth, last, old_start = indent, change.old_end, start - change.new_start + change.old_start
    if _is_finished(old, new, change, start, indent):
        start, old_start = change.new_start, change.old_start
    elif indent < least and _heads_block(new[start : change.new_start], indent):
        last = _first_line_below(old, old_start, last, least)
        depth = least if last > change.old_end else indent
    end = _ending(old, last, old_start, depth)
    if end is None:
        return Part(start, change.new_end, None)
    end += change.new_end - change.old_end
    text = new[start:end]
    return Part(start, end, f"if 1:\n{text}" if indent and CODE.search(text) else text)


def _first_indent(text: str, at: int) -> int:
    code = CODE.search(text, at)
    return len(code[0]) if code else -1


def _is_finished(old: str, new: str, change: Change, start: int, indent: int) -> bool:
    """Say whether the statement above a change needs nothing of it: what follows stands beside it, now and before."""
    if _first_indent(new, change.new_start) != indent or _first_indent(old, change.old_start) > indent:
        return False
    statement = new[start : change.new_start]
    return bool(statement) and not _NEEDS_MORE.match(statement, indent) and is_complete(statement)


def _beginning(new: str, at: int, most: int, strings: Strings) -> tuple[int, int] | None:
    """Return start and indentation of the nearest statement above that is indented by `most` or less.

    A line begins a statement for sure by its first word; or if nothing is left open between such a line and this one.
    """
    waiting: list[tuple[int, int]] = []
    for _ in range(_MOST_LINES):
        if not at:
            break
        start = new.rfind("\n", 0, at - 1) + 1
        line = _LINE.match(new, start, at)
        kind = line.lastindex if line else _NO_CODE
        at = start
        if kind == _NO_CODE or not line:
            continue
        indent = line.end(1) - start
        fits = indent <= most and kind != _INSIDE
        most = min(most, indent)  # what stands above and further right is in a block that has ended
        if kind == _BEGINS and not _goes_on(new, start, strings):
            found = _first_complete(new, start, waiting) or ((start, indent) if fits else None)
            if found:
                return found
            waiting.clear()
        elif fits and len(waiting) < _MOST_ATTEMPTS:
            waiting.append((start, indent))
            most = max(indent - 1, 0)  # if this one goes on in a bracket, that was opened further left
    return _first_complete(new, 0, waiting) or (None if at else (0, 0))


def _first_complete(new: str, anchor: int, waiting: list[tuple[int, int]]) -> tuple[int, int] | None:
    return next((line for line in waiting if is_complete(new[anchor : line[0]])), None)


def _goes_on(text: str, at: int, strings: Strings) -> bool:
    """Say whether a line goes on with a string, or with a line that ends in a backslash."""
    above = bisect_left(strings, (at, 0)) - 1  # no string begins before another one ends
    return text[max(at - 2, 0)] == "\\" or (above >= 0 and strings[above][1] > at)


def _heads_block(statement: str, indent: int) -> bool:
    """Say whether a statement above a change is only the head of the block in which the change comes first.

    Of such a block no more is needed than one statement below the change: it has the block's indentation.
    """
    bare = bare_of(statement)
    return bare.rstrip().endswith(":") and is_closed(bare) and not _NEEDS_MORE.match(statement, indent)


def _first_line_below(old: str, head: int, at: int, depth: int) -> int:
    """Return the end of the first line of the next statement at this depth, decorators aside; `at` where none is next.

    Nothing may be left open from the `head` of the block to there, so that it is one.
    """
    below = _next_statement(old, at, depth)
    if not is_complete(old[head:below]):
        return at
    while below < len(old) and _first_indent(old, below) == depth:
        end = old.find("\n", below) + 1 or len(old)
        if old[below + depth] != "@":
            return end
        below = _next_statement(old, end, depth)
    return at


def _ending(old: str, at: int, start: int, indent: int) -> int | None:
    """Return where in the old text the statements end that reach from `start` to `at`, indented by `indent`."""
    for _ in range(_MOST_ATTEMPTS):
        end = _next_statement(old, at, indent)
        bare = bare_of(old[start:end])
        if is_closed(bare):
            return end
        open_quote = next((quote for quote in TRIPLE if quote in bare), "\n")
        at = old.find("\n", old.find(open_quote, end) + len(open_quote) - 1) + 1
        if end == len(old) or not at:
            return None
    return None


def _next_statement(old: str, at: int, indent: int) -> int:
    found = _statement(indent).search(old, at - 1 if at else 0)
    return found.start() + 1 if found else len(old)


@functools.cache
def _statement(most: int) -> re.Pattern[str]:
    """Return what finds the next statement that is indented by `most` at most."""
    return re.compile(rf"\n(?![ \t]{{{most}}}{_GOES_ON})[ \t]{{0,{most}}}[^\s#)\]}}]")
