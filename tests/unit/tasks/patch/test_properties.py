"""What holds of every file, every change and every reply: exactly the change, once, and never anything else."""

import functools
import re
from collections.abc import Mapping
from random import Random

import pytest
from edits.cases import Case, Steps, in_reply, make
from edits.changes import Change, draft, lines_of, places
from edits.corpus import made_up
from edits.modes import MODES, reads_otherwise
from edits.stages import plain
from edits.write import FORMATS, UNIFIED, WHOLE, WRITERS
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from tasks.patch import PatchRefused, apply_reply

OTHER = {"src/other.py": "OTHER = 1\n"}
PATH = "docs/notes.txt"
FEW = (
    *("", "a", "b", "    a", "\tb", "a b", "}", "...", "# a", "12 a", "&lt;", "a  "),
    *("\u201ca\u201d", "a\u2028b", "\fa", "a\rb"),
)
ANY = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\r"), max_size=12)
LINES = st.lists(st.one_of(st.sampled_from(FEW), ANY), max_size=14)
SPLICES = st.lists(st.tuples(st.integers(0, 14), st.integers(0, 3), LINES.map(lambda lines: lines[:3])), max_size=3)
MARKED = (
    *("<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE", "```", "````python", "~~~", "--- a/a.py", "+++ b/a.py", "@@"),
    *("@@ -1,2 +1,2 @@", "@@ -999999999999,1 +0,0 @@", "*** Begin Patch", "*** End Patch", "*** Update File: a.py"),
    *("*** Add File: b.py", "*** Delete File: a.py", "*** Move to: c.py", "+new", "-old", " x = 1", "x = 1", "..."),
    *("rename from a.py", "rename to ../b.py", "+++ /dev/null", "\\ No newline at end of file", "a.py", "", "\r", "\0"),
)


@st.composite
def changes(draw: st.DrawFn) -> Change:
    """Any text, and the same with some stretches replaced; either with its own line endings and last line."""
    lines = draw(LINES)
    new = list(lines)
    for at, dropped, added in draw(SPLICES):
        new[at : at + dropped] = added
    assume(new != lines and new and new[-1] and (not lines or lines[-1]))
    ended = draw(st.booleans()) or not lines
    # A file of one open line does not tell which line endings it has.
    end = draw(st.sampled_from(["\n", "\r\n"])) if len(lines) + ended > 1 and lines else "\n"
    change = Change(PATH, *(end.join(part) + (end if ended and part else "") for part in (lines, new)))
    assume(not reads_otherwise(change))
    return change


def with_line_feeds(change: Change) -> Change:
    return Change(change.path, change.before.replace("\r\n", "\n"), change.after.replace("\r\n", "\n"))


def written(change: Change, form: str, *, context: int = 3, widen: bool = True) -> str:
    return in_reply(form, WRITERS[form](draft(with_line_feeds(change), context=context, widen=widen)))


def applied(reply: str, before: str) -> str:
    """Return what the file holds afterwards; nothing else may change."""
    changed = apply_reply(reply, {**OTHER, PATH: before})
    assert set(changed) <= {PATH}
    return str(changed.get(PATH, before))


@pytest.mark.parametrize("form", FORMATS)
@settings(deadline=None, max_examples=100)
@given(change=changes())
def test_a_change_that_is_told_well_is_made_exactly(form: str, change: Change) -> None:
    assert applied(written(change, form), change.before) == change.after


@pytest.mark.parametrize("form", FORMATS)
@settings(deadline=None, max_examples=100)
@given(change=changes())
@example(Change(PATH, "a", "\fa\n\fa"))
def test_a_change_that_is_made_already_is_nothing_to_do(form: str, change: Change) -> None:
    try:
        after = applied(written(change, form), change.after)
    except PatchRefused:
        assert could_be_made_again(change)
    else:
        assert after == change.after or could_be_made_again(change)


def could_be_made_again(change: Change) -> bool:
    """Say whether lines to find still stand where others were made of them: a line was only repeated, say."""
    made = draft(with_line_feeds(change))
    after = lines_of(made.change.after)
    return any(hunk.old and places(after, hunk.old) for hunk in made.hunks)


@pytest.mark.parametrize("form", [form for form in FORMATS if form != WHOLE])
@settings(deadline=None, max_examples=100)
@given(change=changes(), context=st.integers(1, 3))
def test_a_change_that_is_told_too_shortly_is_made_exactly_or_refused(form: str, change: Change, context: int) -> None:
    try:
        after = applied(written(change, form, context=context, widen=False), change.before)
    except PatchRefused:
        assert form != UNIFIED or is_vague(change, context)
    else:
        assert after == change.after or (after == change.before and is_vague(change, context))


def is_vague(change: Change, context: int) -> bool:
    """Say whether lines to find stand in a text more than once, or the new ones stand there already."""
    lines = lines_of(with_line_feeds(change).before)
    hunks = draft(with_line_feeds(change), context=context, widen=False).hunks
    return any(
        not hunk.old or len(places(lines, hunk.old)) > 1 or bool(hunk.new and places(lines, hunk.new)) for hunk in hunks
    )


def test_few_changes_are_refused_for_telling_too_little() -> None:
    """Of ordinary edits of ordinary files, three lines of context leave at most two in a hundred open."""
    known = list(made_up(Random(7), 100))
    for form in (form for form in FORMATS if form != WHOLE):
        refused = 0
        for change in known:
            reply = in_reply(form, WRITERS[form](draft(change, widen=False)))
            try:
                assert apply_reply(reply, {change.path: change.before}) == {change.path: change.after}
            except PatchRefused:
                refused += 1
        assert refused <= 2, f"{form}: {refused} of {len(known)}"


def only_refuses(reply: str, files: Mapping[str, str]) -> None:
    """Apply a reply; whatever comes of it stays in the tree and leaves alone what the reply does not name."""
    for path, text in outcome(reply, files).items():
        assert not re.match(r"/|\.git/|[A-Za-z]:", path)
        assert ".." not in path.split("/")
        assert path in reply or path in files
        assert text != files.get(path)


def outcome(reply: str, files: Mapping[str, str]) -> Mapping[str, str | None]:
    """Return the changed files, of a refused reply those that stand; the words for the model can be made as well."""
    try:
        return apply_reply(reply, files)
    except PatchRefused as refusal:
        return refusal.standing if refusal.ask_again() else {}


@settings(deadline=None, max_examples=200)
@given(reply=st.one_of(st.text(), st.binary().map(lambda raw: raw.decode("utf-8", "surrogateescape"))))
@example("\ud800")
@example("<<<<<<< SEARCH\n" * 5)
@example("--- \n+++ \n@@\n")
@example("*** Begin Patch\n*** Update File: \n@@\n")
def test_any_text_is_refused_and_nothing_worse(reply: str) -> None:
    with pytest.raises(PatchRefused):
        apply_reply(reply, {"a.py": "x = 1\n", "": "", "b": "\r\r\n"})


@settings(deadline=None, max_examples=300)
@given(lines=st.lists(st.sampled_from(MARKED), max_size=24), end=st.sampled_from(["\n", "\r\n", "\r"]))
def test_any_row_of_markers_does_no_harm(lines: list[str], end: str) -> None:
    only_refuses(end.join(lines), {"a.py": "x = 1\nold\nx = 1\n", "src/b.py": "", "c.txt": "x = 1"})


CHANGE = next(made_up(Random(3), 1))


@functools.cache
def replies() -> list[Case]:
    """Return one case of every slip in every format."""
    tries = [mode.build(change, form, Random(5)) for mode in MODES for form in mode.forms for change in [CHANGE]]
    return [case for case in tries if case is not None]


@settings(deadline=None, max_examples=300)
@given(data=st.data())
def test_a_reply_whose_lines_got_lost_doubled_or_swapped_does_no_harm(data: st.DataObject) -> None:
    case = data.draw(st.sampled_from(replies()), label="case")
    lines = case.reply.split("\n")
    spot = st.integers(0, max(0, len(lines) - 1))
    for what, at, other in data.draw(
        st.lists(st.tuples(st.sampled_from(["cut", "double", "swap", "end"]), spot, spot), min_size=1, max_size=4)
    ):
        if at >= len(lines) or other >= len(lines):
            continue
        match what:
            case "cut":
                del lines[at]
            case "double":
                lines.insert(other, lines[at])
            case "swap":
                lines[at], lines[other] = lines[other], lines[at]
            case _:
                lines = lines[: at + 1]
    only_refuses("\n".join(lines), case.files)


@pytest.mark.parametrize("form", FORMATS)
def test_a_reply_for_a_file_that_nobody_has_seen_is_refused(form: str) -> None:
    case = make(form, "none", Steps(plain), CHANGE, Random(1))
    assert case is not None
    with pytest.raises(PatchRefused):
        apply_reply(case.reply, OTHER, [CHANGE.path])
