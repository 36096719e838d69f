"""Whether each line of the diff corpus is found where git has it, by number and by quote, on both sides."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from bench.review.row import Row, all_of, told
from stories.diff_corpus import CASES, Repository

from bot.diff import FileDiff, Side, parse_diff, place
from tasks.review.anchor import anchor
from tasks.review.finding import Category, Finding, Severity


def measure() -> list[Row]:
    """Return the rows of this part."""
    placed = anchored = whole = 0
    for before, after in CASES.values():
        with tempfile.TemporaryDirectory() as folder:
            repository = Repository(Path(folder), before, after)
            files = parse_diff(repository.diff().decode("utf-8", "surrogateescape"))
            for path, side, number, text in _shown(repository, files):
                whole += 1
                found = place(files, path, number, number, side)
                placed += (found.first and found.first.number(side), found.first and found.first.text) == (number, text)
                there = anchor(_finding(path, side, number, text), files)
                anchored += (there.path, there.side, there.first, there.last) == (path, side, number, number)
    return [
        told("lines", "diffs of git", len(CASES)),
        all_of("lines", "shown lines whose place is theirs", placed, whole),
        all_of("lines", "findings at the lines that they quote", anchored, whole),
    ]


def _shown(repository: Repository, files: tuple[FileDiff, ...]) -> Iterator[tuple[str, Side, int, str]]:
    """Yield every line that a diff shows: path, side, number, and the text that git itself has there."""
    for file in files:
        for side, commit, path in (
            (Side.OLD, repository.first, file.old_path),
            (Side.NEW, repository.second, file.new_path),
        ):
            if path is None or not file.hunks:
                continue
            text = repository.content(commit, path).decode("utf-8", "surrogateescape").split("\n")
            for line in (line for hunk in file.hunks for line in hunk.lines):
                number = line.number(side)
                if number is not None:
                    yield path, side, number, text[number - 1]


def _finding(path: str, side: Side, number: int, text: str) -> Finding:
    return Finding(
        path=path,
        first=number,
        last=number,
        title="Here",
        body="",
        rule="model/bug",
        source="model",
        severity=Severity.MINOR,
        category=Category.BUG,
        side=side,
        quote=text,
    )
