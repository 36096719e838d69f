"""Reads the planted pull requests: two trees, the diff between them, and where the defect is. See README.md."""

import dataclasses
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from bench.review.planted.tokens import TOKENS

from bot.diff import Change, FileDiff, Hunk, Kind, Line

HERE = Path(__file__).parent
SPLITS = ("dev", "heldout")
_TITLE = re.compile(r"=== ([a-z0-9-]+) \((\w+)\): (.+)")
_TOKEN = re.compile(r"<<secret:([a-z-]+)>>")
_KINDS = {" ": Kind.CONTEXT, "-": Kind.REMOVED, "+": Kind.ADDED, "!": Kind.ADDED}


@dataclasses.dataclass(frozen=True, slots=True)
class Planted:
    """One pull request; `defects` are places of the new tree, path and line, and there is none in a clean one."""

    name: str
    kind: str
    what: str
    before: Mapping[str, str]
    after: Mapping[str, str]
    diff: tuple[FileDiff, ...]
    defects: frozenset[tuple[str, int]]

    def write(self, folder: Path) -> None:
        """Write the new tree into an empty folder."""
        for path, text in self.after.items():
            file = folder / path
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")


def read(split: str, what: str) -> list[Planted]:
    """Return the pull requests of a split, "dev" or "heldout"; `what` is "defects" or "clean"."""
    files = sorted((HERE / split).glob(f"{what}-*.txt"))
    return [case for file in files for case in _cases(file.read_text(encoding="utf-8"))]


def _cases(text: str) -> Iterator[Planted]:
    for part in re.split(r"(?m)^(?==== )", text)[1:]:
        title, _, rest = part.rstrip("\n").partition("\n")
        match = _TITLE.fullmatch(title)
        if match is None:
            raise ValueError(f"no title: {title}")
        files = dict(_files(rest))
        sides = {path: [(mark, line) for mark, line in lines] for path, lines in files.items()}
        yield Planted(
            name=match[1],
            kind=match[2],
            what=match[3],
            before={path: text for path, lines in sides.items() if (text := _side(lines, " -"))},
            after={path: _side(lines, " +!") for path, lines in sides.items()},
            diff=tuple(diff for path, lines in sides.items() if (diff := _diff(path, lines))),
            defects=frozenset((path, number) for path, lines in sides.items() for number in _marked(lines)),
        )


def _files(text: str) -> Iterator[tuple[str, list[tuple[str, str]]]]:
    for part in re.split(r"(?m)^--- (?=\S)", text)[1:]:
        path, *lines = part.rstrip("\n").split("\n")
        yield path, [pair for line in lines for pair in _pairs(line or " ")]


def _pairs(line: str) -> Iterator[tuple[str, str]]:
    if line[0] not in _KINDS:
        raise ValueError(f"a line without a mark: {line}")
    filled = _TOKEN.sub(lambda match: TOKENS[match[1]], line[1:])
    for text in filled.split("\n"):
        yield line[0], text


def _side(lines: list[tuple[str, str]], marks: str) -> str:
    return "".join(f"{text}\n" for mark, text in lines if mark in marks)


def _marked(lines: list[tuple[str, str]]) -> list[int]:
    new = [mark for mark, _ in lines if mark != "-"]
    return [number for number, mark in enumerate(new, 1) if mark == "!"]


def _diff(path: str, lines: list[tuple[str, str]]) -> FileDiff | None:
    """Return the diff with the whole file in one hunk; None for a file that stays as it is."""
    if all(mark == " " for mark, _ in lines):
        return None
    found, old, new = [], 1, 1
    for mark, text in lines:
        kind = _KINDS[mark]
        found.append(Line(kind, text, old, new))
        old += kind is not Kind.ADDED
        new += kind is not Kind.REMOVED
    is_added = all(mark in "+!" for mark, _ in lines)
    change = Change.ADDED if is_added else Change.MODIFIED
    return FileDiff(None if is_added else path, path, change, (Hunk("", tuple(found)),))
