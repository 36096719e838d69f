"""The planted pull requests are what their README says, so that a measurement on them means something."""

import ast
import collections

import pytest
from bench.review.planted.cases import SPLITS, read

from bot.diff import Kind


@pytest.mark.parametrize("split", SPLITS)
@pytest.mark.parametrize("what", ["defects", "clean"])
def test_each_half_of_a_set_has_25_of_the_same_kinds(split: str, what: str) -> None:
    kinds = collections.Counter(case.kind for case in read(split, what))
    last = "secret" if what == "defects" else "config"
    assert kinds == {"python": 12, "web": 4, "shell": 3, "docker": 2, "workflow": 2, last: 2}


def test_no_name_is_used_twice() -> None:
    names = [(what, case.name) for split in SPLITS for what in ("defects", "clean") for case in read(split, what)]
    assert len(set(names)) == len(names) == 100


@pytest.mark.parametrize("split", SPLITS)
def test_each_defect_is_on_lines_that_the_change_adds(split: str) -> None:
    for case in read(split, "defects"):
        added = {(file.path, line.new) for file in case.diff for line in file.hunks[0].lines if line.kind is Kind.ADDED}
        assert case.defects, case.name
        assert case.defects <= added, case.name


@pytest.mark.parametrize("split", SPLITS)
def test_a_clean_one_marks_nothing_and_changes_something(split: str) -> None:
    for case in read(split, "clean"):
        assert not case.defects, case.name
        assert case.diff, case.name


@pytest.mark.parametrize("split", SPLITS)
def test_the_diff_is_that_of_the_two_trees(split: str) -> None:
    for case in [*read(split, "defects"), *read(split, "clean")]:
        for file in case.diff:
            lines = file.hunks[0].lines
            old = "".join(f"{line.text}\n" for line in lines if line.kind is not Kind.ADDED)
            new = "".join(f"{line.text}\n" for line in lines if line.kind is not Kind.REMOVED)
            assert (case.before.get(file.path, ""), case.after[file.path]) == (old, new)


@pytest.mark.parametrize("split", SPLITS)
def test_python_of_both_trees_is_python(split: str) -> None:
    for case in [*read(split, "defects"), *read(split, "clean")]:
        for path, text in [*case.before.items(), *case.after.items()]:
            if path.endswith(".py"):
                ast.parse(text, f"{case.name}:{path}")
