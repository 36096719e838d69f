"""Fenced code blocks of Markdown, found line by line as CommonMark does."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_OPEN = re.compile(r" {0,3}(`{3,}|~{3,})([^`]*)$")
_LANGUAGE = re.compile(r"\{?\.?([A-Za-z0-9_+#-]*)")
_INFO_NAME = re.compile(r"(?:title|filename|file|path|name)\s?=\s?[\"']?([^\s\"'}]+)")


@dataclass(frozen=True, slots=True)
class Fence:
    """A fenced block: the line numbers (from 0) of its opening and closing lines, its marker and its info string.

    `close` is the number of lines of the reply when the fence is never closed.
    """

    open: int
    close: int
    marker: str
    info: str
    closed: bool

    @property
    def language(self) -> str:
        """The first word of the info string in lower case; empty where a path stands in its place."""
        match = _LANGUAGE.match(self.info)
        word = match.group(1) if match else ""
        return "" if self.info[len(word) : len(word) + 1] in {"/", "."} else word.lower()


def fence_info(line: str) -> str | None:
    """Return the info string of a line that opens a fence (it may be empty), None for any other line."""
    match = _OPEN.match(line)
    return match.group(2).strip() if match else None


def words_of_info(info: str) -> list[str]:
    """Return the words of an info string that may be a path: python src/x.py, python:src/x.py, title="x.py"."""
    words = info.split()
    behind = [word.split(":", 1)[1] for word in words if ":" in word]
    return [*_INFO_NAME.findall(info), *behind, *words]


def find_fences(lines: Sequence[str]) -> list[Fence]:
    """Return the fences of a reply in their order."""
    found: list[Fence] = []
    opened: tuple[int, str, str] | None = None
    for number, line in enumerate(lines):
        if opened is None:
            match = _OPEN.match(line)
            opened = (number, match.group(1), match.group(2).strip()) if match else None
        elif _closes(line, opened[1]):
            found.append(Fence(opened[0], number, opened[1], opened[2], closed=True))
            opened = None
    if opened is not None:
        found.append(Fence(opened[0], len(lines), opened[1], opened[2], closed=False))
    return found


def has_fence_like(lines: Sequence[str], marker: str) -> bool:
    """Say whether a text holds a line that would end a fence with this marker."""
    return any(marker in line and _closes(line, marker) for line in lines)


def _closes(line: str, marker: str) -> bool:
    if len(line) - len(line.lstrip(" ")) > 3:  # noqa: PLR2004 - four spaces are code, says CommonMark
        return False
    text = line.strip()
    return len(text) >= len(marker) and not text.strip(marker[0])
