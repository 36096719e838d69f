"""Reads OpenAI's patch envelopes: *** Begin Patch, *** Update File: and their like, with or without the envelope."""

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from tasks.patch.edits import Deletion, Edit, Rename, Replacement
from tasks.patch.formats.hunks import Surroundings, read_hunk
from tasks.patch.formats.reply import Block, Reply
from tasks.patch.paths import LONGEST_PATH
from tasks.patch.refusal import RefusedBlock

_MARKER = re.compile(
    r"\*\*\*[ ]?((?:Begin|End) Patch|(?:Update|Modify|Add|Create|Delete) File|Move to|End of File)[ ]?:?(.*)$",
    re.IGNORECASE,
)
_HEREDOC = re.compile(r"<<-?\s?[\"']?(\w{1,40})[\"']?")
_UPDATES = frozenset({"update file", "modify file"})
_FILES = _UPDATES | {"add file", "create file", "delete file"}
_OPENERS = _FILES | {"begin patch"}
_NO_MARKER = ("", "")
_HOSTS = frozenset({"diff", "patch", "sh", "bash", "shell", "zsh", "console"})
_CUT_OFF = "neither *** End Patch nor the end of the fence follows, so it looks cut off"


class _Extent(NamedTuple):
    """Where a patch may reach: `stop` excluded.

    `is_closed`: it stands in something with an end, so that no words can follow in it. `is_open`: that end is missing.
    """

    stop: int
    is_closed: bool
    is_open: bool


def read(reply: Reply, at: int) -> Block | None:
    """Read the patch whose first marker stands at a line."""
    fence = reply.fence
    first = _marker(reply.lines[at])
    if first[0] not in _OPENERS:
        return None
    if fence is not None and fence.language not in _HOSTS and not reply.is_near_start(at):
        return None
    return _Patch(reply, at, first).read()


def _marker(line: str) -> tuple[str, str]:
    """Return the word of a marker in lower case and the path behind it, two empty strings for any other line."""
    match = _MARKER.match(line) if line.startswith("***") and len(line) <= LONGEST_PATH + 40 else None
    return (match[1].lower(), match[2].strip(" \t`\"'")) if match else _NO_MARKER


class _Patch:
    """One patch, read from its first marker to its end."""

    def __init__(self, reply: Reply, at: int, first: tuple[str, str]) -> None:
        self._reply = reply
        self._at = at
        self._markers = {at: first}
        self._lines: Sequence[str] = reply.lines
        heredoc = _HEREDOC.search(self._lines[at - 1][-80:]) if at else None
        self._terminator = heredoc.group(1) if heredoc else ""
        self._extent = self._find_extent(at)
        self._around = Surroundings(self._lines, self._is_marker, is_fenced=self._extent.is_closed)

    def read(self) -> Block:
        items: list[Edit | RefusedBlock] = []
        while self._at < self._extent.stop:
            word, path = self._marker(self._at)
            if word == "end patch":
                return Block(self._at + 1, tuple(items))
            if not word and self._lines[self._at].strip():
                break
            self._at += 1
            if word in _FILES:
                items += self._whole(list(self._section(word, path)))
        return Block(self._at, tuple(items))

    def _whole(self, section: list[Edit | RefusedBlock]) -> list[Edit | RefusedBlock]:
        """Refuse the last edit of a section that the end of the reply cuts off, or the section if it has none."""
        if not self._extent.is_open or self._reply.next_text(self._at) < self._extent.stop:
            return section
        number = section.pop().number if section else self._reply.number()
        return [*section, RefusedBlock(number, self._reply.path, _CUT_OFF)]

    def _section(self, word: str, path: str) -> Iterator[Edit | RefusedBlock]:
        self._reply.path = path
        if word == "delete file":
            yield Deletion(self._reply.number(), path)
        elif word in _UPDATES:
            yield from self._update(path)
        else:
            yield self._addition(path)

    def _update(self, path: str) -> Iterator[Edit | RefusedBlock]:
        """Read what stands below *** Update File: a new name, and hunks."""
        word, to = self._marker(self._at)
        if word == "move to":
            self._at += 1
            yield Rename(self._reply.number(), path, to)
        while self._at < self._extent.stop and not self._is_marker(self._at):
            hunk = read_hunk(self._at, self._around)
            if hunk.stop == self._at:
                return
            self._at = hunk.stop
            at_end = self._marker(self._at)[0] == "end of file"
            self._at += at_end
            if hunk.lines:
                yield hunk.replacement(self._reply.number(), path, at_end=at_end)
            self._skip_blank()

    def _addition(self, path: str) -> Replacement:
        """Read the lines of a new file: each has a plus, or none has."""
        start = self._at
        while self._at < self._extent.stop and not self._is_marker(self._at):
            self._at += 1
        body = list(self._lines[start : self._at])
        while body and not body[-1]:
            body.pop()
        has_tags = any(line.startswith("+") for line in body)
        new = [line.removeprefix("+") for line in body] if has_tags else body
        return Replacement(self._reply.number(), path, (), tuple(new))

    def _skip_blank(self) -> None:
        at = min(self._reply.next_text(self._at), self._extent.stop)
        if at == self._extent.stop or self._is_marker(at) or self._lines[at].startswith("@@"):
            self._at = at

    def _marker(self, at: int) -> tuple[str, str]:
        """Return the marker on a line, which is taken apart once; behind the end of the patch none counts."""
        if at >= self._extent.stop or not self._lines[at].startswith("***"):
            return _NO_MARKER
        if at not in self._markers:
            self._markers[at] = _marker(self._lines[at])
        return self._markers[at]

    def _is_marker(self, at: int) -> bool:
        if at >= self._extent.stop or self._marker(at)[0]:
            return True
        line = self._lines[at]
        return bool(self._terminator) and line.rstrip() == self._terminator

    def _find_extent(self, at: int) -> _Extent:
        """Find the end of the patch: its own last line, the fence's, the next patch, or the end of the reply."""
        reply = self._reply
        end = reply.find("*** End Patch", at) + 1
        stop = min(len(self._lines), end, reply.find("*** Begin Patch", at + 1))
        if reply.fence is not None:
            stop = min(stop, reply.find(reply.fence.marker, at))
        is_inside = reply.fence is not None or bool(self._terminator)
        is_open = is_inside and stop == len(self._lines) < end
        return _Extent(stop, is_inside or stop == end, is_open)
