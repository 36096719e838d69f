"""The cases of `make bench-edits` say what they mean: other tools agree, and nothing wrong passes for right."""

import itertools
import subprocess
from collections.abc import Sequence
from pathlib import Path
from random import Random

import pytest
from bench.edits import report
from bench.edits.measured import OURS, Figures
from edits.cases import APPLY, NOTHING, OK, REFUSE, REFUSED, WRONG, Case, verdict
from edits.changes import Change, draft, lines_of
from edits.corpus import made_up
from edits.drawn import drawn
from edits.modes import MODES
from edits.write import FORMATS, SEARCH_REPLACE, UNIFIED, WHOLE

KNOWN = tuple(made_up(Random(11), 120))


def cases(each: int, modes: Sequence[str] = ()) -> list[Case]:
    return list(drawn(1, each, KNOWN, modes))


def test_every_slip_is_made_in_every_format_that_can_have_it() -> None:
    made = {(case.mode, case.form) for case in cases(1)}
    assert made == {(mode.name, form) for mode in MODES for form in mode.forms}


def test_the_same_seed_draws_the_same_cases() -> None:
    assert cases(1) == cases(1)
    assert cases(1, ["none"]) != list(drawn(2, 1, KNOWN, ["none"]))


def test_no_reply_that_must_not_be_applied_holds_the_whole_change() -> None:
    for case in cases(5, ["truncated"]):
        assert case.want == REFUSE
        assert case.after == case.files


def test_a_file_that_leaves_lines_out_may_be_filled_in_and_nothing_else() -> None:
    for case in cases(5, ["elided file"]):
        assert verdict(case, None) == OK
        assert verdict(case, case.after) == OK
        (path,) = [path for path in case.files if case.after[path] != case.files[path]]
        assert verdict(case, {path: case.files[path] + "x = 1\n"}) == WRONG


def test_a_block_holds_lines_that_stand_once_and_what_replaces_them() -> None:
    for case in (case for case in cases(20, ["none"]) if case.form == SEARCH_REPLACE):
        (path,) = [path for path in case.files if case.after[path] != case.files[path]]
        text = case.files[path]
        for part in case.reply.split("<<<<<<< SEARCH\n")[1:]:
            old, new = part.split(">>>>>>> REPLACE\n")[0].split("=======\n")
            assert text.count(old) == 1
            text = text.replace(old, new)
        assert text == case.after[path]


def below(case: Case) -> int:
    """Return how many lines of context end a diff."""
    return len(list(itertools.takewhile(lambda line: line[:1] == " ", reversed(case.bare.rstrip("\n").split("\n")))))


@pytest.mark.parametrize("mode", ["none", "several files", "moved lines", "lone CR", "two places"])
def test_git_makes_the_same_of_a_diff(mode: str, tmp_path: Path) -> None:
    # With less context below than above, git looks at the end of the file alone.
    told = (case for case in cases(8, [mode]) if case.form == UNIFIED and (mode != "two places" or below(case) == 3))
    for number, case in enumerate(told):
        folder = tmp_path / str(number)
        for path, text in case.files.items():
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_bytes(text.encode())
        patch = case.bare.replace("--- a/", "diff --git a/x b/x\n--- a/") if mode == "several files" else case.bare
        subprocess.run(["git", "apply", "-"], cwd=folder, input=patch.encode(), check=True)
        assert {path: (folder / path).read_bytes().decode() for path in case.after} == case.after


@pytest.mark.parametrize(
    ("want", "result", "found"),
    [
        (APPLY, {"a": "new"}, OK),
        (APPLY, None, REFUSED),
        (APPLY, {}, WRONG),
        (APPLY, {"a": "else"}, WRONG),
        (APPLY, {"a": "new", "b": "stray"}, WRONG),
        (APPLY, {"a": None}, WRONG),
        (NOTHING, {}, OK),
        (NOTHING, None, REFUSED),
        (NOTHING, {"a": "new"}, WRONG),
        (REFUSE, None, OK),
        (REFUSE, {}, WRONG),
        (REFUSE, {"a": "new"}, WRONG),
    ],
)
def test_what_counts_as_right(want: str, result: dict[str, str | None] | None, found: str) -> None:
    case = Case(UNIFIED, "none", "", "", {"a": "old"}, {"a": "new" if want == APPLY else "old"}, want)
    assert verdict(case, result) == found


def figures(outcomes: Sequence[str], peer: Sequence[str] = (), milliseconds: float = 0.1) -> Figures:
    made = Figures()
    for engine, several in ((OURS, outcomes), ("other", peer)):
        for outcome in several:
            for counts in (made.by_form, made.compared):
                counts[engine, WHOLE].add(outcome, milliseconds)
    return made


def test_what_is_asked_for_can_be_reached() -> None:
    assert report.misses(figures([OK] * 99 + [REFUSED], [OK] * 98 + [WRONG] * 2)) == []


@pytest.mark.parametrize(
    ("made", "words"),
    [
        (Figures(), "no cases"),
        (figures([OK] * 96 + [REFUSED] * 4), "whole file: ok 96.0 %; at least 97.0 %"),
        (figures([OK] * 99 + [WRONG]), "wrong 1 of 100"),
        (figures([OK] * 100, milliseconds=0.4), "0.40 / 0.40 ms; at most 0.3 / 3.0"),
        (figures([OK] * 98 + [REFUSED] * 2, [OK] * 99 + [REFUSED]), "ok 98.0 %, other 99.0 %"),
        (figures([OK] * 1999 + [WRONG], [OK] * 199 + [REFUSED]), "wrong 0.1 %, other 0.0 %"),
    ],
)
def test_what_is_not_reached_is_said(made: Figures, words: str) -> None:
    assert any(words in miss for miss in report.misses(made))


def test_a_mistake_where_it_is_worst_is_said_by_itself() -> None:
    made = figures([OK] * 5000 + [WRONG])
    made.strict[OURS, WHOLE].add(WRONG, 0.1)
    assert "whole file: wrong 1 where it must not" in report.misses(made)


def test_hunks_take_in_more_until_they_stand_once() -> None:
    change = Change("a.txt", "x\na\nb\nc\na\nb\nc\ny\n", "x\na\nB\nc\na\nb\nc\ny\n")
    assert draft(change, context=1, widen=False).hunks[0].old == ["a", "b", "c"]
    old = draft(change, context=1).hunks[0].old
    assert "\n".join(old) in change.before
    assert len(old) > 3
    assert lines_of("") == []
    assert len(FORMATS) == 4
