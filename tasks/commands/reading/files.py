"""One file of a checkout by its path, without following a link: a pull request may hold one to the host's files."""

from pathlib import Path

from tasks.context.tree import is_regular, read_bytes


def read_file(tree: Path, path: str) -> bytes | None:
    """Return the bytes of a text file below `tree`; None for anything else, or one that is reached by a link."""
    target = tree / path
    if not is_regular(target) or not target.resolve().is_relative_to(tree.resolve()):
        return None
    return read_bytes(target)
