"""What a change breaks in a file, told from both versions as a whole. Pure."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from tasks.patch.syntax import python
from tasks.patch.syntax.changes import find_changes
from tasks.patch.syntax.grammar import JSON, PYTHON, YAML, Flaw, flaws, grammar_of, is_clean

_LONGEST = 80  # characters of a line that are shown
_HEADERS = {".h": "tree_sitter_cpp"}  # what else a file may hold whose name says one language
_TEMPLATE = re.compile(r"\{%|<%")  # Jinja, Liquid, ERB: no grammar of ours reads what makes a text
_YAML_TEMPLATE = re.compile(r"(?<!\$)\{\{-? *[.\w]")  # Helm; but not the ${{ }} of a workflow
_OLD_NAME = re.compile(r"\basync\b(?!\s+(?:def|for|with)\b)")  # a name until Python 3.7
_WITH_COMMENTS = re.compile(r"(?:^|/)(?:[tj]sconfig[^/]*\.json|\.vscode/[^/]*|\.?devcontainer\.json|[^/]*\.jsonc)$")
_COMMENT = re.compile(r"^\s*/[/*]", re.MULTILINE)


def fault_in_python(path: str, before: str | None, after: str) -> str:
    """Return what Python newly objects to and where, or ""."""
    said, line = python.objection(after)
    if not said:
        return ""
    if before is not None and python.objection(before)[0]:
        return fault_in_file(path, before, after)  # Python 2, or broken before
    if _is_another_version(said, after):
        return ""
    return f"{said}{_place(after, line - 1)}" if line else said


def _is_another_version(said: str, after: str) -> bool:
    """Say whether what Python objects to is Python, only not of the version that runs this.

    The grammar reads old Python as well as new; but it takes no offence at indentation, and at much else.
    """
    if not python.may_be_another_version(said):
        return False
    return is_clean(PYTHON, after) or python.is_clean(_OLD_NAME.sub("async_", after))


def fault_in_file(path: str, before: str | None, after: str) -> str:
    """Return the first place that the grammar newly cannot read, or "".

    Where it could not read all of the file before (a dialect, a template, or broken code), one flaw leads to another,
    so that their number says little: then a change is only worse if brackets or quotes no longer pair as before.
    """
    grammar = grammar_of(path)
    found = _flaws(grammar, path, before, after)
    known = [] if before is None else _flaws(grammar, path, before, before)
    if len(found) <= len(known) or _TEMPLATE.search(after) or (grammar == YAML and _YAML_TEMPLATE.search(after)):
        return ""
    if before is not None and known and _pairing(before) == _pairing(after):
        return ""
    other = _HEADERS.get(PurePosixPath(path).suffix.lower())
    if other and len(flaws(other, after)) <= (len(flaws(other, before)) if before is not None else 0):
        return ""
    return _told(before or "", after, found, {flaw.text for flaw in known})


def _flaws(grammar: str, path: str, before: str | None, text: str) -> list[Flaw]:
    """Return the flaws of a text, without what a dialect of its language allows."""
    found = flaws(grammar, text)
    if grammar == JSON and (_WITH_COMMENTS.search(path) or _COMMENT.search(text if before is None else before)):
        return [flaw for flaw in found if flaw.text != ","]  # after the last item
    return list(found)


def _pairing(text: str) -> list[int]:
    return [text.count(left) - text.count(right) for left, right in ("()", "[]", "{}")] + [
        text.count(quote) % 2 for quote in '"`'
    ]


def _told(before: str, after: str, found: Iterable[Flaw], known: set[str]) -> str:
    """Name the first new flaw at or below the first changed line; that line itself where all begin above."""
    change = next(find_changes(before, after), None)
    row = after.count("\n", 0, change.new_start) if change else 0
    flaw = next((flaw for flaw in found if flaw.row >= row and flaw.text not in known), Flaw(row, ""))
    said = f"{flaw.missing} is missing" if flaw.missing else "a syntax error"
    return f"{said}{_place(after, flaw.row)}"


def _place(text: str, row: int) -> str:
    """Return the number of a line, from 1, and how it reads."""
    line = text.split("\n", row + 1)[row].strip() if row <= text.count("\n") else ""
    shown = line if len(line) <= _LONGEST else f"{line[:_LONGEST]}…"
    return f" on line {row + 1}: {shown}" if shown else f" on line {row + 1}"
