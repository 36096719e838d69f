"""Patterns for paths, as in ignore files; matched without going back, since strangers write both pattern and path."""

import fnmatch
import re

LONGEST = 200  # characters
_FIT = re.compile(r"/?[^/]+(?:/[^/]+)*/?")
_UNFIT_SIGNS = re.compile(r"[\\\[\]{}!#]|[^ -~\u00a1-\uffff]")


def problem_of(pattern: str) -> str:
    """Say in a few words why a pattern cannot be used; empty when it can."""
    if len(pattern) > LONGEST:
        return f"is longer than {LONGEST} characters"
    if not _FIT.fullmatch(pattern):
        return "is no pattern for a path"
    if {".", ".."} & set(pattern.split("/")):
        return "must not hold . or .. as a folder; paths begin at the top of the repository"
    if _UNFIT_SIGNS.search(pattern):
        return "may hold *, ** and ? besides the letters of a path, but no brackets, braces, backslashes, ! or #"
    return ""


def matches(pattern: str, path: str) -> bool:
    """Say whether a pattern covers a file, itself or by a folder that it lies in.

    `path` is relative to the repository, with forward slashes. `*` and `?` stay within a name, `**` stands for any
    folders, a slash at the end asks for a folder, and a pattern without any other slash fits at every depth: the rules
    of gitignore (https://git-scm.com/docs/gitignore#_pattern_format).
    """
    parts, folders_only = _read(pattern)
    names = path.split("/")
    reached = _spread({0}, parts)
    for number, name in enumerate(names, start=1):
        reached = _spread(_after(reached, parts, name), parts)
        if len(parts) in reached and (number < len(names) or not folders_only):
            return True
    return False


def _read(pattern: str) -> tuple[list[str], bool]:
    parts = pattern.strip("/").split("/")
    is_anchored = pattern.startswith("/") or len(parts) > 1
    folders_only = pattern.endswith("/")
    while len(parts) > 1 and parts[-1] == "**":
        parts.pop()
        folders_only = True  # `docs/**` is what lies in docs
    return (parts if is_anchored else ["**", *parts]), folders_only


def _spread(reached: set[int], parts: list[str]) -> set[int]:
    """Add the places that are reached without a further name: `**` may stand for none."""
    found = set(reached)
    for index, part in enumerate(parts):
        if index in found and part == "**":
            found.add(index + 1)
    return found


def _after(reached: set[int], parts: list[str], name: str) -> set[int]:
    found: set[int] = set()
    for index in reached:
        if index == len(parts):
            continue
        if parts[index] == "**":
            found.add(index)
        elif fnmatch.fnmatchcase(name, parts[index]):
            found.add(index + 1)
    return found
