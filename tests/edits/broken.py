"""Replies that must not be applied: cut off, or with dots in place of what they leave out."""

import dataclasses
from collections.abc import Callable
from random import Random

from edits.changes import Change, Draft, lines_of, text_of
from edits.write import BEGIN_PATCH, SEARCH_REPLACE, UNIFIED, WHOLE, whole


def unclosed(reply: str, _random: Random) -> str:
    """Leave out the end of the fence, which is what tells a reader that something is missing."""
    return reply.removesuffix("```\n")


def cut(form: str) -> Callable[[str, Random], str | None]:
    """Cut a patch off before its last change is told."""
    signs = ("+", "-") if form in {UNIFIED, BEGIN_PATCH} else ()

    def cut(reply: str, random: Random) -> str | None:
        lines = lines_of(reply)
        if form == SEARCH_REPLACE:
            first = max(at for at, line in enumerate(lines) if line.startswith("<<<<<<<"))
            last = max(at for at, line in enumerate(lines) if line.startswith(">>>>>>>"))
        elif form == WHOLE:
            first, last = 2 + len(lines) // 5, len(lines) - len(lines) // 10 - 2
        else:
            first = max((at for at, line in enumerate(lines) if line.startswith("@@")), default=0) + 1
            last = max(at for at, line in enumerate(lines) if line.startswith(signs))
        if last - first < 2:
            return None
        return "\n".join(lines[: random.randint(first + 1, last - 1) + 1])

    return cut


def with_dots(made: Draft, random: Random) -> str | None:
    """Write a whole file with a comment in place of lines that stay."""
    change = made.change
    before, after = lines_of(change.before), lines_of(change.after)
    same = next((i for i, pair in enumerate(zip(before, after, strict=False)) if pair[0] != pair[1]), 0)
    # What goes away right beside the comment would be left out with the rest, by the letter of the reply.
    start, end = (1, same - 3) if same > len(after) // 2 else (len(after) * 2 // 3, len(after) - 1)
    if end - start < 8 or after[start:end] != (
        before[start:end] if start == 1 else before[start - len(after) : end - len(after)]
    ):
        return None
    words = random.choice(
        [
            "# ... existing code ...",
            "# ... rest of the file unchanged ...",
            "# (unchanged)",
            "...",
            "// ... existing code ...",
        ]
    )
    shown = [*after[: start + 2], words, *after[end - 1 :]]
    return whole(dataclasses.replace(made, change=Change(change.path, change.before, text_of(shown, change.after))))
