"""Whether a change newly breaks a file: by the lines around it where that is sure, else by both files as a whole. Pure.

Most changes break nothing, and few lines say so: see `statements`, `skeleton` and `sections`. All other files are read
whole, and only what the whole file says is held against a change.
"""

import functools
import itertools
import json
from collections.abc import Callable

from tasks.patch.syntax import grammar as grammars
from tasks.patch.syntax import python
from tasks.patch.syntax.changes import Change, Part, find_changes
from tasks.patch.syntax.grammar import JSON, PYTHON, grammar_of
from tasks.patch.syntax.sections import has_sections, section_around
from tasks.patch.syntax.skeleton import has_skeletons, skeleton_around
from tasks.patch.syntax.statements import statements_around
from tasks.patch.syntax.whole import fault_in_file, fault_in_python

LARGEST = 1_000_000  # characters; two such files take half a second
_SMALL = 400  # characters; a whole file of that size is read as fast as its parts
_MOST_CHANGES = 40

_Around = Callable[[str, str, Change], Part | None]


def newly_broken(path: str, before: str | None, after: str) -> str:
    """Return what is wrong with `after` and on which line, or "" where the change breaks nothing, or nobody can tell.

    `before` is None for a new file, which must parse. What was broken before may stay so, but may not get worse.
    Nothing is said of files without a grammar, nor of those with more than `LARGEST` characters. Never raises.
    """
    grammar = grammar_of(path)
    if not grammar or max(len(before or ""), len(after)) > LARGEST or before == after:
        return ""
    if before is not None and _parts_are_clean(grammar, before, after):
        return ""
    if _is_clean(grammar, after):
        return ""
    return (fault_in_python if grammar == PYTHON else fault_in_file)(path, before, after)


def _is_clean(grammar: str, text: str) -> bool:
    if grammar == PYTHON:
        return python.is_clean(text)
    if grammar == JSON and _is_json(text):
        return True
    return grammars.is_clean(grammar, text)


def _is_json(text: str) -> bool:
    """Say whether a text is JSON for Python's own parser, which is ten times as fast as the grammar's."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _parts_are_clean(grammar: str, before: str, after: str) -> bool:
    """Say whether all that a change may have broken surely parses; False where nobody can tell."""
    around = _finder(grammar)
    # A lone carriage return ends a line for some parsers; for us it does not.
    if around is None or len(after) < _SMALL or ("\r" in after and after.count("\r") != after.count("\r\n")):
        return False
    changes = list(itertools.islice(find_changes(before, after), _MOST_CHANGES + 1))
    parts = _parts(around, before, after, changes) if len(changes) <= _MOST_CHANGES else None
    return parts is not None and all(_is_clean(grammar, part.text) for part in parts)


def _finder(grammar: str) -> _Around | None:
    """Return what finds the part of a file to be parsed for a change; None where only the whole file will do."""
    if grammar == PYTHON:
        return statements_around
    if has_skeletons(grammar):
        return functools.partial(skeleton_around, grammar)
    if has_sections(grammar):
        return functools.partial(section_around, grammar)
    return None


def _parts(around: _Around, before: str, after: str, changes: list[Change]) -> list[Part] | None:
    """Return the parts of a file to be parsed; changes whose parts reach into one another are taken as one."""
    found: list[tuple[Change, Part]] = []
    for each in changes:
        change = each
        part = around(before, after, change)
        while part and found and (part.start < found[-1][0].new_end or found[-1][1].end > change.new_start):
            change = found.pop()[0].through(change)
            part = around(before, after, change)
        if part is None:
            return None
        found.append((change, part))
    return [part for _, part in found]
