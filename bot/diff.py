"""The one exact model of a diff: for every line its number in the old and in the new file. Pure.

Lines end with LF and nothing else: a form feed, a carriage return or U+2028 inside a line is content, as it is to git.
Hunks are read by the counts in their headers, so content that looks like a header (`--- a`, `+++ b`, `@@`) is content.
Format: https://git-scm.com/docs/diff-format
"""

import dataclasses
import enum
import re
from collections.abc import Iterator, Sequence

_HUNK = re.compile(r"@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@ ?(.*)", re.DOTALL)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*"')
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_LETTERS = {b"a": b"\a", b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}
_NOWHERE = "/dev/null"


class Kind(enum.StrEnum):
    """What a line of a hunk is; the value is its first character in the diff."""

    CONTEXT = " "
    ADDED = "+"
    REMOVED = "-"


class Side(enum.StrEnum):
    """Which file a line number counts in."""

    OLD = "old"
    NEW = "new"


class Change(enum.StrEnum):
    """What became of a file."""

    ADDED = "added"
    REMOVED = "removed"
    MODIFIED = "modified"
    RENAMED = "renamed"
    COPIED = "copied"


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """One line of a hunk, its LF not included.

    `old_at` and `new_at` count both files also where the line is in one of them only: there, the other is the number
    of the next line of that file. `ends` is False for a file's last line that has no LF.
    """

    kind: Kind
    text: str
    old_at: int
    new_at: int
    ends: bool = True

    @property
    def old(self) -> int | None:
        """Return the line's number in the old file; None for an added line."""
        return None if self.kind is Kind.ADDED else self.old_at

    @property
    def new(self) -> int | None:
        """Return the line's number in the new file; None for a removed line."""
        return None if self.kind is Kind.REMOVED else self.new_at

    def number(self, side: Side) -> int | None:
        """Return the line's number in one of the files."""
        return self.old if side is Side.OLD else self.new


@dataclasses.dataclass(frozen=True, slots=True)
class Hunk:
    """Lines that belong together; `heading` is what git shows after the second `@@`."""

    heading: str
    lines: tuple[Line, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class FileDiff:
    """One file of a diff. A path is None where the file does not exist; modes are git's octal text, or empty.

    `binary` files have no hunks, and neither have those whose mode or name alone changed.
    """

    old_path: str | None
    new_path: str | None
    change: Change
    hunks: tuple[Hunk, ...] = ()
    old_mode: str = ""
    new_mode: str = ""
    binary: bool = False

    @property
    def path(self) -> str:
        """Return the path by which people know the file: the new one while there is one."""
        return self.new_path or self.old_path or ""


class DiffError(ValueError):
    """The text is no diff that git would write."""


def parse_diff(text: str) -> tuple[FileDiff, ...]:
    """Read what `git diff` prints, with its default prefixes `a/` and `b/`.

    What stands before the first `diff --git` is passed over. Raises `DiffError` when a hunk is cut off or the diff is
    one of a merge (`diff --cc`).
    """
    return tuple(_Reader(text).files())


def parse_hunks(text: str) -> tuple[Hunk, ...]:
    """Read the hunks of one file, as a forge's API gives them; what stands before the first of them is passed over."""
    reader = _Reader(text)
    while not reader.at_end() and not reader.line.startswith("@@ "):
        reader.advance()
    return reader.hunks()


class _Reader:
    """Goes through a diff line by line."""

    def __init__(self, text: str) -> None:
        self._lines = text.split("\n")
        if self._lines[-1] == "":
            self._lines.pop()
        self._place = 0

    def at_end(self) -> bool:
        return self._place >= len(self._lines)

    @property
    def line(self) -> str:
        return self._lines[self._place]

    def advance(self) -> str:
        self._place += 1
        return self._lines[self._place - 1]

    def files(self) -> Iterator[FileDiff]:
        while not self.at_end():
            line = self.advance()
            if line.startswith("diff --git "):
                yield self._file(line.removeprefix("diff --git "))
            elif line.startswith(("diff --cc ", "diff --combined ")):
                raise DiffError("this is the diff of a merge, which has no old and new line")

    def _file(self, names: str) -> FileDiff:
        said: dict[str, str] = {}
        binary = False
        while not self.at_end() and not self.line.startswith(("diff --", "@@ ")):
            line = self.advance()
            for name in _HEADERS:
                if line.startswith(f"{name} "):
                    said[name] = line.removeprefix(f"{name} ")
            if line.startswith("Binary files ") or line == "GIT binary patch":
                binary = True
        old, new = _paths(names, said)
        return FileDiff(
            old_path=old,
            new_path=new,
            change=_change(said),
            hunks=() if binary else self.hunks(),
            old_mode=said.get("old mode", said.get("deleted file mode", "")),
            new_mode=said.get("new mode", said.get("new file mode", "")),
            binary=binary,
        )

    def hunks(self) -> tuple[Hunk, ...]:
        found = []
        while not self.at_end() and (match := _HUNK.fullmatch(self.line)):
            self.advance()
            old, old_count, new, new_count = (1 if part is None else int(part) for part in match.groups()[:4])
            found.append(Hunk(match[5], tuple(self._hunk_lines(old, old_count, new, new_count))))
        return tuple(found)

    def _hunk_lines(self, old: int, old_count: int, new: int, new_count: int) -> Sequence[Line]:
        # An empty side is numbered by the line before it.
        old_at, new_at = old + (old_count == 0), new + (new_count == 0)
        old_end, new_end = old_at + old_count, new_at + new_count
        lines: list[Line] = []
        while (old_at, new_at) != (old_end, new_end):
            if self.at_end():
                raise DiffError("the diff ends in the middle of a hunk")
            text = self.advance()
            if text.startswith("\\"):
                _note_no_end(lines)
                continue
            # Some tools strip the space of an empty line of context.
            kind = next((kind for kind in Kind if text[:1] == kind), None if text else Kind.CONTEXT)
            if kind is None:
                raise DiffError(f"a line of a hunk begins with {text[:1]!r}")
            lines.append(Line(kind, text[1:], old_at, new_at))
            old_at += kind is not Kind.ADDED
            new_at += kind is not Kind.REMOVED
            if old_at > old_end or new_at > new_end:
                raise DiffError("a hunk holds other lines than its header says")
        if not self.at_end() and self.line.startswith("\\"):
            self.advance()
            _note_no_end(lines)
        return lines


_HEADERS = (
    *("old mode", "new mode", "deleted file mode", "new file mode"),
    *("rename from", "rename to", "copy from", "copy to", "---", "+++"),
)


def _note_no_end(lines: list[Line]) -> None:
    """Take in `\\ No newline at end of file`, which is said of the line before."""
    if not lines:
        raise DiffError("a hunk begins with a remark about the line before")
    lines[-1] = dataclasses.replace(lines[-1], ends=False)


def _change(said: dict[str, str]) -> Change:
    for name, change in (
        ("new file mode", Change.ADDED),
        ("deleted file mode", Change.REMOVED),
        ("rename from", Change.RENAMED),
        ("copy from", Change.COPIED),
    ):
        if name in said:
            return change
    return Change.MODIFIED


def _paths(names: str, said: dict[str, str]) -> tuple[str | None, str | None]:
    """Return the old and the new path, from whichever header tells them without doubt."""
    if "rename from" in said:
        return _unquoted(said["rename from"]), _unquoted(said["rename to"])
    if "copy from" in said:
        return _unquoted(said["copy from"]), _unquoted(said["copy to"])
    old, new = _paths_of_first_line(names)
    if "---" in said and "+++" in said:
        # A tab ends a name that holds a space; one that holds a tab is quoted.
        old, new = (_unquoted(said[name].removesuffix("\t")) for name in ("---", "+++"))
    if "new file mode" in said or old == _NOWHERE:
        return None, _without_prefix(new)
    if "deleted file mode" in said or new == _NOWHERE:
        return _without_prefix(old), None
    return _without_prefix(old), _without_prefix(new)


def _paths_of_first_line(names: str) -> tuple[str, str]:
    """Split `a/PATH b/PATH`; without a rename both name the same path, which is the only way to know where one ends."""
    if names.startswith('"') and (match := _QUOTED.match(names)):
        return _unquoted(match[0]), _unquoted(names[match.end() + 1 :])
    if names.endswith('"') and (match := re.search(r' ("(?:[^"\\]|\\.)*")$', names)):
        return names[: match.start()], _unquoted(match[1])
    half = len(names) // 2
    return names[:half], names[half + 1 :]


def _without_prefix(path: str) -> str:
    return path[2:] if path.startswith(("a/", "b/")) else path


def _unquoted(path: str) -> str:
    """Return a path as it is on the disk; git quotes like C what is not plain ASCII."""
    if not path.startswith('"'):
        return path

    def plain(match: re.Match[bytes]) -> bytes:
        code = match[1]
        return bytes([int(code, 8)]) if len(code) > 1 else _LETTERS.get(code, code)

    inner = path[1:-1].encode("utf-8", "surrogateescape")
    return _ESCAPE.sub(plain, inner).decode("utf-8", "surrogateescape")


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where a remark can stand: on the lines `first` to `last` of one hunk, on a file, or without one on the whole.

    `side` is the file in which the lines are counted; each of them is there.
    """

    file: FileDiff | None = None
    first: Line | None = None
    last: Line | None = None
    side: Side = Side.NEW


def place(diff: Sequence[FileDiff], path: str, first: int, last: int, side: Side = Side.NEW) -> Place:
    """Return the nearest place to the lines `first` to `last` of a file at which every forge takes a remark.

    Forges refuse lines that the diff does not show and ranges that reach over the end of a hunk, often together with
    everything that was sent with them. So a range is cut to what one hunk shows of it; failing that the remark stands
    on the file, and without the file on the whole.
    """
    file = next((file for file in diff if path == (file.old_path if side is Side.OLD else file.new_path)), None)
    if file is None:
        return Place()
    for hunk in reversed(file.hunks):  # people look for a remark at the end of what it is about
        shown = [line for line in hunk.lines if first <= (line.number(side) or 0) <= last]
        if shown:
            return Place(file, shown[0], shown[-1], side)
    return Place(file)
