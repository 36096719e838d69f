"""Undoes what a model laid over a whole block: HTML escapes and line numbers."""

import html
import re
from collections.abc import Sequence
from pathlib import PurePosixPath

_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#x27|#39);")
_QUOTES = frozenset({"&quot;", "&#x27;", "&#39;"})
_NUMBERED = re.compile(r"\s{0,8}\d{1,7}\s?[|:\u2502] ?")
# In these an entity without quotes near it is ordinary text.
_MARKUP = frozenset({".html", ".htm", ".xml", ".xhtml", ".svg", ".vue", ".jsx", ".tsx"})


def has_entities(text: str) -> bool:
    """Say whether a text speaks of HTML entities itself."""
    return "&" in text and bool(_ENTITY.search(text))


def is_escaped(lines: Sequence[str]) -> bool:
    """Say whether lines may have gone through an HTML escaper: entities, and none of the signs that they stand for.

    Code that merely speaks of entities has its quotes round them.
    """
    text = "\n".join(lines)
    return has_entities(text) and not any(sign in text for sign in "<>\"'")


def is_surely_escaped(old: Sequence[str], new: Sequence[str], path: str, content: str) -> bool:
    """Say whether escaped lines must be meant, also where the old ones fit as they are written.

    So it is where only new lines hold entities, and of a kind that the file does not use; in markup an entity without
    quotes near it is ordinary text, but nobody writes a quote as one.
    """
    kinds = set(_ENTITY.findall("\n".join(new)))
    if has_entities("\n".join(old)) or any(kind in content for kind in kinds):
        return False
    return bool(kinds & _QUOTES) or PurePosixPath(path).suffix.lower() not in _MARKUP


def unescape(lines: Sequence[str]) -> tuple[str, ...]:
    """Turn entities back into the signs that they stand for."""
    return tuple(html.unescape(line) for line in lines)


def is_numbered(lines: Sequence[str]) -> bool:
    """Say whether every line begins with a line number, as a listing does."""
    first = next((line for line in lines if line.strip()), "").lstrip()
    return first[:1].isdigit() and all(_NUMBERED.match(line) for line in lines if line.strip())


def unnumber(lines: Sequence[str]) -> tuple[str, ...]:
    """Take the line numbers away."""
    return tuple(_NUMBERED.sub("", line, count=1) if line.strip() else line for line in lines)
