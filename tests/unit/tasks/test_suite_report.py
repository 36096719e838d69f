"""What is believed of a report that the code under test has written."""

from pathlib import Path
from typing import Any

import pytest

from tasks.sandbox import Run
from tasks.verify.suite import Report, Suite, pytest_arguments


class Scripted:
    """Stands for a sandbox whose command ends in a given way."""

    def __init__(self, exit_code: int, cases: str | None, ended: str = "exit") -> None:
        report = (
            {} if cases is None else {"tests.xml": f"<testsuites><testsuite>{cases}</testsuite></testsuites>".encode()}
        )
        self.run_ = Run(exit_code, "", 1.0, ended, "watchdog", report)

        self.argv: list[str] = []

    def run(self, _tree: Path, argv: list[str], **_how: Any) -> Run:
        self.argv = argv
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


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (["pytest"], []),
        (["pytest", "-q", "tests/unit"], ["-q", "tests/unit"]),
        (["py.test", "-k", "fast"], ["-k", "fast"]),
        (["python", "-m", "pytest", "-x"], ["-x"]),
        (["python3", "-m", "pytest"], []),
        (["pytest", "--", "tests"], None),
        (["python", "-m", "unittest"], None),
        (["python", "pytest"], None),
        (["npm", "test"], None),
        (["sh", "-c", "pytest"], None),
        ([], None),
    ],
)
def test_a_command_is_pytest_or_is_not_run(command: list[str], arguments: list[str] | None) -> None:
    assert pytest_arguments(command) == arguments


def test_what_a_repository_asks_for_cannot_take_the_report_away(tmp_path: Path) -> None:
    sandbox: Any = Scripted(0, PASSED)
    suite = Suite(sandbox, seconds=30.0, cancelled=lambda: False, arguments=["--junitxml=mine.xml", "-x", "unit"])
    suite.all_tests(tmp_path)
    assert sandbox.argv[1:6] == ["-m", "pytest", "--junitxml=mine.xml", "-x", "unit"]
    assert [word for word in sandbox.argv if word.startswith("--junitxml")][-1] == "--junitxml=/results/tests.xml"
    suite.asked(tmp_path, "def test_a(): pass\n")
    assert "unit" not in sandbox.argv
