"""The line above a hunk, and the tag of its context, as models write them."""

import dataclasses
from collections.abc import Callable
from random import Random

from edits.changes import Change, Draft, Hunk, lines_of
from edits.write import UNIFIED, begin_patch, numbered, unified

Write = Callable[[Draft, Random], str | None]


def wrong_numbers(random: Random) -> Callable[[Hunk], str]:
    shift = random.choice([-7, -1, 3, 12, 60, 400])
    return lambda hunk: numbered(
        dataclasses.replace(hunk, start=max(0, hunk.start + shift), new_start=max(0, hunk.new_start + shift))
    )


def wrong_counts(random: Random) -> Callable[[Hunk], str]:
    more, fewer = random.choice([1, 2, 5]), random.choice([1, 3])

    def heading(hunk: Hunk) -> str:
        old, new = len(hunk.old) + more, max(1, len(hunk.new) - fewer)
        return f"@@ -{hunk.start + 1},{old} +{hunk.new_start + 1},{new} @@"

    return heading


def no_counts(random: Random) -> Callable[[Hunk], str]:
    tail = random.choice([" @@", " @@ ", " @@ def somewhere():"])
    return lambda hunk: f"@@ -{hunk.start + 1} +{hunk.new_start + 1}{tail}"


def no_numbers(random: Random) -> Callable[[Hunk], str]:
    line = random.choice(["@@ @@", "@@ ... @@", "@@"])
    return lambda _hunk: line


def no_line(_random: Random) -> Callable[[Hunk], None]:
    return lambda _hunk: None


def _above(change: Change) -> Callable[[Hunk], str]:
    """Name the nearest definition above a hunk."""
    lines = lines_of(change.before)

    def heading(hunk: Hunk) -> str:
        names = [line for line in lines[: hunk.start] if line.lstrip().startswith(("def ", "class "))]
        return f"@@ {names[-1].strip()}" if names else "@@"

    return heading


def headed(form: str, heading: Callable[[Random], Callable[[Hunk], str | None]]) -> Callable[[Draft, Random], str]:
    write = unified if form == UNIFIED else begin_patch
    return lambda made, random: write(made, heading=heading(random))


def _writer(form: str) -> Callable[..., str]:
    return unified if form == UNIFIED else begin_patch


def named_above(form: str) -> Write:
    """Write the nearest definition above each hunk behind its @@."""
    return lambda made, _random: _writer(form)(made, heading=_above(made.change))


def untagged(form: str) -> Write:
    """Write context without the space before it, where no line of it begins like another tag."""

    def write(made: Draft, _random: Random) -> str | None:
        context = [row.text for hunk in made.hunks for row in hunk.rows if row.sign == " "]
        return None if any(text[:1] in {*"+-@*\\"} for text in context if text) else _writer(form)(made, tag="")

    return write
