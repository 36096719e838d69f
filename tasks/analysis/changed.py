"""The changed files as analysers need them: harmless names, and the lines that may be spoken of."""

import dataclasses
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path, PurePosixPath

from bot.diff import Change, FileDiff, Kind

_LONGEST_NAME = 80
_MOST_LINES = 10  # a remark on more would hide what it is about
# What a person writes beside a line that a tool shall leave alone.
_SUPPRESSED = re.compile(
    r"\bnoqa\b|\bnosec\b|(?:type|ty|pyright|zizmor|hadolint|kingfisher|gitleaks)\s*:?\s*(?:ignore|allow)"
    r"|shellcheck\s+disable|(?:eslint|oxlint)-disable|allowlist secret"
)


@dataclasses.dataclass(frozen=True, slots=True)
class Changed:
    """One changed file. `lines` are those of the new file that the diff shows, `added` the numbers of its own."""

    path: str
    lines: Mapping[int, str]
    added: frozenset[int]

    @property
    def name(self) -> str:
        """Return the file's name for the inside: the same ending, but no sign that a program could stumble over."""
        plain = re.sub(r"[^A-Za-z0-9._-]", "_", PurePosixPath(self.path).name)[-_LONGEST_NAME:]
        return plain if plain[:1].isalpha() or plain.startswith("_") else f"x{plain}"

    @property
    def is_utf8(self) -> bool:
        """Say whether the path can be written in JSON."""
        return not any("\ud800" <= sign <= "\udfff" for sign in self.path)

    def first_added(self, spans: Iterable[tuple[int, int]]) -> tuple[int, int] | None:
        """Return the first of the places that begins on an added line, cut to the added lines there; None without."""
        for first, last in spans:
            if first in self.added:
                end = first
                while end < last and end + 1 in self.added:
                    end += 1
                return first, end if end - first < _MOST_LINES else first
        return None

    def quote(self, first: int, last: int) -> str:
        """Return what the lines hold, without the last LF."""
        return "\n".join(self.lines[number] for number in range(first, last + 1))

    def is_suppressed(self, first: int, last: int) -> bool:
        """Say whether somebody asked a tool to leave these lines alone, on them or on the line before."""
        return any(_SUPPRESSED.search(self.lines.get(number, "")) for number in range(first - 1, last + 1))


def changed(files: Sequence[FileDiff]) -> list[Changed]:
    """Return the files that have added lines and a path that stays inside the checkout."""
    found = []
    for file in files:
        if file.change is not Change.REMOVED and not file.binary and _is_inside(file.path):
            lines = [line for hunk in file.hunks for line in hunk.lines if line.kind is not Kind.REMOVED]
            added = frozenset(line.new_at for line in lines if line.kind is Kind.ADDED)
            if added:
                found.append(Changed(file.path, {line.new_at: line.text for line in lines}, added))
    return found


def first_line(tree: Path, file: Changed) -> str:
    """Return the file's first line, or what is at its place: the beginning of 200 bytes; empty if it cannot be read."""
    path = tree / file.path
    try:
        if path.is_symlink() or not path.is_file() or not path.resolve().is_relative_to(tree.resolve()):
            return ""
        with path.open("rb") as opened:
            return opened.read(200).partition(b"\n")[0].decode("utf-8", "replace")
    except (OSError, ValueError):
        return ""


def _is_inside(path: str) -> bool:
    try:
        os.fsencode(path)
    except UnicodeEncodeError:
        return False
    parts = path.split("/")
    return "\0" not in path and not any(part in {"", ".", "..", ".git"} for part in parts)
