"""What goes wrong in the lines of a whole file."""

import dataclasses
import html
from random import Random

from edits import slips
from edits.changes import Change, Draft, lines_of, text_of


def whole_escaped(made: Draft, random: Random) -> Draft | None:
    change = made.change
    if sum(change.before.count(sign) for sign in "<>&") < 3 or any(
        e in change.before for e in ("&lt;", "&gt;", "&amp;")
    ):
        return None
    text = html.escape(change.after, quote=random.random() < 0.3)
    return dataclasses.replace(made, change=Change(change.path, change.before, text))


def whole_numbered(made: Draft, random: Random) -> Draft | None:
    form = random.choice(slips.GUTTERS)
    lines = [form.format(number, line) for number, line in enumerate(lines_of(made.change.after), 1)]
    return dataclasses.replace(made, change=Change(made.path, made.change.before, text_of(lines, "")))
