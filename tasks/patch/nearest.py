"""The real lines of a file that come closest to lines which a model believed to be there."""

import re
from collections.abc import Sequence

MOST_LINES = 30

_WORD = re.compile(r"\w+")


def nearest_lines(wanted: Sequence[str], lines: Sequence[str]) -> tuple[int, tuple[str, ...]]:
    """Return (first line from 1, lines) of the window that shares most words with `wanted`; (0, ()) if none does."""
    words = set(_WORD.findall("\n".join(wanted)))
    exact = {line.strip() for line in wanted if line.strip()}
    size = min(max(len(wanted), 3), MOST_LINES)
    scores = [_score(line, words, exact) for line in lines]
    total = best = sum(scores[:size])
    start = 0
    for at in range(1, len(scores) - size + 1):
        total += scores[at + size - 1] - scores[at - 1]
        if total > best:
            best, start = total, at
    return (start + 1, tuple(lines[start : start + size])) if best else (0, ())


def _score(line: str, words: set[str], exact: set[str]) -> int:
    shared = len(words.intersection(_WORD.findall(line)))
    return shared * 2 if line.strip() in exact else shared
