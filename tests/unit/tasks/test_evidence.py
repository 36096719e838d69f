"""What the tests before and after a patch prove, and what they do not."""

import pytest

from tasks.verify.evidence import against_itself, compare, unproven, with_doubts
from tasks.verify.request import asked_test
from tasks.verify.suite import NO_TESTS, Report, steady


def report(problem: str = "", **tests: str) -> Report:
    return Report(tests, problem, "output", 1.0)


RED, GREEN = report(asked="failed"), report(asked="passed")


def test_asked_test_fails_then_passes_and_nothing_breaks() -> None:
    evidence = compare(report(a="passed"), report(a="passed"), asked_before=RED, asked_after=GREEN)
    assert (evidence.verified, evidence.settled) == (True, True)
    assert [(row.before, row.after) for row in evidence.rows] == [("✗ 1 failed", "✓ 1 passed"), ("✓ 1 passed",) * 2]


def test_a_failing_test_of_the_repository_that_passes_now_is_proof_too() -> None:
    assert compare(report(a="failed", b="passed"), report(a="passed", b="passed")).verified


@pytest.mark.parametrize(
    ("before", "after", "asked_before", "asked_after", "reason"),
    [
        (report(a="passed"), report(a="failed"), RED, GREEN, "Broken by the change: `a`"),
        (report(a="passed"), report(), RED, GREEN, "No longer run: `a`"),
        (report(a="passed"), report(a="skipped"), RED, GREEN, "No longer run: `a`"),
        (report("took longer"), report(a="failed"), RED, GREEN, "Failing, and not known how before: `a`"),
        (report(a="passed"), report(a="passed"), report(asked="flaky"), GREEN, "not each time"),
        (report(a="flaky"), report(a="passed"), None, None, "the issue holds none"),
        (report(), report(new="failed"), RED, GREEN, "New and failing: `new`"),
        (report(a="passed"), report("ended by the limit on wall"), RED, GREEN, "say nothing"),
        (report(a="passed"), report(a="passed"), RED, RED, "does not pass"),
        (report(a="passed"), report(a="passed"), RED, report("pytest left no report"), "does not pass"),
        (report(a="passed"), report(a="passed"), GREEN, GREEN, "proves nothing"),
        (report(a="passed"), report(a="passed"), RED, report(asked="skipped"), "does not pass"),
        (report(a="passed"), report(a="passed"), None, None, "the issue holds none"),
        (report(NO_TESTS), report(NO_TESTS), None, None, "the issue holds none"),
    ],
)
def test_what_is_not_proven_is_not_verified(
    before: Report, after: Report, asked_before: Report | None, asked_after: Report | None, reason: str
) -> None:
    evidence = compare(before, after, asked_before=asked_before, asked_after=asked_after)
    assert not evidence.verified
    assert any(reason in sentence for sentence in evidence.missing)


def test_more_answers_are_asked_for_only_while_one_could_prove_more() -> None:
    red_suite, silent = report(a="failed"), report("pytest could not start")
    assert not compare(red_suite, red_suite).settled
    assert not compare(red_suite, red_suite, asked_before=RED, asked_after=RED).settled
    assert compare(red_suite, red_suite, asked_before=GREEN, asked_after=GREEN).settled
    assert compare(silent, silent, asked_before=RED, asked_after=GREEN).settled
    assert not compare(report(a="passed"), silent, asked_before=RED, asked_after=GREEN).settled


def test_a_flaky_test_is_shown_but_neither_blamed_nor_counted() -> None:
    before = steady(report(a="passed", b="failed", c="passed"), report(a="failed", b="failed", c="passed"))
    assert before.tests == {"a": "flaky", "b": "failed", "c": "passed"}
    evidence = compare(before, report(a="failed", b="failed", c="passed"), asked_before=RED, asked_after=GREEN)
    assert evidence.verified
    assert evidence.rows[1].before == "✗ 1 failed, - 1 flaky, ✓ 1 passed"


def test_two_runs_of_which_one_did_not_end_say_nothing() -> None:
    assert steady(report(a="passed"), report("took longer")).problem == "took longer"


def test_a_test_name_from_a_stranger_stays_a_name() -> None:
    name = "test_a[`![x](http://evil/x.png)`\n| b @ann <img>]"
    evidence = compare(Report({name: "passed"}, "", "", 1.0), Report({name: "failed"}, "", "", 1.0))
    assert evidence.missing[0] == "Broken by the change: `` test_a[`![x](http://evil/x.png)` | b @ann <img>] ``."


def test_without_a_test_for_the_request_more_answers_would_prove_no_more() -> None:
    assert compare(report(a="passed"), report(a="passed")).settled
    assert not compare(report(a="passed"), report(a="failed")).settled


def test_a_failure_that_was_there_before_is_not_charged_to_the_patch() -> None:
    assert compare(report(a="failed"), report(a="failed"), asked_before=RED, asked_after=GREEN).verified


def test_a_repository_without_tests_can_be_verified_by_the_asked_test() -> None:
    nothing = report(NO_TESTS)
    assert compare(nothing, nothing, asked_before=RED, asked_after=GREEN).verified


def test_what_was_not_run_is_not_verified() -> None:
    assert not unproven("no sandbox").verified


def test_bare_assertions_become_one_test_with_their_imports_inside() -> None:
    test = asked_test("Do it.\n\n```python\nfrom kit import f\n\nassert f('''a\n  b''') == 1\n```\n")
    assert test == "def test_as_asked():\n    from kit import f\n    assert f('a\\n  b') == 1\n"


def test_a_star_import_stays_outside() -> None:
    test = asked_test("```py\nfrom kit import *\nassert f()\n```")
    assert test == "from kit import *\ndef test_as_asked():\n    assert f()\n"


@pytest.mark.parametrize("block", ["def test_it():\n    assert f()\n", "class TestIt:\n    pass\n"])
def test_a_block_with_tests_is_taken_as_it_is(block: str) -> None:
    assert asked_test(f"```\n{block}```") == block


@pytest.mark.parametrize(
    "body",
    [
        "",
        "no code",
        "```python\nprint(1)\n```",
        "```python\ndef f():\n    assert x\n```",
        "```js\nassert(x)\n```",
        "```python\nassert (\n```",
        "> ```python\n> print(1)\n> ```",
        "```python\n" + "(" * 5000 + "\n```",
    ],
)
def test_what_asserts_nothing_is_no_test(body: str) -> None:
    assert asked_test(body) is None


@pytest.mark.parametrize(
    "path",
    [
        "conftest.py",
        "tests/conftest.py",
        "pytest.ini",
        ".pytest.toml",
        "pyproject.toml",
        "sitecustomize.py",
        "test_old.py",
    ],
)
def test_a_patch_that_edits_what_judges_it_is_not_verified(path: str) -> None:
    proven = compare(report(a="passed"), report(a="passed"), asked_before=RED, asked_after=GREEN)
    doubted = with_doubts(proven, against_itself([path, "kit.py"], existing=["test_old.py", "kit.py"]))
    assert not doubted.verified
    assert path in doubted.missing[-1]


def test_a_patch_may_bring_new_tests() -> None:
    assert against_itself(["kit.py", "test_new.py", "tests/unit/test_more.py"], existing=["kit.py"]) == []
