"""The files of a checkout as text for a model, and what it makes of them as a commit takes it."""

import os
from collections.abc import Mapping
from pathlib import Path

from bot.events import FileChange
from tasks.context.prompt import Source
from tasks.context.tree import is_regular
from tasks.patch.align import kept_lines
from tasks.patch.encoding import Encoding, decode


def read_source(tree: Path, path: str) -> Source | None:
    """Read a text file of the tree as it is; None for what is no regular file, or no text."""
    found = _read(tree, path)
    return Source(path, found[0]) if found else None


def as_changes(
    tree: Path, changed: Mapping[str, str | None], renamed: Mapping[str, str] | None = None
) -> list[FileChange]:
    """Return changed files as a commit takes them, by path; None in `changed` deletes one.

    Encoding and mode stay, also of a file that gets another path (`renamed`: new paths by old ones). What is new is
    UTF-8 and not executable. Raises NotEncodableError.
    """
    came_from = {new: old for old, new in (renamed or {}).items()}
    return [_change(tree, path, text, came_from.get(path, path)) for path, text in sorted(changed.items())]


def count_lines(tree: Path, changed: Mapping[str, str | None]) -> list[dict[str, object]]:
    """Return the path of each changed file, how many lines came and went, and whether the file is gone."""
    return [_count(path, _read(tree, path), text) for path, text in sorted(changed.items())]


def _change(tree: Path, path: str, text: str | None, was: str) -> FileChange:
    if text is None:
        return FileChange(path, None)
    found = _read(tree, was)
    encoding = found[1] if found else Encoding()
    return FileChange(path, encoding.encode(text, path), executable=os.access(tree / was, os.X_OK))


def _read(tree: Path, path: str) -> tuple[str, Encoding] | None:
    target = tree / path
    return decode(target.read_bytes()) if is_regular(target) else None


def _count(path: str, before: tuple[str, Encoding] | None, after: str | None) -> dict[str, object]:
    old, new = (before[0] if before else "").splitlines(), (after or "").splitlines()
    kept = len(kept_lines(old, new))
    return {"path": path, "added": len(new) - kept, "removed": len(old) - kept, "deleted": after is None}
