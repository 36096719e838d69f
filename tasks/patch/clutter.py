"""Undoes the HTML escapes that a model laid over a whole block."""

import re
from collections.abc import Sequence
from pathlib import PurePosixPath

_ENTITY = re.compile(r"&(?:lt|gt|amp|quot|#x27|#39);")
_SIGNS = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&#x27;": "'", "&#39;": "'", "&amp;": "&"}  # the last makes others
_QUOTES = frozenset({"&quot;", "&#x27;", "&#39;"})
_BARE = re.compile(r"&(?!(?:lt|gt|amp|quot|#x27|#39);)")
_OPERATORS = ("&lt;!--", "&lt;/", "=&gt;", "-&gt;", "&amp;&amp;", "&lt;=", "&gt;=")
_BRACKETS = re.compile(r"(?<![`\"'])&lt;[^\s&`][^&`]*&gt;|(?<=\w )&[lg]t;(?= )")
# In these an entity without quotes near it is ordinary text.
_MARKUP = frozenset({".html", ".htm", ".xml", ".xhtml", ".svg", ".vue", ".jsx", ".tsx"})
_MARKDOWN = frozenset({".md", ".markdown", ".mdx"})  # in these at least one between angle brackets is


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
    quotes, in the midst of operators and tags, or in place of angle brackets.
    """
    text = "\n".join(new)
    kinds = set(_ENTITY.findall(text))
    if has_entities("\n".join(old)) or any(kind in content for kind in kinds):
        return False
    suffix = PurePosixPath(path).suffix.lower()
    if kinds & _QUOTES:
        return True
    if suffix in _MARKUP:
        return False
    return any(sign in text for sign in _OPERATORS) or (suffix not in _MARKDOWN and bool(_BRACKETS.search(text)))


def unescape(lines: Sequence[str]) -> tuple[str, ...]:
    """Turn entities back into the signs that they stand for."""
    text = "\n".join(lines)
    for entity, sign in _SIGNS.items():
        text = text.replace(entity, sign)
    return tuple(text.split("\n")) if lines else ()
