"""Text to words for searching: identifiers whole and in parts, in lower case, without plural endings."""

import re

_IDENTIFIER = re.compile(r"[^\W\d]\w{0,200}")
_PART = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+|[^\W\d_A-Za-z]+")
_SHORTEST = 2
_SHORTEST_PLURAL = 4


def words_of(text: str) -> list[str]:
    """Return the words of code or prose in their order; `parseHTTPDate` gives parsehttpdate, parse, http, date."""
    found: list[str] = []
    for name in _IDENTIFIER.findall(text):
        parts = _PART.findall(name)
        if len(parts) > 1:
            found.append(name.lower())
        found += [_singular(part.lower()) for part in parts if len(part) >= _SHORTEST]
    return found


def _singular(word: str) -> str:
    if len(word) >= _SHORTEST_PLURAL and word[-1] == "s" and word[-2] not in "su":
        return word[:-1]
    return word
