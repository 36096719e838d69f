"""The files of a checkout as text for a model, and what it makes of them as a commit takes it."""

import os
from collections.abc import Mapping
from pathlib import Path

from bot.events import FileChange
from tasks.context.prompt import Source
from tasks.context.tree import is_regular
from tasks.patch import Patch
from tasks.patch.align import kept_lines
from tasks.patch.encoding import Encoding, decode


def read_source(tree: Path, path: str) -> Source | None:
    """Read a text file of the tree as it is; None for what is no regular file, or no text."""
    found = _read(tree, path)
    return Source(path, found[0]) if found else None


def as_changes(tree: Path, patch: Patch) -> list[FileChange]:
    """Return changed files as a commit takes them, by path; a renamed file is one that goes and one that comes.

    Encoding and mode stay, also under another path. What is new is UTF-8 and not executable. Raises NotEncodableError.
    """
    came_from = _came_from(patch)
    return [_change(tree, path, text, came_from.get(path, path)) for path, text in sorted(patch.contents.items())]


def count_lines(tree: Path, patch: Patch) -> list[dict[str, object]]:
    """Return of each changed file: its path, where it `was` if renamed, lines that came and went, if it is gone."""
    came_from = _came_from(patch)
    counted = []
    for path, text in sorted(patch.contents.items()):
        if text is not None or path not in came_from.values():
            counted.append(_count(tree, path, came_from.get(path, ""), text))
    return counted


def _came_from(patch: Patch) -> Mapping[str, str]:
    """Return the old path by the new one of files that got another; not of two that changed places."""
    return {new: old for old, new in patch.renamed.items() if patch.contents.get(old, "") is None}


def _change(tree: Path, path: str, text: str | None, was: str) -> FileChange:
    if text is None:
        return FileChange(path, None)
    found = _read(tree, was)
    encoding = found[1] if found else Encoding()
    return FileChange(path, encoding.encode(text, path), executable=os.access(tree / was, os.X_OK))


def _read(tree: Path, path: str) -> tuple[str, Encoding] | None:
    target = tree / path
    return decode(target.read_bytes()) if is_regular(target) else None


def _count(tree: Path, path: str, was: str, after: str | None) -> dict[str, object]:
    before = _read(tree, was or path)
    old, new = (before[0] if before else "").splitlines(), (after or "").splitlines()
    kept = len(kept_lines(old, new))
    return {
        "path": path,
        "was": was,
        "added": len(new) - kept,
        "removed": len(old) - kept,
        "deleted": after is None,
    }
