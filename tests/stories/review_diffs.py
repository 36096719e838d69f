"""Diffs for the review's tests, made of two versions of files as git would show them."""

import difflib
from collections.abc import Iterator, Mapping, Sequence

from bot.diff import Change, FileDiff, Hunk, Kind, Line

Tree = Mapping[str, Sequence[str]]
"""By path, the lines of a file."""


def diff_of(before: Tree, after: Tree, *, context: int = 3) -> tuple[FileDiff, ...]:
    """Return what changes between two trees; no renames are looked for."""
    paths = sorted({*before, *after})
    return tuple(
        _file(path, before.get(path), after.get(path), context) for path in paths if _differ(path, before, after)
    )


def added(**files: Sequence[str]) -> tuple[FileDiff, ...]:
    """Return the diff that adds whole files; `shop_py` is the file shop.py."""
    return diff_of({}, {name.replace("_", "."): lines for name, lines in files.items()})


def renamed(old_path: str, new_path: str, before: Sequence[str], after: Sequence[str]) -> FileDiff:
    """Return the diff of one file that changes and gets another name."""
    return FileDiff(old_path, new_path, Change.RENAMED, tuple(_hunks(before, after, 3)))


def _differ(path: str, before: Tree, after: Tree) -> bool:
    return before.get(path) != after.get(path)


def _file(path: str, before: Sequence[str] | None, after: Sequence[str] | None, context: int) -> FileDiff:
    hunks = tuple(_hunks(before or (), after or (), context))
    if before is None:
        return FileDiff(None, path, Change.ADDED, hunks)
    if after is None:
        return FileDiff(path, None, Change.REMOVED, hunks)
    return FileDiff(path, path, Change.MODIFIED, hunks)


def _hunks(before: Sequence[str], after: Sequence[str], context: int) -> Iterator[Hunk]:
    if not before and after:  # difflib takes seconds to see that nothing of many lines was there
        yield Hunk("", tuple(Line(Kind.ADDED, text, 1, number) for number, text in enumerate(after, 1)))
        return
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for group in matcher.get_grouped_opcodes(context):
        yield Hunk("", tuple(_lines(group, before, after)))


def _lines(
    group: Sequence[tuple[str, int, int, int, int]], before: Sequence[str], after: Sequence[str]
) -> Iterator[Line]:
    for word, i, i_end, j, j_end in group:
        if word == "equal":
            for step in range(i_end - i):
                yield Line(Kind.CONTEXT, before[i + step], i + step + 1, j + step + 1)
            continue
        for at in range(i, i_end):
            yield Line(Kind.REMOVED, before[at], at + 1, j + 1)
        for at in range(j, j_end):
            yield Line(Kind.ADDED, after[at], i_end + 1, at + 1)
