"""Draws the hunks of a change for a reply, and says what stands on disk when it arrives."""

import dataclasses
from random import Random

from edits import slips
from edits.changes import Change, Draft, Hunk, blurred, draft, lines_of, places, text_of


def plain(change: Change, _random: Random) -> Draft:
    return draft(change)


def distinct(change: Change, _random: Random) -> Draft:
    """Draw hunks that stand once even for a reader who does not look at spaces."""
    return draft(change, alike=blurred)


def long_context(change: Change, random: Random) -> Draft:
    return draft(change, context=random.randint(8, 14), alike=blurred)


def bare_site(change: Change, _random: Random) -> Draft | None:
    """Add a copy of what a hunk looks for at the end of the file; the hunk itself does not tell them apart."""
    made = draft(change, context=2, widen=False)
    old = made.hunks[0].old if len(made.hunks) == 1 else []
    if len([line for line in old if line.strip()]) < 2 or not change.before.endswith("\n"):
        return None
    between = ["", "# The same once more.", ""]
    copies = (text_of([*lines_of(text), *between, *old], text) for text in (change.before, change.after))
    twice = Change(change.path, *copies)
    if len(places(lines_of(twice.before), old)) != 2:
        return None
    return dataclasses.replace(made, change=twice)


def done(change: Change) -> Change:
    return Change(change.path, change.after, change.after)


def crlf(change: Change) -> Change | None:
    if "\r" in change.before + change.after:
        return None
    return Change(change.path, change.before.replace("\n", "\r\n"), change.after.replace("\n", "\r\n"))


def unended(change: Change) -> Change | None:
    if not (change.before.endswith("\n") and change.after.endswith("\n")):
        return None
    return Change(change.path, change.before.removesuffix("\n"), change.after.removesuffix("\n"))


def tabbed(change: Change) -> Change | None:
    """The file is indented with tabs, the reply with spaces."""
    if "\t" in change.before + change.after:
        return None
    texts = ("\n".join(map(slips.with_tabs, text.split("\n"))) for text in (change.before, change.after))
    made = Change(change.path, *texts)
    return made if made.before != change.before else None


def trailing(change: Change) -> Change | None:
    """Some lines of the file that stay end with spaces, those of the reply do not."""
    changed = {row.text for hunk in draft(change, context=0, widen=False).hunks for row in hunk.rows}

    def spaced(text: str) -> str:
        lines = text.split("\n")
        return "\n".join(line + "  " if len(line) % 3 == 1 and line not in changed else line for line in lines)

    return Change(change.path, spaced(change.before), spaced(change.after))


def single(change: Change, _random: Random) -> Draft | None:
    made = draft(change)
    return made if len(made.hunks) == 1 else None


def touching(change: Change, _random: Random) -> Draft | None:
    """Split a hunk into two that follow one another without a line between them."""
    made = draft(change)
    lines = lines_of(change.before)
    for at, hunk in enumerate(made.hunks):
        for cut in range(2, len(hunk.rows)):
            halves = _halves(hunk, cut)
            if _parts(*halves) and all(len(places(lines, half.old)) == 1 for half in halves):
                return Draft(change, (*made.hunks[:at], *halves, *made.hunks[at + 1 :]))
    return None


def _parts(left: Hunk, right: Hunk) -> bool:
    changed = all(any(row.sign != " " for row in hunk.rows) for hunk in (left, right))
    return changed and left.rows[-1].sign == " " and bool(left.old and right.old)


def _halves(hunk: Hunk, cut: int) -> tuple[Hunk, Hunk]:
    first = Hunk(hunk.start, hunk.new_start, hunk.rows[:cut])
    return first, Hunk(hunk.start + len(first.old), hunk.new_start + len(first.new), hunk.rows[cut:])


def backwards(made: Draft, _random: Random) -> Draft | None:
    return Draft(made.change, made.hunks[::-1]) if len(made.hunks) > 1 else None
