"""The sections that a change stands in, for YAML and TOML: what one key or table heads, up to another one. Pure."""

import re

from tasks.patch.syntax.changes import Change, Part
from tasks.patch.syntax.grammar import TOML, YAML
from tasks.patch.syntax.lines import lines_above, lines_below

_HEADS = {
    TOML: re.compile(r"\[{1,2}[\w.\" -]+\]{1,2}\s*(?:#.*)?$"),
    YAML: re.compile(r"[A-Za-z_][\w.-]*:(?:\s|$)"),
}
_QUOTES = {TOML: ('"""', "'''"), YAML: ('"', "'")}
_KEY_ALONE = re.compile(r"[A-Za-z_][\w.-]*:\s*$")  # what it heads stands below it, further right
_DOCUMENT = re.compile(r"^(?:---|\.\.\.)", re.MULTILINE)  # a new one begins, or one ends
_INDENTS = re.compile(r"^[ \t]*(?=\S)", re.MULTILINE)


def has_sections(grammar: str) -> bool:
    """Say whether files of a grammar have sections."""
    return grammar in _HEADS


def section_around(grammar: str, old: str, new: str, change: Change) -> Part:
    """Return the sections that a change stands in; in YAML the nearest that surely holds it, however deep."""
    block = _block_around(old, new, change) if grammar == YAML else None
    if block:
        start, end = block
        if _is_even(grammar, old, new, change, block):
            return Part(start, end, new[start:end])
    is_head = _HEADS[grammar].match
    above = lines_above(new, change.new_start)
    start = next((line for line, indent, code in above if not indent and is_head(code)), -1)
    heads = ((line, code) for line, _, code in lines_below(new, change.new_end, 0) if is_head(code))
    end, head = next(heads, (len(new), ""))
    if start < 0:  # what comes first must agree with what follows
        start, end = 0, end + len(head)
    return Part(start, end, new[start:end] if _is_even(grammar, old, new, change, (start, end)) else None)


def _block_around(old: str, new: str, change: Change) -> tuple[int, int] | None:
    """Return start and end of what the nearest key heads that stands further left than all that changes, and all below.

    So the change can reach nothing outside: what is further right than a key is part of its value, even in a text.
    """
    changed = f"{old[change.old_start : change.old_end]}\n{new[change.new_start : change.new_end]}"
    most = min(map(len, _INDENTS.findall(changed)), default=0)
    for start, indent, code in lines_above(new, change.new_start) if most else ():
        if indent >= most or code[:1] in ("", "\r", "\n", "#"):
            continue
        if _KEY_ALONE.match(code):
            below = (line for line in lines_below(new, change.new_end, indent) if line[2][0] != "#")
            end, depth, next_code = next(below, (len(new), -1, ""))
            return None if depth == indent and next_code.startswith("-") else (start, end)
        if not indent:
            return None
        most = indent
    return None


def _is_even(grammar: str, old: str, new: str, change: Change, section: tuple[int, int]) -> bool:
    """Say whether no string and no bracket reached over the ends of a section before the change."""
    start, end = section
    before = old[start - change.new_start + change.old_start : end - change.new_end + change.old_end]
    if grammar == YAML and _DOCUMENT.search(f"{before}\n{new[start:end]}"):
        return False
    if any(text.count(quote) % 2 for quote in _QUOTES[grammar] for text in (before, new[:start])):
        return False
    return all(before.count(left) == before.count(right) for left, right in ("[]", "{}"))
