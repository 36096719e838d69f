"""The Python statements that a change stands among, as a text to be parsed in place of the whole file. Pure.

Where such a text begins and ends with whole statements of one block, before the change and after it, the file around it
is read as before: it parses if it did, as long as these statements do.
"""

import functools
import re

from tasks.patch.syntax.changes import Change, Part
from tasks.patch.syntax.lines import CODE, least_indent

_MOST_LINES = 250  # that are looked at to find a beginning or an end
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
_TRIPLE = ('"""', "'''")
_QUOTED = re.compile(
    r"#[^\n]*"
    r'|"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'",
    re.DOTALL,
)

Strings = list[tuple[int, int]]


def statements_around(old: str, new: str, change: Change) -> Part:
    """Return the statements around a change, ready to be parsed."""
    strings = _strings(new, change.new_start)
    at = change.new_start
    if strings and strings[-1][1] > at:  # the change stands in a string: it begins on the line above
        at = new.find("\n", strings[-1][0]) + 1
    found = _beginning(new, at, least_indent(old, new, change), strings)
    if found is None:
        return Part(change.new_start, change.new_end, None)
    start, indent = found
    if _is_finished(old, new, change, start, indent):
        start = change.new_start
    end = _ending(old, change, start - change.new_start + change.old_start, indent)
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
    return None if at else _first_complete(new, 0, waiting) or (0, 0)


def _first_complete(new: str, anchor: int, waiting: list[tuple[int, int]]) -> tuple[int, int] | None:
    return next((line for line in waiting if is_complete(new[anchor : line[0]])), None)


def _goes_on(text: str, at: int, strings: Strings) -> bool:
    """Say whether a line goes on with a string, or with a line that ends in a backslash."""
    return text[max(at - 2, 0)] == "\\" or any(start < at < end for start, end in strings)


def _ending(old: str, change: Change, start: int, indent: int) -> int | None:
    """Return where in the old text the statements end that begin at `start`, indented by `indent`, around a change."""
    at = change.old_end
    for _ in range(_MOST_ATTEMPTS):
        end = _next_statement(old, at, indent)
        bare = _QUOTED.sub("", old[start:end])
        if _is_closed(bare):
            return end
        open_quote = next((quote for quote in _TRIPLE if quote in bare), "\n")
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


def is_complete(source: str) -> bool:
    """Say whether Python text leaves no bracket, string or line open, and closes none that it did not open."""
    return _is_closed(_QUOTED.sub("", source) if '"' in source or "'" in source or "#" in source else source)


def _is_closed(bare: str) -> bool:
    if '"' in bare or "'" in bare or bare.rstrip(" \t\r\n").endswith("\\"):
        return False
    count = bare.count
    return count("(") == count(")") and count("[") == count("]") and count("{") == count("}")


def _strings(text: str, end: int) -> Strings:
    """Return the start and end of all strings with three quotes that begin before `end`; the last may reach beyond."""
    found, place = [], 0
    double, single = text.find('"""', 0, end), text.find("'''", 0, end)
    while double >= 0 or single >= 0:
        opening = double if single < 0 or 0 <= double < single else single
        head = max(place, text.rfind("\n", 0, opening) + 1)
        before = text[head:opening]
        if "#" in before or '"' in before or "'" in before:
            opening, place = _quoted_around(text, head, opening)
        else:
            place = _end_of_string(text, opening)
        found.append((opening, place))
        if 0 <= double < place:
            double = text.find('"""', place, end)
        if 0 <= single < place:
            single = text.find("'''", place, end)
    return found


def _end_of_string(text: str, opening: int) -> int:
    """Return where a string with three quotes ends; at the end of the text where nothing closes it."""
    end = text.find(text[opening : opening + 3], opening + 3)
    if end > 0 and text[end - 1] == "\\":  # that may be an escape, or be escaped itself
        string = _QUOTED.match(text, opening)
        return string.end() if string and string.end() >= opening + 6 else len(text)
    return end + 3 if end >= 0 else len(text)


def _quoted_around(text: str, head: int, opening: int) -> tuple[int, int]:
    """Return start and end of the comment or string, on a line from `head` on, that three quotes open or stand in."""
    for quoted in _QUOTED.finditer(text, head):
        if quoted.end() > opening:
            return quoted.span()
    return opening, len(text)
