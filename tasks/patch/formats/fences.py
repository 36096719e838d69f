"""Fenced code blocks of Markdown, told line by line as CommonMark does."""

import re
from collections.abc import Sequence
from typing import NamedTuple

_OPEN = re.compile(r"([ \t]{0,12})(`{3,}|~{3,})([^`]*)$")
# What some models write instead of backticks, so that a text may hold any of these.
_TAG = re.compile(r"\s{0,3}<(source|sourcecode|codeblock|code|pre|file(?= ))((?: [^<>]*)?)>(\w*)\s*$")
LONGEST_FENCE = 400  # a longer line is text
_LANGUAGE = re.compile(r"\{?\.?([A-Za-z0-9_+#-]*)")
_INFO_NAME = re.compile(r"(?:title|filename|file|path|name)\s?=\s?[\"']?([^\s\"'}]+)")


class Fence(NamedTuple):
    """The opening of a fenced block: its line number (from 0), its marker, its info string, the space before it.

    The marker of a tag (<source>) is the tag that closes it.
    In a list item a fence and all that it holds are moved in, so `indent` may be longer than CommonMark's three.
    `language` is the first word of the info string in lower case; empty where a path stands in its place.
    """

    open: int
    marker: str
    info: str
    indent: str
    language: str

    def is_closed_by(self, line: str) -> bool:
        """Say whether a line ends this block."""
        return _closes(line.removeprefix(self.indent), self.marker)


def open_fence(number: int, line: str) -> Fence | None:
    """Return the fence that the line of this number opens, None where it opens none."""
    if len(line) > LONGEST_FENCE:
        return None
    match = _OPEN.match(line)
    if match:
        indent, marker, info = match.groups()
        info = info.strip()
        return Fence(number, marker, info, indent, _language(info))
    tag = _TAG.match(line) if "<" in line else None
    if tag is None:
        return None
    info = f"{tag.group(3)} {tag.group(2)}".strip()
    return Fence(number, f"</{tag.group(1)}>", info, "", _language(info))


def _language(info: str) -> str:
    if not info or info.isalnum():
        return info.lower()
    match = _LANGUAGE.match(info)
    word = match.group(1) if match else ""
    return "" if info[len(word) : len(word) + 1] in {"/", "."} else word.lower()


def words_of_info(info: str) -> list[str]:
    """Return the words of an info string that may be a path: python src/x.py, python:src/x.py, title="x.py"."""
    words = info.split()
    words = words[words[0].isalnum() :]  # a plain word in the first place is the language, though there is a Dockerfile
    behind = [word.split(":", 1)[1] for word in words if ":" in word]
    return [*_INFO_NAME.findall(info), *behind, *words]


def has_fence_like(lines: Sequence[str], marker: str) -> bool:
    """Say whether a text holds a line that would end a fence with this marker."""
    return any(marker in line and _closes(line, marker) for line in lines)


def _closes(line: str, marker: str) -> bool:
    if line == marker:
        return True
    if len(line) - len(line.lstrip(" ")) > 3:  # noqa: PLR2004 - four spaces are code, says CommonMark
        return False
    text = line.strip()
    if marker.startswith("<"):
        return text == marker
    return len(text) >= len(marker) and not text.strip(marker[0])
