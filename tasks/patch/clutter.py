"""Undoes what a model laid over a whole block: HTML escapes and line numbers."""

import html
import itertools
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#x27|#39);")
_QUOTES = frozenset({"&quot;", "&#x27;", "&#39;"})
_BARE = re.compile(r"&(?!(?:lt|gt|amp|quot|#x27|#39);)")
_OPERATORS = ("&lt;!--", "&lt;/", "=&gt;", "-&gt;", "&amp;&amp;", "&lt;=", "&gt;=")
_NUMBERED = re.compile(r"\s{0,8}(\d{1,7})(?:\s?[|:\u2502] ?|\t)")
_STEPS = range(1, 4)  # blank lines may have lost their numbers
# In these an entity without quotes near it is ordinary text.
_MARKUP = frozenset({".html", ".htm", ".xml", ".xhtml", ".svg", ".vue", ".jsx", ".tsx"})


def has_entities(text: str) -> bool:
    """Say whether a text speaks of HTML entities itself."""
    return "&" in text and bool(_ENTITY.search(text))


def is_escaped(lines: Sequence[str]) -> bool:
    """Say whether lines may have gone through an HTML escaper: entities, and none of the signs that they stand for.

    Some escapers leave quotes alone; code that merely speaks of entities has other signs round them.
    """
    text = "\n".join(lines)
    if not has_entities(text) or "<" in text or ">" in text or _BARE.search(text):
        return False
    return not any(quote in text for quote in "\"'") or not any(kind in text for kind in _QUOTES)


def is_surely_escaped(old: Sequence[str], new: Sequence[str], path: str, content: str) -> bool:
    """Say whether escaped lines must be meant, also where the old ones fit as they are written.

    So it is where only new lines hold entities, and such as nobody writes: of a kind that the file does not use, for
    quotes, or in the midst of operators and tags.
    """
    text = "\n".join(new)
    kinds = set(_ENTITY.findall(text))
    if has_entities("\n".join(old)) or any(kind in content for kind in kinds):
        return False
    is_markup = PurePosixPath(path).suffix.lower() in _MARKUP
    return bool(kinds & _QUOTES) or (not is_markup and any(sign in text for sign in _OPERATORS))


def unescape(lines: Sequence[str]) -> tuple[str, ...]:
    """Turn entities back into the signs that they stand for."""
    return tuple(html.unescape(line) for line in lines)


def is_numbered(lines: Sequence[str]) -> bool:
    """Say whether every line begins with a line number, as a listing does: each one more than the last."""
    first = next((line for line in lines if line.strip()), "").lstrip()
    if not first[:1].isdigit():
        return False
    numbers = [int(match.group(1)) if (match := _NUMBERED.match(line)) else -1 for line in lines if line.strip()]
    return -1 not in numbers and all(later - sooner in _STEPS for sooner, later in itertools.pairwise(numbers))


def unnumber(lines: Sequence[str]) -> tuple[str, ...]:
    """Take the line numbers away, where there are any."""
    return tuple(_NUMBERED.sub("", line, count=1) for line in lines)
