"""The lines of a text by offsets, without splitting all of it. Pure."""

import functools
import re
from collections.abc import Iterator

from tasks.patch.syntax.changes import Change

# The blanks before each line that is neither blank nor one of the comments that begin with a number sign.
CODE = re.compile(r"^[ \t]*(?=[^\s#])", re.MULTILINE)


# Where a line starts, how many blanks it begins with, and the rest with its end; no class, for many are looked at.
Line = tuple[int, int, str]


def lines_above(text: str, at: int) -> Iterator[Line]:
    """Yield the lines above a start of a line, upward."""
    while at:
        start = text.rfind("\n", 0, at - 1) + 1
        line = text[start:at]
        code = line.lstrip(" \t")
        yield start, len(line) - len(code), code
        at = start


def lines_below(text: str, at: int, most: int) -> Iterator[Line]:
    """Yield the lines from a start of a line on that are not blank and indented by `most` at most, downward."""
    pattern = _indented(most)
    while found := pattern.search(text, at - 1 if at else 0):
        start, first = found.start() + 1, found.end()
        at = text.find("\n", first) + 1 or len(text)
        yield start, first - start, text[first:at]


def least_indent(old: str, new: str, change: Change) -> int:
    """Return the least indentation of changed code; where only blank lines and comments change, of the code below."""
    changed = f"{old[change.old_start : change.old_end]}\n{new[change.new_start : change.new_end]}"
    indents = CODE.findall(changed)
    if indents:
        return min(map(len, indents))
    below = CODE.search(new, change.new_end)
    return len(below[0]) if below else 0


@functools.cache
def _indented(most: int) -> re.Pattern[str]:
    return re.compile(rf"\n[ \t]{{0,{most}}}(?![ \t])(?=\S)")
