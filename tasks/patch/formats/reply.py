"""A reply while it is being read: its lines, and how far the readers have come."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from tasks.patch.edits import Edit
from tasks.patch.formats.fences import Fence
from tasks.patch.refusal import RefusedBlock

FEW_LINES = 2  # in a fence, what may stand before the first sign of a format: a path, a command

# The first three signs, white space aside, of every line on which something may begin or end.
_SIGNS = frozenset(
    {"```", "~~~", "<so", "<co", "<pr", "<fi", "</s", "</c", "</p", "</f"}
    | {"***", "<<<", "---", "&lt", "|||", "===", ">>>", "&gt", "+++", "@@", "@@ ", "@@@", "dif", "Ind"}
)
_FIRST_OF_SIGNS = frozenset(sign[0] for sign in _SIGNS)


class Block(NamedTuple):
    """What one reader took out of a reply: the lines before `stop` are its own, and no other reader sees them."""

    stop: int
    items: tuple[Edit | RefusedBlock, ...]


class Reply:
    """The lines of a reply, and where the walk through them is.

    `signs` are the numbers of the lines on which something may begin or end: no reader looks at all of them for that.
    `files` are the files that the reply may be about. `fence` is the fence around the current line, `wrapper` one that
    stands only round other fences. `floor` is the first line that belongs to nothing yet: no reader looks above it for
    a path. `path` is the one that was named last.
    """

    def __init__(self, lines: Sequence[str], files: Mapping[str, str]) -> None:
        self.lines = list(lines)
        self.signs = _signs(lines)
        self.files = files
        self.fence: Fence | None = None
        self.wrapper: Fence | None = None
        self.floor = 0
        self.path = next(iter(files)) if len(files) == 1 else ""
        self._count = 0
        self._start_of_body: int | None = None
        self._found: dict[str, tuple[int, int]] = {}

    def number(self) -> int:
        """Count one more block, from 1."""
        self._count += 1
        return self._count

    def enter(self, fence: Fence) -> None:
        """Step into a fenced block; in a list item its lines are moved out to where they belong."""
        self.fence = fence
        if fence.indent:
            self._dedent(fence)
        self._start_of_body = None

    def leave(self) -> None:
        """Step out of a fenced block."""
        self.fence = None

    def is_near_start(self, at: int) -> bool:
        """Say whether at most a path or a command stands between the opening of the fence and a line."""
        if self.fence is None:
            return False
        if self._start_of_body is None:
            self._start_of_body = self.fence.open + 1
            for _ in range(FEW_LINES):
                self._start_of_body = self.next_text(self._start_of_body) + 1
        return at < self._start_of_body or self.floor > self.fence.open

    def next_text(self, at: int) -> int:
        """Return the number of the first line from here on that is not blank; the number of lines if there is none."""
        lines = self.lines
        while at < len(lines) and not lines[at].strip():
            at += 1
        return at

    def signs_from(self, at: int) -> Iterator[int]:
        """Yield the numbers of the lines from here on that may begin or end something."""
        for place in range(bisect_left(self.signs, at), len(self.signs)):
            yield self.signs[place]

    def find(self, sign: str, at: int) -> int:
        """Return the number of the first line from here on that begins so; the number of lines if none does."""
        start, found = self._found.get(sign, (0, -1))
        if not start <= at <= found:
            found = self._first(sign, at)
            self._found[sign] = (at, found)
        return found

    def _first(self, sign: str, at: int) -> int:
        for place in range(bisect_left(self.signs, at), len(self.signs)):
            if self.lines[self.signs[place]].startswith(sign):
                return self.signs[place]
        return len(self.lines)

    def text_above(self, at: int) -> int | None:
        """Return the number of the last line with text above a line, None where nothing free stands there."""
        for above in range(at - 1, self.floor - 1, -1):
            if self.lines[above].strip():
                return above
        return None

    def _dedent(self, fence: Fence) -> None:
        start = fence.open + 1
        stop = start
        while stop < len(self.lines) and not fence.is_closed_by(self.lines[stop]):
            stop += 1
        body = self.lines[start : stop + 1]
        if all(line.startswith(fence.indent) or not line.strip() for line in body):
            self.lines[start : stop + 1] = [line.removeprefix(fence.indent) for line in body]


def _signs(lines: Sequence[str]) -> list[int]:
    # One sign tells of most lines that they are none, and costs no new string as three would.
    starts = enumerate(map(str.lstrip, lines))
    return [number for number, start in starts if start[:1] in _FIRST_OF_SIGNS and start[:3] in _SIGNS]
