"""The sections that a change stands in, for YAML and TOML: from one top-level key or table to another one. Pure."""

import re

from tasks.patch.syntax.changes import Change, Part
from tasks.patch.syntax.grammar import TOML, YAML
from tasks.patch.syntax.lines import lines_above, lines_below

_HEADS = {
    TOML: re.compile(r"\[{1,2}[\w.\" -]+\]{1,2}\s*(?:#.*)?$"),
    YAML: re.compile(r"[A-Za-z_][\w.-]*:(?:\s|$)"),
}
_QUOTES = {TOML: ('"""', "'''"), YAML: ('"', "'")}


def has_sections(grammar: str) -> bool:
    """Say whether files of a grammar have sections."""
    return grammar in _HEADS


def section_around(grammar: str, old: str, new: str, change: Change) -> Part:
    """Return the sections that a change stands in."""
    is_head = _HEADS[grammar].match
    above = lines_above(new, change.new_start)
    start = next((line for line, indent, code in above if not indent and is_head(code)), None)
    heads = ((line, code) for line, _, code in lines_below(new, change.new_end, 0) if is_head(code))
    end, head = next(heads, (len(new), ""))
    if start is None:  # what comes first must agree with what follows
        start, end = 0, end + len(head)
    before = old[start - change.new_start + change.old_start : end - change.new_end + change.old_end]
    if any(text.count(quote) % 2 for quote in _QUOTES[grammar] for text in (before, new[:start])):
        return Part(start, end, None)
    if any(before.count(left) != before.count(right) for left, right in ("[]", "{}")):
        return Part(start, end, None)
    return Part(start, end, new[start:end])
