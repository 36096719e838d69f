"""How many findings are said, which, and that none vanishes unsaid."""

import dataclasses
import random
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from stories.review_findings import finding

from bot.diff import Side
from tasks.review.choice import Choice, choose
from tasks.review.finding import Category, Finding, Severity


def chosen(*findings: Finding, floor: Severity = Severity.INFO, least: float = 0.0, most: int = 10) -> Choice:
    return choose(findings, floor=floor, least_confidence=least, most=most)


def tool(first: int, last: int = 0, **said: Any) -> Finding:
    return finding(first, last, **{"source": "ruff", "rule": "ruff/B006", "title": "Mutable default", **said})


def test_the_worst_and_the_surest_come_first_and_the_rest_is_listed() -> None:
    minor = finding(1, title="Minor", severity=Severity.MINOR)
    unsure = finding(2, title="Unsure", confidence=0.6)
    sure = finding(9, title="Sure", confidence=0.9)
    worst = finding(30, title="Worst", severity=Severity.CRITICAL, confidence=0.5)
    choice = chosen(minor, unsure, sure, worst, most=2)
    assert choice.posted == (worst, sure)
    assert choice.folded == (unsure, minor)
    assert choice.dropped_text() == ""


def test_what_is_below_the_floor_or_unsure_is_counted() -> None:
    choice = chosen(
        finding(1, severity=Severity.MINOR),
        finding(9, severity=Severity.INFO),
        finding(20, confidence=0.4),
        finding(30),
        floor=Severity.MAJOR,
        least=0.5,
    )
    assert [one.first for one in choice.posted] == [30]
    assert (choice.minor, choice.unsure, choice.merged, choice.folded) == (2, 1, 0, ())
    assert choice.dropped_text() == "Not shown: 2 below the severity that is asked for, 1 too unsure."


@pytest.mark.parametrize("most", [0, -1])
def test_a_cap_of_nothing_lists_all(most: int) -> None:
    choice = chosen(finding(1), finding(9), most=most)
    assert (choice.posted, len(choice.folded)) == ((), 2)


MUTABLE = "Do not use mutable data structures for argument defaults"
STYLISH = finding(5, title="Mutable default argument", category=Category.STYLE)
TWINS = [
    pytest.param(finding(5, title="Default is shared"), tool(5), id="the same line, model and tool"),
    pytest.param(finding(4, 6, title="Default is shared"), tool(5), id="overlapping lines, model and tool"),
    pytest.param(finding(5, title="Default is shared"), tool(5, 6), id="overlapping lines, tool and model"),
    pytest.param(finding(5, title="Off by one"), finding(5, title="Misses the last"), id="the same line, model twice"),
    pytest.param(finding(5, title="Off by one"), finding(4, 9, title="off by one."), id="the same title"),
    pytest.param(finding(0, title="No tests"), finding(0, title="No tests"), id="the file as a whole"),
    pytest.param(tool(5), tool(5, title="Mutable default for x"), id="a tool that says it twice"),
    pytest.param(tool(5), tool(5, source="semgrep", rule="semgrep/mutable", title="Shared list"), id="two tools"),
    pytest.param(STYLISH, tool(5, title=MUTABLE), id="two categories in the same words"),
    pytest.param(
        tool(5, title=MUTABLE), finding(4, 6, title=STYLISH.title, category=Category.STYLE), id="and more lines"
    ),
    pytest.param(tool(5, 9), tool(7, source="sarif", title="A mutable one"), id="one rule by way of the CI as well"),
]


@pytest.mark.parametrize(("one", "other"), TWINS)
def test_one_problem_is_said_once(one: Finding, other: Finding) -> None:
    for given_order in ((one, other), (other, one)):
        choice = chosen(*given_order)
        assert len(choice.posted) == 1
        assert choice.merged == 1


DIFFERENT = [
    pytest.param(STYLISH, tool(5, title="Shadows a builtin"), id="two categories in other words"),
    pytest.param(STYLISH, tool(6, title=MUTABLE), id="two categories on other lines"),
    pytest.param(STYLISH, tool(5, title=MUTABLE, path="tax.py"), id="two categories in other files"),
    pytest.param(
        dataclasses.replace(STYLISH, category=Category.TEST), tool(5, title=MUTABLE), id="a test that is missing for it"
    ),
    pytest.param(
        tool(5, title=MUTABLE, category=Category.STYLE),
        tool(5, title=MUTABLE, source="semgrep", rule="semgrep/x"),
        id="two tools in two categories",
    ),
    pytest.param(
        finding(1, 60, title=STYLISH.title, category=Category.STYLE), tool(5, title=MUTABLE), id="a long stretch"
    ),
    pytest.param(
        finding(0, title=STYLISH.title, category=Category.STYLE), tool(0, title=MUTABLE), id="two categories of a file"
    ),
    pytest.param(finding(5), finding(5, category=Category.SECURITY, title="Injection"), id="other categories"),
    pytest.param(finding(5), finding(6, title="Another"), id="other lines"),
    pytest.param(finding(5), finding(5, path="tax.py"), id="other files"),
    pytest.param(finding(5), finding(5, side=Side.OLD), id="other sides"),
    pytest.param(finding(4, 6), finding(5, title="Another"), id="overlapping lines of one model"),
    pytest.param(finding(1, 60, title="Too long"), tool(5), id="a line in a long stretch"),
    pytest.param(tool(5), tool(5, rule="ruff/B008", title="Call in default"), id="two rules of one tool"),
    pytest.param(tool(5, 6), tool(6, source="semgrep", rule="semgrep/x", title="X"), id="two tools, other lines"),
    pytest.param(finding(0, title="No tests"), finding(0, title="No docs"), id="the file as a whole"),
    pytest.param(finding(0, title="No tests"), tool(0), id="the file as a whole, model and tool"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_two_problems_are_said_twice(one: Finding, other: Finding) -> None:
    assert len(chosen(one, other).posted) == len(chosen(other, one).posted) == 2


def test_the_tool_speaks_for_both_with_the_greater_severity_and_the_only_suggestion() -> None:
    said = finding(5, severity=Severity.CRITICAL, confidence=0.3, suggestion="x = None")
    choice = chosen(said, tool(5, severity=Severity.MINOR, body="B006"), least=0.5)
    (only,) = choice.posted
    assert (only.source, only.body, only.severity, only.confidence) == ("ruff", "B006", Severity.CRITICAL, 1.0)
    assert only.suggestion == "x = None"
    (other,) = chosen(finding(4, 5, suggestion="x = None"), tool(5)).posted
    assert other.suggestion is None  # it was for other lines


FINDING = st.builds(
    lambda first, more, **said: finding(first, first + more if first else 0, **said),
    st.integers(0, 12),
    st.integers(0, 8),
    path=st.sampled_from(["a.py", "b.py"]),
    source=st.sampled_from(["model", "ruff", "semgrep"]),
    rule=st.sampled_from(["model/bug", "ruff/B006", "semgrep/x"]),
    title=st.sampled_from(["One", "Two", "three.", "Mutable default `x`", "The mutable default of x"]),
    severity=st.sampled_from(Severity),
    category=st.sampled_from([Category.BUG, Category.STYLE]),
    confidence=st.sampled_from([0.1, 0.5, 1.0]),
)


@given(findings=st.lists(FINDING, max_size=12), floor=st.sampled_from(Severity), most=st.integers(0, 6))
def test_none_vanishes_unsaid_and_the_order_does_not_matter(
    findings: list[Finding], floor: Severity, most: int
) -> None:
    choice = choose(findings, floor=floor, least_confidence=0.5, most=most)
    said = [*choice.posted, *choice.folded]
    assert len(said) + choice.merged + choice.unsure + choice.minor == len(findings)
    assert len(choice.posted) == min(most, len(said))
    assert [one.severity for one in said] == sorted((one.severity for one in said), reverse=True)
    assert all(one.severity >= floor and one.confidence >= 0.5 for one in said)
    assert choose(findings[::-1], floor=floor, least_confidence=0.5, most=most) == choice


def test_a_flood_is_chosen_from_soon() -> None:
    dice = random.Random(1)
    flood = [tool(n, n + dice.randint(0, 3), rule=f"r/{n % 7}", title=f"t{n}") for n in range(1, 20_000)]
    started = time.process_time()
    choice = chosen(*flood, most=20)
    assert time.process_time() - started < 3
    assert len(choice.posted) == 20
