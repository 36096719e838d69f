"""What Python text quotes: strings and comments, in which brackets and words mean nothing. Pure."""

import re

TRIPLE = ('"""', "'''")
_QUOTED = re.compile(
    r"#[^\n]*"
    r'|"""[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""'
    r"|'''[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''"
    r'|"[^"\\\n]*(?:\\.[^"\\\n]*)*"'
    r"|'[^'\\\n]*(?:\\.[^'\\\n]*)*'",
    re.DOTALL,
)

Strings = list[tuple[int, int]]


def bare_of(source: str) -> str:
    """Return Python text without its comments and without the strings that it closes."""
    return _QUOTED.sub("", source) if '"' in source or "'" in source or "#" in source else source


def is_complete(source: str) -> bool:
    """Say whether Python text leaves no bracket, string or line open, and closes none that it did not open."""
    return is_closed(bare_of(source))


def is_closed(bare: str) -> bool:
    """Say the same of text that is bare of all that it quotes."""
    if '"' in bare or "'" in bare or bare.rstrip(" \t\r\n").endswith("\\"):
        return False
    count = bare.count
    return count("(") == count(")") and count("[") == count("]") and count("{") == count("}")


def strings_of(text: str, end: int) -> Strings:
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
