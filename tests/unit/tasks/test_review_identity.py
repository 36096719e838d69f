"""A finding keeps its name through every edit that does not touch its lines."""

import dataclasses

import pytest

from bot.diff import Side
from tasks.review.finding import Category, Finding, Severity
from tasks.review.identity import STEM, Source, fingerprint, name_of, source_of, standing, stems

CODE = ["import os", "", "def run(command):", "    value = eval(command)", "    return value", "", "print(run('1'))"]


def finding(first: int = 4, last: int = 0, **more: object) -> Finding:
    plain = Finding(
        path="a.py",
        first=first,
        last=last or first,
        title="Runs anything",
        body="It does.",
        rule="model/security",
        source="model",
        severity=Severity.MAJOR,
        category=Category.SECURITY,
    )
    return dataclasses.replace(plain, **more)  # type: ignore[arg-type]  # a table of fields


NAME = fingerprint(finding(), CODE)


def test_a_name_is_twenty_hexadecimal_digits() -> None:
    assert len(NAME) == 20
    assert int(NAME, 16) >= 0


@pytest.mark.parametrize(
    ("first", "lines"),
    [
        (7, ["# one", "# two", "# three", *CODE]),
        (4, [*CODE, "x = 1"]),
        (4, [*CODE[:3], "\tvalue  =  eval(command)  ", *CODE[4:]]),
        (4, ["import sys", "", "def go(command):", CODE[3], "    return str(value)"]),
        (6, [*CODE[:3], "", "", CODE[3], *CODE[4:]]),
    ],
    ids=["lines above", "lines below", "indented anew", "all neighbours edited", "empty lines"],
)
def test_what_does_not_touch_the_line_keeps_the_name(first: int, lines: list[str]) -> None:
    assert fingerprint(finding(first), lines) == NAME


@pytest.mark.parametrize("more", [{"title": "Other"}, {"body": "Other"}, {"severity": Severity.MINOR}, {"quote": "x"}])
def test_other_words_keep_the_name(more: dict[str, object]) -> None:
    assert fingerprint(finding(**more), CODE) == NAME


@pytest.mark.parametrize(
    "other",
    [finding(path="b.py"), finding(rule="model/bug"), finding(5), finding(4, 5), finding(side=Side.OLD)],
    ids=["path", "rule", "line", "more lines", "side"],
)
def test_another_place_or_rule_is_another_name(other: Finding) -> None:
    assert fingerprint(other, CODE) != NAME


def test_equal_lines_are_told_apart_by_their_neighbours_and_else_by_their_order() -> None:
    twice = ["if a:", "  go()", "stop()", "if b:", "  go()", "end()"]
    assert fingerprint(finding(2), twice) != fingerprint(finding(5), twice)
    below = ["p", "q", *twice]
    assert fingerprint(finding(4), below) == fingerprint(finding(6), ["n", "o", *below]), "not by their numbers"
    same = ["a", "b", "go()", "c", "d", "a", "b", "go()", "c", "d"]
    assert fingerprint(finding(3), same) != fingerprint(finding(8), same)


def test_two_defects_on_one_line_get_two_names() -> None:
    on = standing(finding(), source_of("\n".join(CODE)))
    assert name_of(finding(), on, taken={NAME}) != name_of(finding(), on) == NAME
    assert len({name_of(finding(), on, taken={NAME}), name_of(finding(), on, taken=set())}) == 2


def test_what_has_no_lines_is_known_by_its_quote_or_else_its_title() -> None:
    whole = finding(0, quote="  eval( x )")
    assert fingerprint(whole, []) == fingerprint(dataclasses.replace(whole, title="Other", quote="eval( x )"), CODE)
    untold = finding(0)
    assert fingerprint(untold, []) != fingerprint(dataclasses.replace(untold, title="Other"), [])


def test_an_empty_line_is_known_by_those_around_it() -> None:
    on = standing(finding(2), source_of("\n".join(CODE)))
    assert on.anchor == "import os\ndef run(command):"


def test_every_earlier_name_begins_as_one_that_a_finding_may_have_had() -> None:
    lines = [*CODE, CODE[3]]  # a copy since
    on = standing(finding(rule="model/bug", path="b.py"), source_of("\n".join(lines)))
    assert NAME[:STEM] in set(stems(finding(rule="model/bug", path="b.py"), on, ["b.py", "a.py"]))
    tool = finding(rule="ruff/S307", source="ruff")
    assert NAME[:STEM] not in set(stems(tool, on, ["a.py"])), "the rules of tools are exact"


def test_lines_that_no_database_takes_are_made_fit_and_long_ones_are_cut() -> None:
    source = Source.of([(1, "a\0b \ud800 c"), (2, "x" * 100_000), (3, "x" * 100_001)])
    assert "\0" not in source.lines[0]
    source.lines[0].encode()
    assert len(source.lines[1]) < 400
    assert source.lines[1] != source.lines[2]
