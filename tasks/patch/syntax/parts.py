"""The parts of a file that are read in place of all of it: those around its changes. Pure."""

import functools
import itertools
import json
from collections.abc import Callable

from tasks.patch.syntax import grammar as grammars
from tasks.patch.syntax import python
from tasks.patch.syntax.changes import Change, Part, find_changes
from tasks.patch.syntax.grammar import JSON, PYTHON
from tasks.patch.syntax.quoting import strings_of
from tasks.patch.syntax.sections import has_sections, section_around
from tasks.patch.syntax.skeleton import has_skeletons, skeleton_around
from tasks.patch.syntax.statements import statements_around

_SMALL = 400  # characters; a whole file of that size is read as fast as its parts
_MOST_CHANGES = 40

_Around = Callable[[str, str, Change], Part]


def is_clean(grammar: str, text: str) -> bool:
    """Say whether a text is surely free of errors, by the fastest parser that there is for it."""
    if grammar == PYTHON:
        return python.is_clean(text)
    if grammar == JSON and _is_json(text):
        return True
    return grammars.is_clean(grammar, text)


def parts_are_clean(grammar: str, before: str, after: str, untouched: tuple[int, int] = (0, 0)) -> bool:
    """Say whether all that a change may have broken surely parses; False where nobody can tell."""
    # A lone carriage return ends a line for some parsers; for us it does not.
    if len(after) < _SMALL or ("\r" in after and after.count("\r") != after.count("\r\n")):
        return False
    changes = list(itertools.islice(find_changes(before, after, untouched), _MOST_CHANGES + 1))
    around = _finder(grammar, after, changes)
    if around is None or len(changes) > _MOST_CHANGES:
        return False
    texts = [part.text for part in _parts(around, before, after, changes)]
    return None not in texts and all(is_clean(grammar, text) for text in texts if text is not None)


def _is_json(text: str) -> bool:
    """Say whether a text is JSON for Python's own parser, which is ten times as fast as the grammar's."""
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _finder(grammar: str, after: str, changes: list[Change]) -> _Around | None:
    """Return what finds the part of a file to be parsed for a change; None where only the whole file will do."""
    if grammar == PYTHON:
        return functools.partial(statements_around, strings_of(after, changes[-1].new_start))
    if has_skeletons(grammar):
        return functools.partial(skeleton_around, grammar)
    if has_sections(grammar):
        return functools.partial(section_around, grammar)
    return None


def _parts(around: _Around, before: str, after: str, changes: list[Change]) -> list[Part]:
    """Return the parts of a file to be parsed; changes whose parts reach into one another are taken as one."""
    found: list[tuple[Change, Part]] = []
    for each in changes:
        change = each
        part = around(before, after, change)
        while found and (part.start < found[-1][0].new_end or found[-1][1].end > change.new_start):
            change = found.pop()[0].through(change)
            part = around(before, after, change)
        found.append((change, part))
    return [part for _, part in found]
