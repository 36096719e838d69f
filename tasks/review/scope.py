"""What of a diff no earlier review has seen, told by the lines themselves and not by git's history. Pure.

Commits are rebased, squashed, reordered and pushed by force; the lines that a pull request adds stay what they are. So
a review remembers a hash of each, and a later one asks which lines are not among them. A line that moves, in its file
or to another one, with a rename or without, is not fresh; a changed line is; and so is one that had gone when a review
looked, and came back later.
"""

import base64
import dataclasses
import hashlib
import itertools
import json
import os
import zlib
from collections.abc import Collection, Iterator, Mapping, Sequence

from bot.diff import FileDiff, Kind, Line, Side
from tasks.review.leftover import left_over

_VERSION = 1
_SIZE = 6  # bytes of a hash: salted, so that nobody can look for a harmless line with the hash of a harmful one
_SALT = 16
_LARGEST = 64 * 1024 * 1024  # bytes; a memory that unpacks to more was not written here
_KINDS = {Side.NEW: Kind.ADDED, Side.OLD: Kind.REMOVED}
_PERSONS = {Side.NEW: b"added", Side.OLD: b"removed"}
_NOTHING: Mapping[str, Collection[int]] = {}


@dataclasses.dataclass(frozen=True, slots=True)
class ReviewedLines:
    """The memory of a diff: by side and path the hashes of what it changes, in order.

    Before each stretch of changed lines stands a hash of the line above it, which tells equal stretches apart.
    """

    salt: bytes
    lines: Mapping[Side, Mapping[str, tuple[bytes, ...]]]

    def to_json(self) -> str:
        """Return the memory as text, about 8 bytes for a line."""
        counts = {side: {path: len(hashes) for path, hashes in paths.items()} for side, paths in self.lines.items()}
        raw = b"".join(piece for paths in self.lines.values() for hashes in paths.values() for piece in hashes)
        packed = base64.b85encode(zlib.compress(raw, 9)).decode()
        return json.dumps({"version": _VERSION, "salt": self.salt.hex(), "counts": counts, "lines": packed})

    @classmethod
    def of_json(cls, text: str | None) -> "ReviewedLines | None":
        """Return the memory of a text; None where there is none that this version can read: then nothing was seen."""
        if text is None:
            return None
        try:
            return cls._of_values(json.loads(text))
        except (ValueError, TypeError, KeyError, AttributeError, zlib.error):
            return None

    @classmethod
    def _of_values(cls, given: dict[str, object]) -> "ReviewedLines":
        if given["version"] != _VERSION:
            raise ValueError("another version wrote this")
        unpacking, salt = zlib.decompressobj(), bytes.fromhex(str(given["salt"]))
        raw = unpacking.decompress(base64.b85decode(str(given["lines"])), _LARGEST)
        if not unpacking.eof or len(salt) != _SALT:
            raise ValueError("cut off")
        pieces = iter([raw[at : at + _SIZE] for at in range(0, len(raw), _SIZE)])
        return cls(salt, _by_path(given["counts"], pieces))


def remember(files: Sequence[FileDiff], *, unread: Mapping[str, Collection[int]] = _NOTHING) -> str:
    """Return what to keep of a diff after its review, as JSON: about 170 kB for 20,000 lines.

    `unread` are the lines of the new files that the review did not come to, by path; they stay fresh for the next.
    """
    salt = os.urandom(_SALT)
    sides = {}
    for side in Side:
        skipped = unread if side is Side.NEW else _NOTHING
        sides[side] = {
            path: tuple(piece for number, piece in marks if number not in skipped.get(path, ()))
            for path, marks in _marks(files, side, salt).items()
        }
    return ReviewedLines(salt, sides).to_json()


def fresh(files: Sequence[FileDiff], remembered: str | None, *, side: Side = Side.NEW) -> Mapping[str, frozenset[int]]:
    """Return, by path, the lines that this diff adds and the one remembered did not; paths without any are left out.

    On the old side these are the lines, numbered in the old files, that this diff removes and that one did not. A
    memory that cannot be read makes all lines fresh: reading twice costs time, not reading costs a bug.
    """
    memory = ReviewedLines.of_json(remembered)
    marks = _marks(files, side, memory.salt if memory else b"")
    new = {path: [piece for _, piece in pairs] for path, pairs in marks.items()}
    left = left_over(memory.lines.get(side, {}) if memory else {}, new)
    numbers = {path: frozenset(n for at in places if (n := marks[path][at][0])) for path, places in left.items()}
    return {path: lines for path, lines in numbers.items() if lines}


def to_read(files: Sequence[FileDiff], remembered: str) -> Mapping[str, frozenset[int]]:
    """Return, by path, the lines of the new files that no earlier review saw, and those beside fresh removals.

    What a push takes away can break as much as what it adds.
    """
    lines = {path: set(numbers) for path, numbers in fresh(files, remembered).items()}
    gone = fresh(files, remembered, side=Side.OLD)
    for file in files:
        removed = gone.get(file.old_path or "", frozenset())
        for hunk in file.hunks if file.new_path and removed else ():
            shown = {line.new for line in hunk.lines if line.new is not None}
            beside = {at for line in hunk.lines if line.old in removed for at in (line.new_at - 1, line.new_at)}
            lines.setdefault(file.new_path or "", set()).update(beside & shown)
    return {path: frozenset(numbers) for path, numbers in lines.items() if numbers}


_Mark = tuple[int, bytes]
"""A line's number and hash; the number is 0 for what only marks where a stretch begins."""


def _marks(files: Sequence[FileDiff], side: Side, salt: bytes) -> dict[str, list[_Mark]]:
    hashing = hashlib.blake2b(digest_size=_SIZE, salt=salt, person=_PERSONS[side])
    found: dict[str, list[_Mark]] = {}
    for file in files:
        path = file.old_path if side is Side.OLD else file.new_path
        if path is not None and file.hunks:
            found.setdefault(path, []).extend(_marks_of_file(file, side, hashing))
    return found


def _marks_of_file(file: FileDiff, side: Side, hashing: "hashlib.blake2b") -> Iterator[_Mark]:
    for hunk in file.hunks:
        above, in_stretch = "", False
        for line in hunk.lines:
            number = line.number(side)
            if number is None:
                continue
            if line.kind is not _KINDS[side]:
                above, in_stretch = line.text.strip() or above, False
                continue
            if not in_stretch:
                yield 0, _hash(hashing, f"above\n{above}")  # no line holds an LF
            in_stretch = True
            yield number, _hash(hashing, _text(line))


def _text(line: Line) -> str:
    return line.text.removesuffix("\r")  # a file whose line ends change was not written anew


def _hash(hashing: "hashlib.blake2b", text: str) -> bytes:
    one = hashing.copy()
    one.update(text.encode("utf-8", "surrogatepass"))
    return one.digest()


def _by_path(counts: object, pieces: Iterator[bytes]) -> dict[Side, dict[str, tuple[bytes, ...]]]:
    """Deal the hashes out, to each path as many as it has; raises `ValueError` where they are too few or too many."""
    if not isinstance(counts, dict):
        raise TypeError("no counts")
    found = {
        Side(side): {path: tuple(itertools.islice(pieces, count)) for path, count in paths.items()}
        for side, paths in counts.items()
    }
    dealt = all(len(found[Side(side)][path]) == count for side in counts for path, count in counts[side].items())
    if not dealt or next(pieces, None) is not None:
        raise ValueError("not as many lines as counted")
    return found
