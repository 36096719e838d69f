"""Files of odd shapes, and replies about more than one file: what a change of one ordinary file does not show."""

import dataclasses
from collections.abc import Callable
from random import Random

from edits.cases import Case, Steps, in_reply, make, neighbours
from edits.changes import Change, lines_of, text_of
from edits.stages import plain
from edits.write import BEGIN_PATCH, FORMATS, SEARCH_REPLACE, UNIFIED, WHOLE, longer_fence

Shape = Callable[[Change, Random], Change | None]
ODD_LINES = {
    "Unicode text": ["größe = '日本語'", "# Ελληνικά, עברית, 🚀🧪 and e\u0301", "naïve = 'Ωmega'  # ﬁn"],
    "very long lines": ["x" * 5000, "data = [" + "1234567890, " * 700 + "]", "z" * 20_000],
    "form feeds": ["\f", "def f():\f", "\vreturn"],
    "line separators": ["a\u0085b", "one\u2028two", "three\u2029four\x1c\x1d\x1e"],
    "lone CR": ["a\rb", "\rstart", "x = 1\ry = 2"],
}


def first_line(change: Change, random: Random) -> Change:
    lines = lines_of(change.before)
    new = random.choice([["# First of all.", *lines], ["# Another beginning.", *lines[1:]], lines[1:]])
    return _as_text(change, lines, new)


def last_line(change: Change, random: Random) -> Change:
    lines = lines_of(change.before)
    new = random.choice([[*lines, "# Last of all."], [*lines[:-1], "# Another end."], lines[:-1]])
    return _as_text(change, lines, new)


def one_line(change: Change, random: Random) -> Change:
    return _as_text(change, ["version = 1"], random.choice([["version = 2"], ["# More.", "version = 1"]]))


def empty_file(change: Change, _random: Random) -> Change:
    return _as_text(change, [], ["# No more empty.", "", "ANSWER = 42"])


def odd(name: str) -> Shape:
    """Strew odd lines into a file, and change lines beside them and some of them."""

    def shape(change: Change, random: Random) -> Change:
        lines = lines_of(change.before)[:60]
        for number in range(random.randint(4, 12)):
            line = random.choice(ODD_LINES[name])
            lines.insert(random.randint(0, len(lines)), line if number % 2 else f"{line} {number}")
        new = list(lines)
        for _ in range(random.randint(1, 3)):
            at = random.randrange(len(new))
            new[at : at + random.randint(0, 2)] = [f"{random.choice(ODD_LINES[name])} new", f"plain {at}"]
        return _as_text(change, lines, new)

    return shape


def _as_text(change: Change, before: list[str], after: list[str]) -> Change:
    stem = change.path.rpartition(".")[0] or change.path
    return Change(f"{stem}.txt", text_of(before, "\n"), text_of(after, "\n"))


SHAPES: dict[str, Shape] = {
    "first line": first_line,
    "last line": last_line,
    "file of one line": one_line,
    "empty file": empty_file,
    **{name: odd(name) for name in ODD_LINES},
}


def shaped(name: str) -> Callable[[Change, str, Random], Case | None]:
    def build(change: Change, form: str, random: Random) -> Case | None:
        made = SHAPES[name](change, random)
        if not made or made.before == made.after or not made.after:
            return None
        return make(form, name, Steps(plain), made, random)

    return build


def new_file(change: Change, form: str, _random: Random) -> Case | None:
    """Ask for a file that is not there."""
    lines = lines_of(change.after)[:40]
    path, text = f"{change.path.rpartition('.')[0]}_new.txt", text_of(lines, "\n")
    if not any(line.strip() for line in lines):
        return None
    fence = longer_fence(lines)
    bare = {
        SEARCH_REPLACE: "\n".join([path, fence, "<<<<<<< SEARCH", "=======", *lines, ">>>>>>> REPLACE", fence, ""]),
        UNIFIED: "\n".join(
            ["--- /dev/null", f"+++ b/{path}", f"@@ -0,0 +1,{len(lines)} @@", *(f"+{line}" for line in lines), ""]
        ),
        BEGIN_PATCH: "\n".join(
            ["*** Begin Patch", f"*** Add File: {path}", *(f"+{line}" for line in lines), "*** End Patch", ""]
        ),
        WHOLE: "\n".join([path, fence, *lines, fence, ""]),
    }[form]
    files = neighbours(change.path)
    return Case(form, "new file", in_reply(form, bare), bare, files, {**files, path: text})


def deleted(change: Change, form: str, _random: Random) -> Case | None:
    """Ask for a file to be taken away."""
    path, lines = change.path, lines_of(change.before)
    bare = {
        UNIFIED: "\n".join(
            [f"--- a/{path}", "+++ /dev/null", f"@@ -1,{len(lines)} +0,0 @@", *(f"-{line}" for line in lines), ""]
        ),
        BEGIN_PATCH: f"*** Begin Patch\n*** Delete File: {path}\n*** End Patch\n",
    }[form]
    others = neighbours(path)
    return Case(form, "deleted file", in_reply(form, bare), bare, {**others, path: change.before}, others)


def renamed(change: Change, form: str, random: Random) -> Case | None:
    """Give a file another path, and change it by the way."""
    to = f"renamed/{change.path.rpartition('/')[2]}"
    made = make(form, "renamed file", Steps(plain), change, random)
    if made is None:
        return None
    if form == BEGIN_PATCH:
        bare = made.bare.replace(f"File: {change.path}\n", f"File: {change.path}\n*** Move to: {to}\n", 1)
    else:
        head = f"diff --git a/{change.path} b/{to}\nsimilarity index 90%\nrename from {change.path}\nrename to {to}\n"
        bare = head + made.bare.replace(f"+++ b/{change.path}", f"+++ b/{to}", 1)
    after = {(to if path == change.path else path): text for path, text in made.after.items()}
    return dataclasses.replace(made, bare=bare, reply=in_reply(form, bare), after=after)


def together(change: Change, form: str, random: Random, other: str = "") -> Case | None:
    """Change a second file in the same reply, in the same format or another one."""
    second = Change(
        "second/place.py", "def second():\n    return 2\n\n\nLAST = 9\n", "def second():\n    return 22\n\n\nLAST = 9\n"
    )
    one = make(form, "", Steps(plain), change, random)
    two = make(other or form, "", Steps(plain), second, random)
    if one is None or two is None:
        return None
    pair = [one, two] if random.random() < 0.5 else [two, one]
    if form == BEGIN_PATCH and not other:
        bare = "".join(case.bare.removeprefix("*** Begin Patch\n").removesuffix("*** End Patch\n") for case in pair)
        bare = f"*** Begin Patch\n{bare}*** End Patch\n"
        reply = in_reply(form, bare)
    else:
        bare = "".join(case.bare for case in pair)
        reply = in_reply(form, bare) if form == UNIFIED and not other else "\n".join(case.reply for case in pair)
    files, after = {**pair[0].files, **pair[1].files}, {**pair[0].after, **pair[1].after}
    return Case(form, "mixed formats" if other else "several files", reply, bare, files, after)


def mixed(change: Change, form: str, random: Random) -> Case | None:
    """Change a second file in another format; no tool but ours is asked about these."""
    return together(change, form, random, other=random.choice([other for other in FORMATS if other != form]))
