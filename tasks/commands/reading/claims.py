"""Which lines an answer names that were not shown to whoever wrote it: those it can only have made up. Pure."""

import re
from collections.abc import Mapping, Sequence

from bot.languages import languages_of

_NAMED = re.compile(r"(?<![\w./\\-])((?:\w[\w.-]*/)*\w[\w.-]*\.\w+):(\d{1,7})\b")
Lines = Mapping[str, Sequence[tuple[int, int]]]


def made_up(answer: str, read: Lines) -> list[str]:
    """Return each `path:line` of an answer that is none of the lines that were read.

    A path may be told by its end. What is neither a file that was read nor looks like source is no path: `host:80`.
    """
    found: dict[str, None] = {}
    for path, line in _NAMED.findall(answer):
        meant = [each for each in read if each == path or each.endswith(f"/{path}")]
        shown = any(first <= int(line) <= last for each in meant for first, last in read[each])
        if not shown and (meant or languages_of(path)):
            found[f"{path}:{line}"] = None
    return list(found)
