"""Changes that a file of any kind can be given: lines moved elsewhere, and one of several equal places chosen."""

from random import Random

from edits.cases import Case, Steps, make
from edits.changes import Change, draft, lines_of, text_of
from edits.stages import plain
from edits.write import begin_patch

TWINS = """\
class {name}:
    def load(self):
        self.value = 1
        self.ready = True
        return self

"""


def anchored(change: Change, form: str, random: Random) -> Case | None:
    """Two classes with equal bodies; a line after @@ says which of them is meant."""
    names = random.sample(["First", "Second", "Third", "Other", "Last"], 3)
    before = "\n".join(TWINS.format(name=name) for name in names)
    chosen = random.randrange(3)
    old, new = "        self.ready = True", "        self.ready = bool(self.value)"
    parts = before.split(old)
    after = old.join(parts[: chosen + 1]) + new + old.join(parts[chosen + 1 :])
    twin = Change(change.path, before, after)
    anchor = random.choice([f"@@ class {names[chosen]}:", f"@@ class {names[chosen]}:\n@@     def load(self):"])
    steps = Steps(
        lambda _change, _random: draft(twin, context=1, widen=False),
        write=lambda made, _random: begin_patch(made, heading=lambda _hunk: anchor),
    )
    return make(form, "anchor", steps, twin, random)


def moved(change: Change, form: str, random: Random) -> Case | None:
    """Move some lines of a file to another place in it."""
    lines = lines_of(change.before)
    if len(lines) < 40 or not change.before.endswith("\n"):
        return None
    size = random.randint(3, 10)
    start = random.randrange(len(lines) - size)
    rest = [*lines[:start], *lines[start + size :]]
    to = random.randrange(len(rest))
    after = [*rest[:to], *lines[start : start + size], *rest[to:]]
    moved = Change(change.path.rpartition(".")[0] + ".txt", change.before, text_of(after, change.before))
    return make(form, "moved lines", Steps(plain), moved, random) if moved.before != moved.after else None
