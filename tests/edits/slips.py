"""What goes wrong in the lines of a patch: each function writes a draft's rows otherwise, None where it cannot."""

import dataclasses
import html
from collections.abc import Callable, Sequence
from random import Random

from edits.changes import Draft, Hunk, Row, blurred, lines_of, places

SPACES = "    "
Word = Callable[[str], str]


def with_rows(made: Draft, change: Callable[[Hunk], Sequence[Row] | None]) -> Draft | None:
    """Change every hunk's rows; None if there is a hunk for which that cannot be done."""
    hunks = []
    for hunk in made.hunks:
        rows = change(hunk)
        if rows is None:
            return None
        hunks.append(dataclasses.replace(hunk, rows=tuple(rows)))
    return dataclasses.replace(made, hunks=tuple(hunks)) if hunks else None


def in_one_hunk(made: Draft, random: Random, change: Callable[[Hunk], Sequence[Row] | None]) -> Draft | None:
    """Change the rows of one hunk for which it can be done."""
    for at in random.sample(range(len(made.hunks)), len(made.hunks)):
        rows = change(made.hunks[at])
        if rows is not None:
            hunks = list(made.hunks)
            hunks[at] = dataclasses.replace(hunks[at], rows=tuple(rows))
            return dataclasses.replace(made, hunks=tuple(hunks))
    return None


def reworded(made: Draft, word: Word, signs: str = " -+") -> Draft | None:
    """Write the lines with these signs otherwise, in hunks where the lines to find tell of it; None if none does."""
    shown = []

    def changed(hunk: Hunk) -> list[Row]:
        rows = [Row(row.sign, word(row.text) if row.sign in signs else row.text) for row in hunk.rows]
        tells = any(new != old for new, old in zip(rows, hunk.rows, strict=True) if old.sign != "+")
        shown.append(tells)
        return rows if tells else list(hunk.rows)

    changes = with_rows(made, changed)
    return changes if any(shown) else None


def trailing_space(made: Draft, random: Random) -> Draft | None:
    extra = random.choice([" ", "  ", "\t"])
    return reworded(made, lambda text: text + extra if random.random() < 0.7 else text, " -")


def trailing_space_to_find(made: Draft, random: Random) -> Draft | None:
    """Add spaces where lines shall be found, not where they are written again."""

    def spaced(hunk: Hunk) -> list[Row]:
        at = random.choice([number for number, row in enumerate(hunk.rows) if row.sign != "+"])
        row = hunk.rows[at]
        twice = [Row("-", row.text + "  "), *([Row("+", row.text)] if row.sign == " " else [])]
        return [*hunk.rows[:at], *twice, *hunk.rows[at + 1 :]]

    return with_rows(made, spaced) if all(hunk.old for hunk in made.hunks) else None


def indentation(made: Draft, random: Random) -> Draft | None:
    """Shift every hunk, deeper or less deep, as far as its lines allow."""

    def shifted(hunk: Hunk) -> list[Row] | None:
        full = [row.text for row in hunk.rows if row.text.strip()]
        least = min((len(text) - len(text.lstrip(" ")) for text in full), default=0)
        amount = random.choice([2, 4, 8, *(-step for step in (4, 8, least) if 0 < step <= least)])
        if any(text[0] == "\t" for text in full) or not any(line.strip() for line in hunk.old):
            return None
        move = (lambda text: " " * amount + text) if amount > 0 else (lambda text: text[-amount:])
        return [Row(row.sign, move(row.text) if row.text.strip() else row.text) for row in hunk.rows]

    return with_rows(made, shifted)


def tabs(made: Draft, _random: Random) -> Draft | None:
    """Write four leading spaces as a tab."""
    if "\t" in made.change.before + made.change.after:
        return None
    return reworded(made, with_tabs)


def with_tabs(text: str) -> str:
    bare = text.lstrip(" ")
    wide, rest = divmod(len(text) - len(bare), 4)
    return "\t" * wide + " " * rest + bare


def blank_dropped(made: Draft, random: Random) -> Draft | None:
    """Leave out an empty line that stands between two others that stay."""

    def dropped(hunk: Hunk) -> list[Row] | None:
        rows = hunk.rows
        inner = [
            at
            for at in range(1, len(rows) - 1)
            if not rows[at].text.strip() and all(row.sign == " " for row in rows[at - 1 : at + 2])
        ]
        return _without(hunk.rows, random.choice(inner)) if inner else None

    return in_one_hunk(made, random, dropped)


def _without(rows: Sequence[Row], at: int) -> list[Row]:
    return [*rows[:at], *rows[at + 1 :]]


def _context(hunk: Hunk) -> tuple[list[int], list[int]]:
    """Return the numbers of the rows that stand in both texts, and of those that do not."""
    kept = [number for number, row in enumerate(hunk.rows) if row.sign == " "]
    return kept, [number for number, row in enumerate(hunk.rows) if row.sign != " "]


def typo(made: Draft, random: Random) -> Draft | None:
    """Misspell one line of context; the others say alone where the hunk belongs."""
    lines = [blurred(line) for line in lines_of(made.change.before)]

    def misspelt(hunk: Hunk) -> list[Row] | None:
        fit = [at for at in _context(hunk)[0] if len(hunk.rows[at].text.strip()) >= 12]
        random.shuffle(fit)
        for at in fit:
            if _stands_once(lines, hunk, hunk.rows[at].text):
                row = Row(" ", misspell(hunk.rows[at].text, random))
                return [*hunk.rows[:at], row, *hunk.rows[at + 1 :]]
        return None

    return in_one_hunk(made, random, misspelt)


def _stands_once(lines: Sequence[str], hunk: Hunk, left_out: str) -> bool:
    old = [blurred(line) for line in hunk.old]
    runs = _runs(old, blurred(left_out))
    longest = max(runs, key=len, default=[])
    return len(longest) >= 2 and len(places(lines, longest)) == 1


def _runs(lines: Sequence[str], parting: str) -> list[list[str]]:
    runs: list[list[str]] = [[]]
    for line in lines:
        if line == parting:
            runs.append([])
        else:
            runs[-1].append(line)
    return [run for run in runs if run]


def misspell(text: str, random: Random) -> str:
    """Double, drop, swap or replace a letter within a line."""
    start = len(text) - len(text.lstrip())
    letters = [at for at in range(start + 1, len(text.rstrip()) - 1) if text[at].isalpha()]
    at = random.choice(letters or [start])
    made = {
        "double": text[:at] + text[at] * 2 + text[at + 1 :],
        "drop": text[:at] + text[at + 1 :],
        "swap": text[:at] + text[at + 1 : at + 2] + text[at] + text[at + 2 :],
        "replace": text[:at] + ("x" if text[at] != "x" else "y") + text[at + 1 :],
    }[random.choice(["double", "drop", "swap", "replace"])]
    return made if made != text else text[:at] + text[at + 1 :]


ELLIPSES = ("...", "    ...", "# ...", "    # ... existing code ...", "# ... rest unchanged ...")


def elided(made: Draft, random: Random) -> Draft | None:
    """Write dots in place of the middle of a stretch of context."""
    dots = random.choice(ELLIPSES)

    def shortened(hunk: Hunk) -> list[Row] | None:
        runs = [run for run in _stretches(hunk) if len(run) >= 6]
        if not runs:
            return None
        run = random.choice(runs)
        first, last = run[2], run[-3]
        return [*hunk.rows[:first], Row(" ", dots), *hunk.rows[last + 1 :]]

    return in_one_hunk(made, random, shortened)


def _stretches(hunk: Hunk) -> list[list[int]]:
    runs: list[list[int]] = [[]]
    for number, row in enumerate(hunk.rows):
        if row.sign == " ":
            runs[-1].append(number)
        elif runs[-1]:
            runs.append([])
    return [run for run in runs if run]


def escaped(made: Draft, random: Random) -> Draft | None:
    """Write signs as HTML entities."""
    quote = random.random() < 0.4
    if any(entity in made.change.before + made.change.after for entity in ("&lt;", "&gt;", "&amp;", "&quot;", "&#")):
        return None
    return reworded(made, lambda text: html.escape(text, quote=quote))


def curly(made: Draft, _random: Random) -> Draft | None:
    """Write typographic quotes, opening and closing ones by turns."""
    if set("\u201c\u201d\u2018\u2019") & set(made.change.before + made.change.after):
        return None
    return reworded(made, curled)


def curled(text: str) -> str:
    """Curl quotes as a word processor does: an opening one behind nothing, a space or a bracket."""
    pairs = {'"': "\u201c\u201d", "'": "\u2018\u2019"}
    opens = {"", " ", "(", "[", "{", "=", "\t"}
    return "".join(
        pairs[sign][text[at - 1 : at] not in opens] if sign in pairs else sign for at, sign in enumerate(text)
    )


def hard_spaces(made: Draft, _random: Random) -> Draft | None:
    """Write no-break spaces where lines are indented."""
    if "\u00a0" in made.change.before + made.change.after:
        return None
    return reworded(made, lambda text: "\u00a0" * (len(text) - len(bare := text.lstrip(" "))) + bare)


GUTTERS = ("{:>4} | {}", "{}: {}", "{:>6}\t{}", "{:>5}→{}", "{:>3}| {}")


def gutter(made: Draft, random: Random) -> Draft | None:
    """Write the number of each line before it, those of the new text before new lines."""
    form = random.choice(GUTTERS)

    def counted(hunk: Hunk) -> list[Row]:
        rows, old, new = [], hunk.start, hunk.new_start
        for sign, text in hunk.rows:
            old, new = old + (sign != "+"), new + (sign != "-")
            rows.append(Row(sign, form.format(new if sign == "+" else old, text)))
        return rows

    return with_rows(made, counted) if all(hunk.old for hunk in made.hunks) else None
