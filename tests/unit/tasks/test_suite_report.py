"""What is believed of a report that the code under test has written."""

from pathlib import Path
from typing import Any

import pytest

from tasks.sandbox import Run
from tasks.verify.suite import Report, Suite


class Scripted:
    """Stands for a sandbox whose command ends in a given way."""

    def __init__(self, exit_code: int, cases: str | None, ended: str = "exit") -> None:
        report = (
            {} if cases is None else {"tests.xml": f"<testsuites><testsuite>{cases}</testsuite></testsuites>".encode()}
        )
        self.run_ = Run(exit_code, "", 1.0, ended, "watchdog", report)

    def run(self, *_what: Any, **_how: Any) -> Run:
        return self.run_


def report(*scripted: Any) -> Report:
    sandbox: Any = Scripted(*scripted)
    return Suite(sandbox, seconds=30.0, cancelled=lambda: False).all_tests(Path("/nowhere"))


FAILED = '<testcase classname="a" name="same"><failure/></testcase>'
PASSED = '<testcase classname="a" name="same"/>'


@pytest.mark.parametrize("cases", [FAILED + PASSED, PASSED + FAILED])
def test_a_pass_under_the_same_name_does_not_undo_a_failure(cases: str) -> None:
    assert report(1, cases).tests == {"a::same": "failed"}


@pytest.mark.parametrize(
    ("scripted", "problem"),
    [
        ((0, FAILED), "pytest's report and its exit code (0) disagree"),
        ((1, PASSED), "pytest's report and its exit code (1) disagree"),
        ((0, "<!DOCTYPE a>"), "pytest's report cannot be read"),
        ((0, "<testcase"), "pytest's report cannot be read"),
        ((0, None), "pytest left no report (exit code 0), or too large a one"),
        ((3, PASSED), "pytest itself failed"),
        ((127, None), "there is no /usr/bin/python3 here"),
        ((137, PASSED, "wall"), "the tests took longer than 30 s"),
        ((137, None, "memory"), "the tests used more memory than the sandbox allows"),
    ],
)
def test_a_report_that_cannot_be_trusted_counts_for_nothing(scripted: Any, problem: str) -> None:
    found = report(*scripted)
    assert (found.problem, found.tests) == (problem, {})
