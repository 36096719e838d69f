"""Signs that what calls itself a whole file, or a replacement, leaves code out."""

import posixpath
import re
from collections import Counter
from collections.abc import Sequence

from tasks.patch.refusal import BlockRefused
from tasks.patch.text import Text

LONGEST_LINE = 300  # a longer line is no definition and no remark about left-out code

_COMMENT = re.compile(r"\s*(?:#+|//+|/\*+|<!--|--|;+|%|\{/\*)\s*(.*?)\s*(?:\*/\}?|-->)?\s*$")
_DOTS = re.compile(r"^(?:\.{3}|\u2026)|(?:\.{3}|\u2026)$")
_LEFT_OUT = re.compile(
    r"\b(?:rest of|existing|unchanged|remaining|omitted|same as|previous|your|other)\b"
    r"|\b(?:code|methods?|functions?) here\b",
    re.IGNORECASE,
)
_PHRASE = re.compile(
    r"^\W*(?:the )?(?:(?:rest|remainder) of (?:the |your |this )?|(?:existing|remaining|unchanged|previous|original) )"
    r"(?:code|file|class|function|module|implementation|methods?|functions?|imports?|contents?|logic)"
    r"(?: (?:here|unchanged|above|below|(?:stays?|remains?|is|are|goes) ?(?:the )?(?:same|unchanged|here)?))?\W*$",
    re.IGNORECASE,
)
_ALONE = re.compile(
    r"^\W*(?:unchanged|omitted|snip(?:ped)?|(?:same )?as before|no changes?(?: here)?)\W*$", re.IGNORECASE
)
_DEFINITION = re.compile(
    r"\s*(?:(?:export|default|async|pub(?:\([a-z]*\))?|public|private|protected|static|abstract|final|override)\s+)*"
    r"(?:def|class|func|function|fn|interface|struct|enum|trait|impl|type|module)\s+(?:\([^)]*\)\s*)?([A-Za-z_$][\w$]*)"
)
_WORDS = (
    "...",
    "\u2026",
    "rest",
    "remain",
    "existing",
    "unchanged",
    "previous",
    "original",
    "omitted",
    "snip",
    "before",
    "no change",
)
_SIGNS = frozenset("#/<-;%{.\u2026")  # that such a line begins with
_DOTTED = frozenset({"...", "\u2026"})
_SPACE = " \t"  # a form feed is content, if a poor one
_MANY = 3  # definitions at the end of a file: so many are not lost by accident
_DOTS_ARE_TEXT = frozenset({".md", ".rst", ".txt", ".yml", ".yaml", ".py", ".pyi", ""})


def check_elision(new: Sequence[str], path: str, old: Sequence[str], text: Text) -> None:
    """Refuse lines that stand for left-out code ("# ... existing code ..."), unless `old` or the file has them."""
    found = elisions(new, path)
    known = {*old, *text.lines} if found else set()
    for number in found:
        if new[number] not in known:
            raise unwritten(new[number])


def unwritten(line: str) -> BlockRefused:
    """Refuse a line that stands for code."""
    return BlockRefused(f'the line "{line.strip()}" stands for code that was left out; write that code in full')


def elisions(lines: Sequence[str], path: str) -> list[int]:
    """Return the numbers (from 0) of the lines that stand for left-out code."""
    found = telling(lines)
    dots_are_text = bool(found) and posixpath.splitext(path)[1].lower() in _DOTS_ARE_TEXT
    return [
        number
        for number in found
        if (line := lines[number]).lstrip()[:1] in _SIGNS
        and len(line) <= LONGEST_LINE
        and (stands_for_code(line) or (not dots_are_text and line.strip() in _DOTTED))
    ]


def telling(lines: Sequence[str]) -> list[int]:
    """Return the numbers (from 0) of the lines that hold dots, or a word of those that tell of left-out code.

    It is asked of every edit, and nearly always there is none: so one string is searched, not line by line.
    """
    text = "\n".join(lines).lower()
    hits: list[int] = []
    for word in _WORDS:
        at = text.find(word)
        while at >= 0:
            hits.append(at)
            end = text.find("\n", at)
            at = text.find(word, end) if end >= 0 else -1
    number = counted = 0
    found: dict[int, None] = {}  # in order, each once
    for at in sorted(hits):
        number += text.count("\n", counted, at)
        counted = at
        found[number] = None
    return list(found)


def left_out(new: Sequence[str], old: Sequence[str], path: str) -> list[int]:
    """Return the numbers of the lines of a whole file that stand for code of the old one.

    Dots on a line of their own may be text where dots are; in a file that has become shorter they are none.
    """
    gaps = elisions(new, path)
    if len(new) < len(old) and not path.lower().endswith((".yml", ".yaml")):  # there they end a document
        gaps = sorted({*gaps, *(number for number, line in enumerate(new) if line in _DOTTED)})
    if not gaps:
        return []
    here = Counter([new[number] for number in gaps])  # lines that are equal are all gaps, or none is
    there = Counter(filter(here.__contains__, old))
    return [number for number in gaps if here[new[number]] > there[new[number]]]


def check_whole(new: Sequence[str], old: Sequence[str], path: str) -> None:
    """Refuse the content of a whole file that is an excerpt of the file that it would replace."""
    if path.endswith((".py", ".pyi")) and "..." in new and "..." not in old:
        raise BlockRefused('a line "..." outside any function stands for code that was left out; send the whole file')
    end = next((line.strip() for line in reversed(old) if line.strip()), "")
    last = next((line for line in reversed(new) if line.strip(_SPACE)), "").strip(_SPACE)
    if not last and end:
        raise BlockRefused("the content is empty, and the file is not")
    if len(new) >= len(old) or (last == end and len(new) * 2 >= len(old)):
        return
    had, has = _definitions(old), set(_definitions(new))
    lost = [name for name in had if name not in has]
    if _looks_short(len(new), len(old), len(lost), len(had)):
        raise BlockRefused(
            f"it has {len(new)} lines where the file has {len(old)}, so it looks like an excerpt; "
            "send the whole file, or SEARCH/REPLACE blocks"
        )
    if last != end and len(lost) >= _MANY and lost == had[-len(lost) :]:
        raise BlockRefused(
            f"the end of the file is missing ({', '.join(lost[:5])}), so it looks cut off; send all of it"
        )


def stands_for_code(line: str) -> bool:
    """Say whether a line is a remark that stands for left-out code, such as "// ... existing code ..."."""
    lowered = line.lower()
    match = _COMMENT.match(line) if any(word in lowered for word in _WORDS) else None
    words = match.group(1) if match else ""
    if not words:
        return False
    if _DOTS.search(words):
        return bool(_LEFT_OUT.search(words)) or not words.strip(".\u2026 ")
    return bool(_PHRASE.match(words) or _ALONE.match(words))


def _looks_short(new: int, old: int, lost: int, had: int) -> bool:
    few_definitions_left = lost * 2 > had
    if had:
        return few_definitions_left and lost > 1 and new * 2 < old
    return old >= 20 and new * 4 < old  # noqa: PLR2004 - a short text may well be rewritten shorter


def _definitions(lines: Sequence[str]) -> list[str]:
    """Return the names that a text defines, each once, in the order of their first definition."""
    matches = (_DEFINITION.match(line) for line in lines if len(line) <= LONGEST_LINE)
    return list(dict.fromkeys(match.group(1) for match in matches if match))
