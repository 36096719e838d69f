"""Each push answers each earlier finding: one story a row of the table, and those that must not be merged."""

import dataclasses
from collections.abc import Mapping, Sequence

import pytest
from stories.review_push import Push, finding, line_of

from bot.diff import Side
from bot.memory import FindingState, KeptFinding
from tasks.review.finding import Category, Finding
from tasks.review.signs import Dismissal

BASE = {"a.py": "import os\n\n\ndef add(a, b):\n    return a + b\n"}
BAD = "    value = eval(text)"
HEAD = {"a.py": f"import os\n\n\ndef run(text):\n{BAD}\n    return value\n\n\ndef add(a, b):\n    return a + b\n"}


def told(push: Push, *findings: Finding) -> list[KeptFinding]:
    """Return what is kept of a first review."""
    answers = push.answer([], findings)
    assert (answers.earlier, len(answers.fresh)) == ((), len(findings))
    return [each.kept for each in answers.fresh]


def first(*findings: Finding) -> list[KeptFinding]:
    return told(Push(BASE, HEAD), *(findings or (finding(HEAD, "a.py", BAD),)))


def states(kept: Sequence[KeptFinding]) -> list[FindingState]:
    return [each.state for each in kept]


def edited(old: str, new: str, path: str = "a.py") -> dict[str, str]:
    assert old in HEAD[path]
    return {**HEAD, path: HEAD[path].replace(old, new)}


# The table


def test_fixed_when_the_lines_are_gone_from_a_file_that_was_read_again() -> None:
    answers = Push(BASE, edited(BAD, "    value = int(text)")).answer(first(), [])
    assert (states(answers.fixed), answers.still_open, answers.fresh) == ([FindingState.FIXED], (), ())


def test_nobody_can_tell_when_the_lines_are_gone_and_the_file_was_not_covered() -> None:
    answers = Push(BASE, edited(BAD, "    value = int(text)"), covered=()).answer(first(), [])
    assert (len(answers.cannot_tell), answers.fixed) == (1, ())
    again = Push(BASE, edited(BAD, "    value = int(text)")).answer(answers.cannot_tell, [])
    assert len(again.fixed) == 1


@pytest.mark.parametrize(("fresh", "is_fixed"), [({}, False), ({"a.py": frozenset({9})}, False), (None, True)])
def test_nobody_can_tell_when_only_further_lines_were_deleted_and_the_rest_not_read_again(
    fresh: dict[str, frozenset[int]] | None, *, is_fixed: bool
) -> None:
    kept = first(dataclasses.replace(finding(HEAD, "a.py", BAD), last=6))
    answers = Push(BASE, edited("    return value\n", ""), fresh=fresh).answer(kept, [])
    assert (len(answers.fixed), len(answers.cannot_tell)) == (is_fixed, not is_fixed)


def test_a_line_that_is_new_beside_what_is_left_means_that_it_was_read_again() -> None:
    kept = first(dataclasses.replace(finding(HEAD, "a.py", BAD), last=6))
    push = Push(BASE, edited("    return value\n", "    return int(value)\n"), fresh={"a.py": frozenset({6})})
    assert len(push.answer(kept, []).fixed) == 1


def test_an_equal_line_far_from_what_was_deleted_is_nothing_that_is_left() -> None:
    head = {"a.py": HEAD["a.py"] + f"\n\ndef other(text):\n{BAD}\n    print(value)\n    return None\n"}
    kept = told(Push(BASE, head), dataclasses.replace(finding(head, "a.py", BAD), last=6))
    shorter = {
        "a.py": head["a.py"].replace(f"def run(text):\n{BAD}\n    return value\n\n\n", "").replace("import os\n", "")
    }
    push = Push(BASE, shorter, fresh={"a.py": frozenset({1})})
    assert len(push.answer(kept, []).fixed) == 1


def test_what_was_dismissed_is_over_when_its_lines_go_and_not_before() -> None:
    kept = first()
    said = {kept[0].fingerprint: Dismissal.SAID}
    there = Push(BASE, HEAD).answer(kept, [], said)
    assert (len(there.dismissed), there.over) == (1, ())
    mended = Push(BASE, edited(BAD, "    value = int(text)"))
    assert states(mended.answer(there.dismissed, [], said).over) == [FindingState.DISMISSED]
    unread = dataclasses.replace(mended, covered=())
    assert unread.answer(there.dismissed, [], said).over == ()


@pytest.mark.parametrize("said_again", [True, False])
@pytest.mark.parametrize("covered", [("a.py",), ()])
def test_still_open_when_the_lines_are_there_whatever_is_said(covered: tuple[str, ...], *, said_again: bool) -> None:
    head = edited("import os\n", "import os\nimport re\n")
    new = [finding(head, "a.py", BAD, title="Other words altogether")] if said_again else []
    answers = Push(BASE, head, covered=covered).answer(first(), new)
    assert (len(answers.still_open), answers.fresh, answers.fixed) == (1, (), ())
    assert answers.still_open[0].line == line_of(head["a.py"], BAD)


def test_dismissed_for_good_when_a_human_says_so() -> None:
    (kept,) = first()
    answers = Push(BASE, HEAD).answer([kept], [finding(HEAD, "a.py", BAD)], {kept.fingerprint: Dismissal.SAID})
    assert (states(answers.dismissed), answers.fresh, len(answers.quiet)) == ([FindingState.DISMISSED], (), 1)
    head = edited("import os\n", "import os\nimport re\n")
    again = Push(BASE, head).answer(answers.dismissed, [finding(head, "a.py", BAD, rule="model/bug", title="New")])
    assert (again.fresh, again.dismissed, len(again.quiet)) == ((), (), 1)


def test_settled_by_a_human_is_dismissed_while_the_lines_are_there_and_fixed_when_they_are_gone() -> None:
    (kept,) = first()
    signs = {kept.fingerprint: Dismissal.SETTLED}
    assert len(Push(BASE, HEAD).answer([kept], [], signs).dismissed) == 1
    mended = edited(BAD, "    value = int(text)")
    assert len(Push(BASE, mended).answer([kept], [], signs).fixed) == 1
    assert len(Push(BASE, mended).answer([kept], [], {kept.fingerprint: Dismissal.SAID}).dismissed) == 1


def test_a_tool_that_looked_again_and_is_content_says_that_it_is_fixed_though_the_line_is_there() -> None:
    tool = finding(HEAD, "a.py", BAD, rule="ruff/F821", source="ruff")
    head = edited("import os\n", "import os\nfrom safe import eval\n")
    assert len(Push(BASE, head, content=("ruff",)).answer(first(tool), []).fixed) == 1
    for push in (
        Push(BASE, head),
        Push(BASE, head, content=("ty",)),
        Push(BASE, head, covered=(), content=("ruff",)),
        Push(head, head, content=("ruff",)),
    ):
        assert len(push.answer(first(tool), []).still_open) == 1
    model = Push(BASE, head, content=("model", "ruff"))
    assert len(model.answer(first(), []).still_open) == 1, "a model's silence says nothing"


def test_a_file_that_is_gone_has_nothing_left_to_read() -> None:
    base = {**BASE, "z.py": "z = 1\n"}
    answers = Push(base, {"z.py": "z = 1\n"}, covered=()).answer(first(), [])
    assert len(answers.fixed) == 1


def test_a_change_that_was_taken_back_has_nothing_left_to_read() -> None:
    assert len(Push(BASE, BASE, covered=()).answer(first(), []).fixed) == 1


def test_what_never_had_lines_is_told_once_and_nobody_can_tell_what_became_of_it() -> None:
    whole = finding(HEAD, "a.py", "", title="No test runs the new function")
    kept = first(whole)
    silent = Push(BASE, HEAD).answer(kept, [])
    assert (len(silent.cannot_tell), silent.fixed) == (1, ())
    reworded = dataclasses.replace(whole, title="The new function has no test that runs it")
    again = Push(BASE, HEAD).answer(silent.cannot_tell, [reworded])
    assert (len(again.still_open), again.fresh) == (1, ())
    other = dataclasses.replace(whole, title="Licence header missing")
    assert len(Push(BASE, HEAD).answer(kept, [other]).fresh) == 1


def test_what_was_fixed_and_comes_back_is_told_again_under_its_old_name() -> None:
    (kept,) = first()
    (fixed,) = Push(BASE, edited(BAD, "    value = int(text)")).answer([kept], []).fixed
    quiet = Push(BASE, HEAD).answer([fixed], [])
    assert (quiet.fresh, quiet.fixed, states([each.kept for each in quiet.earlier])) == ((), (), [FindingState.FIXED])
    (fresh,) = Push(BASE, HEAD).answer([fixed], [finding(HEAD, "a.py", BAD)]).fresh
    assert (fresh.is_back, fresh.kept.fingerprint, fresh.kept.state) == (True, kept.fingerprint, FindingState.OPEN)


# What is still the same


def moved(push: Push, kept: Sequence[KeptFinding], new: Sequence[Finding]) -> KeptFinding:
    answers = push.answer(kept, new)
    assert (answers.fresh, answers.fixed, answers.cannot_tell) == ((), (), ())
    return answers.still_open[0]


def test_a_block_that_moves_within_its_file() -> None:
    block = f"def run(text):\n{BAD}\n    return value\n"
    head = {"a.py": HEAD["a.py"].replace(f"{block}\n\n", "") + f"\n\n{block}"}
    assert moved(Push(BASE, head), first(), [finding(head, "a.py", BAD)]).line == 9


def test_a_file_that_is_renamed() -> None:
    head = {"b.py": HEAD["a.py"]}
    assert moved(Push(BASE, head), first(), [finding(head, "b.py", BAD)]).path == "b.py"
    assert moved(Push(BASE, head), first(), []).path == "b.py"


def test_a_new_file_that_is_renamed_later_of_which_the_diff_knows_nothing() -> None:
    one, two = {**BASE, "n.py": HEAD["a.py"]}, {**BASE, "m.py": HEAD["a.py"]}
    kept = told(Push(BASE, one), finding(one, "n.py", BAD))
    assert moved(Push(BASE, two), kept, [finding(two, "m.py", BAD)]).path == "m.py"
    assert moved(Push(BASE, two), kept, []).path == "m.py"


def test_a_block_that_moves_into_another_file() -> None:
    block = f"def run(text):\n{BAD}\n    return value\n"
    head = {"a.py": BASE["a.py"], "b.py": block}
    assert moved(Push(BASE, head), first(), [finding(head, "b.py", BAD)]).path == "b.py"


def test_other_categories_and_ranges_of_a_model_are_the_same() -> None:
    wider = finding(HEAD, "a.py", BAD)
    wider = dataclasses.replace(wider, first=wider.first, last=wider.last + 1)
    for new in (
        finding(HEAD, "a.py", BAD, rule="model/bug", category=Category.BUG, title="Unrelated words"),
        wider,
        dataclasses.replace(wider, rule="model/bug", title="eval runs whatever the text holds"),
    ):
        moved(Push(BASE, HEAD), first(), [new])


def test_empty_lines_at_the_ends_of_a_range_make_no_difference() -> None:
    wide = dataclasses.replace(finding(HEAD, "a.py", BAD), first=4, last=8)  # the last two of them are empty
    kept = first(wide)
    less = dataclasses.replace(wide, last=7, rule="model/bug", category=Category.BUG, title="Unrelated words")
    moved(Push(BASE, HEAD), kept, [less])
    moved(Push(BASE, HEAD), first(less), [wide])


def test_long_ranges_are_known_by_their_beginning() -> None:
    head = {"a.py": "".join(f"line_{n} = {n}\n" for n in range(90))}
    whole = dataclasses.replace(finding(head, "a.py", "line_0 = 0"), last=80)
    kept = told(Push(BASE, head), whole)
    reworded = dataclasses.replace(whole, rule="model/bug", category=Category.BUG, title="Unrelated words")
    moved(Push(BASE, head), kept, [reworded])


def test_of_two_that_began_alike_the_one_whose_lines_are_there_was_found_again() -> None:
    bad = BAD.strip()
    text = f"a = 1\n{bad}\nb = 2\nc = 3\nd = 4\ne = 5\n{bad}\nf = 6\n"
    head = {"a.py": text}
    gone = dataclasses.replace(finding(head, "a.py", bad), last=3, title="It runs again whatever the text holds")
    there = finding(head, "a.py", bad, number=1, title="Unrelated words")
    kept = told(Push(BASE, head), gone, there)
    mended = {"a.py": text.replace(f"{bad}\nb = 2\n", "")}
    wider = dataclasses.replace(finding(mended, "a.py", bad, rule="model/bug", category=Category.BUG), last=6)
    answers = Push(BASE, mended).answer(kept, [wider])
    assert ([each.title for each in answers.fixed], answers.fresh) == ([gone.title], ())
    assert [each.title for each in answers.still_open] == [there.title]


def test_a_line_that_was_edited_and_not_mended() -> None:
    line = "    value = eval(text.strip())"
    head = edited(BAD, line)
    kept = moved(Push(BASE, head), first(), [finding(head, "a.py", line)])
    assert kept.anchor == line.strip()
    tool = [finding(HEAD, "a.py", BAD, rule="ruff/S307", source="ruff", title="x")]
    moved(Push(BASE, head), first(*tool), [finding(head, "a.py", line, rule="ruff/S307", source="ruff", title="y")])


def test_lines_that_are_removed_are_known_too() -> None:
    base, head = {"a.py": "one\ncheck()\ntwo\n"}, {"a.py": "one\ntwo\n"}
    gone = dataclasses.replace(finding(base, "a.py", "check()"), side=Side.OLD)
    kept = told(Push(base, head), gone)
    moved(Push(base, {"a.py": "zero\none\ntwo\n"}), kept, [])
    assert len(Push(base, base).answer(kept, []).fixed) == 1


def test_the_name_on_the_forge_is_enough_when_the_ledger_is_lost() -> None:
    (kept,) = first()
    only = KeptFinding(kept.fingerprint, "", "", "", "", "a.py", "", thread="t-1")
    head = {"b.py": "import re\n" + HEAD["a.py"] + BAD}
    new = finding(head, "b.py", BAD, rule="model/bug", category=Category.BUG)
    found = moved(Push(BASE, head), [only], [new])
    assert (found.thread, found.rule, found.copies > 0) == ("t-1", "model/bug", True)
    assert len(Push(BASE, HEAD).answer([only], []).cannot_tell) == 1


# What is not the same


def fresh(kept: Sequence[KeptFinding], head: Mapping[str, str], *new: Finding) -> int:
    return len(Push(BASE, head).answer(kept, new).fresh)


def test_two_equal_findings_at_two_places_are_two() -> None:
    head = edited("    return value", f"    return value\n\n\ndef walk(text):\n{BAD}\n    yield value")
    both = finding(head, "a.py", BAD), finding(head, "a.py", BAD, number=1)
    kept = told(Push(BASE, head), *both)
    assert len({each.fingerprint for each in kept}) == 2
    assert fresh(kept[:1], head, *both) == 1
    below = {"a.py": "# more\n" * 7 + head["a.py"]}
    assert fresh(kept, below, finding(below, "a.py", BAD), finding(below, "a.py", BAD, number=1)) == 0
    answers = Push(BASE, HEAD).answer(kept, [])
    assert [each.fingerprint for each in answers.still_open] == [kept[0].fingerprint]
    assert [each.fingerprint for each in answers.fixed] == [kept[1].fingerprint]


def test_two_defects_on_one_line_are_two() -> None:
    one, two = finding(HEAD, "a.py", BAD), finding(HEAD, "a.py", BAD, title="Value is never checked")
    other = finding(HEAD, "a.py", BAD, rule="model/bug", category=Category.BUG)
    kept = first(one, two, other)
    assert len({each.fingerprint for each in kept}) == 3
    assert fresh(kept[:1], HEAD, one, two) == 1
    assert fresh(kept[:1], HEAD, one, other) == 1
    assert fresh(kept, HEAD, two, one, other) == 0


def test_rules_of_tools_on_one_line_are_different_defects() -> None:
    one = finding(HEAD, "a.py", BAD, rule="ruff/S307", source="ruff")
    for other in (
        finding(HEAD, "a.py", BAD, rule="ruff/F841", source="ruff"),
        finding(HEAD, "a.py", BAD, rule="ty/x", source="ty"),
        finding(HEAD, "a.py", BAD, rule="model/style", category=Category.STYLE, title="Nobody knows what value is"),
    ):
        assert fresh(first(one), HEAD, other) == 1
    same_kind = finding(HEAD, "a.py", BAD, rule="model/security")
    assert fresh(first(one), HEAD, same_kind) == 0


def test_what_a_tool_told_is_not_new_in_a_models_words_whatever_it_calls_it() -> None:
    told_before = "Use of insecure function `eval`"
    one = finding(HEAD, "a.py", BAD, rule="ruff/S307", source="ruff", title=told_before)
    for title, is_new in (("eval is insecure", False), ("`eval` is slow", True), ("Insecure", True)):
        other = finding(HEAD, "a.py", BAD, rule="model/bug", category=Category.BUG, title=title)
        assert fresh(first(one), HEAD, other) == is_new


def test_a_new_defect_where_one_was_mended_is_new() -> None:
    line = "    value = json.loads(text)"
    head = edited(BAD, line)
    answers = Push(BASE, head).answer(first(), [finding(head, "a.py", line, title="Nobody imports json")])
    assert (len(answers.fixed), len(answers.fresh)) == (1, 1)


def test_a_copy_of_the_bad_line_in_another_file_is_new() -> None:
    head = {**HEAD, "b.py": f"def other(text):\n{BAD}\n"}
    answers = Push(BASE, head).answer(first(), [finding(head, "a.py", BAD), finding(head, "b.py", BAD)])
    assert (len(answers.still_open), len(answers.fresh)) == (1, 1)


def test_a_common_line_in_another_file_hides_no_repair() -> None:
    base, head = {"a.py": "x\n", "b.py": "y\n"}, {"a.py": "if p:\n    pass\nx\n", "b.py": "y\n"}
    kept = told(Push(base, head), finding(head, "a.py", "    pass"))
    mended = {"a.py": "if p:\n    go()\nx\n", "b.py": "while q:\n    pass\ny\n"}
    assert len(Push(base, mended).answer(kept, []).fixed) == 1


def on_both(head: Mapping[str, str], **more: object) -> Finding:
    place = line_of(head["a.py"], BAD)
    return finding(head, "a.py", BAD, last=place + 2, rule="model/bug", title="Other words altogether", **more)


def test_a_model_that_begins_at_the_same_line_and_reaches_farther_says_nothing_new() -> None:
    answers = Push(BASE, HEAD).answer(first(), [on_both(HEAD)])
    assert (len(answers.still_open), answers.fresh) == (1, ())


@pytest.mark.parametrize("path", ["a.py", "renamed.py"])
def test_a_model_that_begins_at_the_same_line_of_several_of_which_the_rest_was_edited_says_nothing_new(
    path: str,
) -> None:
    kept = first(on_both(HEAD))
    head = {path: HEAD["a.py"].replace("    return value", "    log(value)\n    return value")}
    answers = Push(BASE, head).answer(kept, [finding(head, path, BAD)])
    assert (len(answers.still_open), answers.fresh, answers.fixed) == (1, (), ())


def test_a_tool_that_begins_at_the_same_line_says_something_else() -> None:
    answers = Push(BASE, HEAD).answer(first(), [on_both(HEAD, source="ruff")])
    assert (len(answers.still_open), len(answers.fresh)) == (1, 1)
