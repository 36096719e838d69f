"""Keeps secrets that a change holds out of the model's sight: it needs none of them to read the rest."""

import dataclasses
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from bot.diff import FileDiff, Hunk, Line
from tasks.analysis.registry import EVERY_TOOL
from tasks.review.finding import Finding

INSTEAD = "[a secret stands here]"
_SCANNERS = frozenset(tool.name for tool in EVERY_TOOL if tool.is_secret)


class Masked:
    """A diff and the files of its head, in which the lines that a secret scanner named say `INSTEAD`.

    Numbers and everything else stay as they are.
    """

    def __init__(
        self, files: Sequence[FileDiff], text: Callable[[str], str | None], findings: Iterable[Finding]
    ) -> None:
        self._text = text
        self._lines: defaultdict[str, set[int]] = defaultdict(set)
        for finding in findings:
            if finding.source in _SCANNERS:
                self._lines[finding.path].update(range(finding.first, finding.last + 1))
        self.files = tuple(self._file(file) if file.new_path in self._lines else file for file in files)

    def text(self, path: str) -> str | None:
        """Return a file of the head without its secrets; None where it is not there."""
        content, numbers = self._text(path), self._lines.get(path)
        if content is None or not numbers:
            return content
        lines = content.split("\n")
        return "\n".join(INSTEAD if number in numbers else line for number, line in enumerate(lines, 1))

    def _file(self, file: FileDiff) -> FileDiff:
        numbers = self._lines[file.path]
        hunks = tuple(Hunk(hunk.heading, tuple(_line(line, numbers) for line in hunk.lines)) for hunk in file.hunks)
        return dataclasses.replace(file, hunks=hunks)


def _line(line: Line, numbers: set[int]) -> Line:
    return dataclasses.replace(line, text=INSTEAD) if line.new in numbers else line
