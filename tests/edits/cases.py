"""A reply, the files that it was written for, and what must become of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random

from edits.changes import Change, Draft
from edits.write import BEGIN_PATCH, UNIFIED, WHOLE, WRITERS, fenced

APPLY, NOTHING, REFUSE, EITHER = "apply", "nothing to do", "refuse", "apply or refuse"
OK, REFUSED, WRONG = "ok", "refused", "wrong"


@dataclass(frozen=True, slots=True)
class Case:
    """One reply.

    `bare` is the patch alone, with right paths and without words and fences round it, for tools that take no more.
    `after` holds all files as they must be afterwards; `want` says what it is that must happen.
    """

    form: str
    mode: str
    reply: str
    bare: str
    files: Mapping[str, str]
    after: Mapping[str, str]
    want: str = APPLY
    renamed: Mapping[str, str] = field(default_factory=dict)


def verdict(case: Case, result: Mapping[str, str | None] | None) -> str:
    """Judge what came of a case: the changed files (None in place of one: deleted), or None for a refusal."""
    if result is None:
        return OK if case.want in {REFUSE, EITHER} else REFUSED
    found = {**case.files, **result}
    tree = {path: text for path, text in found.items() if text is not None}
    return OK if case.want != REFUSE and tree == dict(case.after) else WRONG


Remake = Callable[[Draft, Random], Draft | None]
Reword = Callable[[str, Random], str | None]


@dataclass(frozen=True, slots=True)
class Steps:
    """How a change becomes a case; every step may say None: this change gives no occasion for this slip.

    `stage` draws hunks, and says by the draft's change what the files hold before and after. `rows` changes what is
    written, `write` puts it down, `body` works on the patch alone and `wrapped` on the reply round it.
    """

    stage: Callable[[Change, Random], Draft | None]
    rows: Remake | None = None
    on_disk: Callable[[Change], Change | None] | None = None
    write: Callable[[Draft, Random], str | None] | None = None
    body: Reword | None = None
    wrapped: Reword | None = None
    path: Callable[[str, Random], str | None] | None = None
    want: str = APPLY


def make(form: str, mode: str, steps: Steps, change: Change, random: Random) -> Case | None:
    """Take a change through the steps; None where it offers no occasion."""
    staged = steps.stage(change, random)
    shown = steps.rows(staged, random) if staged and steps.rows else staged
    disk = (steps.on_disk(staged.change) if steps.on_disk else staged.change) if staged else None
    path = steps.path(change.path, random) if steps.path else ""
    if shown is None or disk is None or path is None:
        return None
    write = WRITERS[form]
    plain = steps.write(shown, random) if steps.write else write(shown)
    bare = steps.body(plain, random) if steps.body and plain is not None else plain
    named = write(shown, path=path) if path else bare
    if bare is None or named is None:
        return None
    reply = steps.wrapped(in_reply(form, named), random) if steps.wrapped else in_reply(form, named)
    if reply is None:
        return None
    others = neighbours(change.path)
    after = disk.after if steps.want in {APPLY, EITHER} else disk.before
    return Case(form, mode, reply, bare, {**others, disk.path: disk.before}, {**others, disk.path: after}, steps.want)


def in_reply(form: str, patch: str) -> str:
    """Put a patch into a fence where its format has none of its own."""
    return fenced(patch, {UNIFIED: "diff", BEGIN_PATCH: ""}[form]) if form in {UNIFIED, BEGIN_PATCH} else patch


def neighbours(path: str) -> dict[str, str]:
    """Return other files of the tree, so that a path has something to be told from."""
    folder = path.rpartition("/")[0]
    near = f"{folder}/another_one.py" if folder else "another_one.py"
    return {near: "ANOTHER = 1\n", "docs/elsewhere.md": "# Elsewhere\n\nNothing to see.\n"}


__all__ = [
    "APPLY",
    "EITHER",
    "NOTHING",
    "OK",
    "REFUSE",
    "REFUSED",
    "WHOLE",
    "WRONG",
    "Case",
    "Steps",
    "make",
    "verdict",
]
