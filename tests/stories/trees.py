"""What a branch holds, read through git."""

import io
from pathlib import Path

from bot.git import run_git

Tree = dict[str, tuple[str, bytes]]


def read_tree(repository: Path, branch: str) -> Tree:
    """Return path -> (mode, content), with one process for all files."""
    listing = run_git(["ls-tree", "-r", "-z", branch], cwd=repository).decode()
    entries = [entry.split("\t") for entry in listing.split("\0") if entry]
    wanted = "".join(f"{head.split()[2]}\n" for head, _ in entries).encode()
    told = io.BytesIO(run_git(["cat-file", "--batch"], cwd=repository, stdin=wanted))
    return {path: (head.split()[0], _content(told)) for head, path in entries}


def _content(told: io.BytesIO) -> bytes:
    # One answer is a line that ends with the size, then the content, then a line end.
    size = int(told.readline().split()[2])
    return told.read(size + 1)[:size]
