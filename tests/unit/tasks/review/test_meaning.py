"""When a tool and a model mean one problem: in real words of tools, and what must stay two."""

import pytest

from tasks.review.meaning import means_the_same

UNDEFINED = ("Undefined name `total`", "ruff/F821")
UNUSED = ("Local variable `total` is assigned to but never used", "ruff/F841")
MUTABLE = ("Do not use mutable data structures for argument defaults", "ruff/B006")
SQL = ("Possible SQL injection vector through string-based query construction", "ruff/S608")
SHELL = ("`subprocess` call with `shell=True` identified, security issue", "ruff/S602")
TEMPLATE = ("code injection via template expansion", "zizmor/template-injection")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (UNDEFINED, "total is not defined"),
        (UNDEFINED, "`total` is undefined and raises NameError"),
        (UNDEFINED, "'total' was never defined"),
        (("Name `total` used when not defined", "ty/unresolved-reference"), "`total` is not defined"),
        (UNUSED, "Unused variable `total`"),
        (MUTABLE, "Mutable default argument"),
        (MUTABLE, "The mutable default is shared between calls"),
        (SQL, "SQL injection through string formatting"),
        (TEMPLATE, "Template injection through the issue's title"),
        (("Do not use bare `except`", "ruff/E722"), "Bare except swallows everything"),
    ],
)
def test_one_problem_in_two_voices(told: tuple[str, str], said: str) -> None:
    assert means_the_same(*told, said)


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (UNDEFINED, "Undefined name `price`"),
        (UNDEFINED, "`total` is logged in plain text"),
        (UNDEFINED, "`total` is a misleading name"),
        (UNDEFINED, "`total` is defined twice"),
        (UNDEFINED, "Undefined"),
        (UNDEFINED, "Off by one"),
        (UNDEFINED, ""),
        (UNUSED, "`total` is assigned the wrong unit"),
        (MUTABLE, "The argument is not checked"),
        (SQL, "The query returns one row too many"),
        (SQL, "SQL query is built anew in each round"),
        (SHELL, "The result of subprocess is not checked"),
        (SHELL, "Security issue"),
        (TEMPLATE, "The template is expanded twice"),
        (("Comparison to `None` should be `cond is None`", "ruff/E711"), "The comparison leaks timing"),
        (("", "ruff/F821"), "F821"),
    ],
)
def test_two_problems_of_one_line(told: tuple[str, str], said: str) -> None:
    assert not means_the_same(*told, said)
