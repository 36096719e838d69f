"""Runs a repository's Python tests in the sandbox and reads what became of each."""

import dataclasses
import xml.etree.ElementTree as ET
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bot.errors import CodexBotError
from tasks.sandbox import Limits, Run, Sandbox

PYTHON = "/usr/bin/python3"
TOOLS = "/toolchain"  # where the sandbox shows the folder with pytest
_BAD_USAGE, _NO_TESTS = 4, 5  # pytest's exit codes
_UNFINISHED = {2: "the tests were interrupted", 3: "pytest itself failed", 127: f"there is no {PYTHON} here"}
NO_TESTS = "pytest finds no tests"
_LIMITS = {
    "wall": "took longer than {seconds:g} s",
    "memory": "used more memory than the sandbox allows",
    "processes": "started more processes than the sandbox allows",
    "disk": "wrote more to the disk than the sandbox allows",
    "output": "printed more than the sandbox allows",
}
_WORST_FIRST = ("failed", "flaky", "passed", "skipped")
_PYTEST = (PYTHON, "-m", "pytest")
# After what a repository asks for: of options that contradict each other, pytest takes the last.
_OURS = (
    *("-q", "--tb=short", "-p", "no:cacheprovider"),
    *("--continue-on-collection-errors", "--maxfail=0"),
    *("-o", "junit_family=xunit2", "-o", "junit_logging=no", "--junitxml=/results/tests.xml"),
)
# What of a repository's configuration may ask for plugins or another pytest than are here.
_PLAIN = ("-o", "addopts=", "-o", "required_plugins=", "-o", "minversion=")
# An asked test is found by its own names, whatever the repository calls its tests, and nothing runs beside it.
_ALONE = (*_PLAIN, "-o", "python_functions=test", "-o", "python_classes=Test")
_ENVIRONMENT = {"PYTHONPATH": f"/repo/src:/repo:{TOOLS}", "PYTHONDONTWRITEBYTECODE": "1", "PYTHONHASHSEED": "0"}


class TestsStoppedError(CodexBotError):
    """The tests were ended because the job must end; why, the job knows."""

    __test__ = False  # or pytest takes it for a test


@dataclasses.dataclass(frozen=True, slots=True)
class Report:
    """What one run of tests showed.

    `tests` gives "passed", "failed" or "skipped" by the test's name, or "flaky" after several runs that did not
    agree; `problem` says why there is nothing to go by, if so; `output` is what the run printed.
    """

    tests: Mapping[str, str]
    problem: str
    output: str
    seconds: float

    def count(self, verdict: str) -> int:
        """Return how many tests ended this way."""
        return sum(1 for found in self.tests.values() if found == verdict)


class Suite:
    """The tests of one repository, run the same way each time; `arguments` are the repository's own for pytest."""

    def __init__(
        self, sandbox: Sandbox, *, seconds: float, cancelled: Callable[[], bool], arguments: Sequence[str] = ()
    ) -> None:
        self._sandbox = sandbox
        self._arguments = arguments
        self._limits = Limits(wall_seconds=seconds)
        self._cancelled = cancelled

    def all_tests(self, tree: Path) -> Report:
        """Run every test that pytest finds in the tree with the repository's arguments."""
        run = self._run(tree, [*self._arguments, *_OURS])
        silent = run.exit_code != _NO_TESTS and "tests.xml" not in run.results
        refused = run.ended == "exit" and (silent or run.exit_code == _BAD_USAGE)
        return self._read(self._run(tree, [*self._arguments, *_OURS, *_PLAIN]) if refused else run)

    def asked(self, tree: Path, test: str) -> Report:
        """Run one test file that is not part of the tree; it is taken away again."""
        path = _free_name(tree)
        path.write_text(test, encoding="utf-8")
        try:
            return self._read(self._run(tree, [*_OURS, *_ALONE, path.name]))
        finally:
            path.unlink()

    def _run(self, tree: Path, options: Sequence[str]) -> Run:
        run = self._sandbox.run(
            tree,
            [*_PYTEST, *options],
            limits=self._limits,
            env=_ENVIRONMENT,
            collect=["tests.xml"],
            cancelled=self._cancelled,
        )
        if run.ended == "cancelled":
            raise TestsStoppedError("the tests were stopped with the job")
        return run

    def _read(self, run: Run) -> Report:
        problem = _unfinished(run, self._limits.wall_seconds)
        if problem:
            return Report({}, problem, run.output, run.seconds)
        problem, tests = _outcomes(run.results.get("tests.xml"), run.exit_code)
        return Report(tests, problem, run.output, run.seconds)


def pytest_arguments(command: Sequence[str]) -> list[str] | None:
    """Return what a repository's test command gives to pytest; None for one that starts something else.

    Nor may it hold `--`, behind which our own options would be taken for files.
    """
    starts = (("pytest",), ("py.test",), ("python", "-m", "pytest"), ("python3", "-m", "pytest"))
    for start in starts:
        if tuple(command[: len(start)]) == start and "--" not in command:
            return list(command[len(start) :])
    return None


def steady(first: Report, second: Report) -> Report:
    """Return the second of two runs of the same tree; a test that they do not agree on is flaky."""
    if first.problem or second.problem:
        return first if first.problem else second
    names = dict.fromkeys([*first.tests, *second.tests])
    tests = {name: second.tests[name] if first.tests.get(name) == second.tests.get(name) else "flaky" for name in names}
    return dataclasses.replace(second, tests=tests)


def _free_name(tree: Path) -> Path:
    names = ("codex_asked_test.py", *(f"codex_asked_{number}_test.py" for number in range(2, 100)))
    return next(path for path in (tree / name for name in names) if not path.exists() and not path.is_symlink())


def _unfinished(run: Run, seconds: float) -> str:
    """Say in a few words why a run left nothing to go by; empty when it should have left a report."""
    if run.ended != "exit":
        return "the tests " + _LIMITS.get(run.ended, f"reached the limit on {run.ended}").format(seconds=seconds)
    if run.exit_code == _NO_TESTS:
        return NO_TESTS
    if run.exit_code == _BAD_USAGE:
        return "pytest could not start, because of its configuration or a conftest.py"
    return _UNFINISHED.get(run.exit_code, "")


def _outcomes(report: bytes | None, exit_code: int) -> tuple[str, dict[str, str]]:
    """Return a problem, or what became of each test."""
    if report is None:
        return f"pytest left no report (exit code {exit_code}), or too large a one", {}
    try:
        tests = _parse(report)
    except (ET.ParseError, ValueError):
        return "pytest's report cannot be read", {}
    if ("failed" in tests.values()) != (exit_code != 0):
        # The report is written by the code under test; when it disagrees with the exit code, neither counts.
        return f"pytest's report and its exit code ({exit_code}) disagree", {}
    return "", tests


def _parse(report: bytes) -> dict[str, str]:
    if b"<!DOCTYPE" in report or b"<!ENTITY" in report:
        raise ValueError("it defines entities")
    tests: dict[str, str] = {}
    for case in ET.fromstring(report).iter("testcase"):  # noqa: S314  # no entities, and the sandbox bounds its size
        name = "::".join(filter(None, [case.get("classname"), case.get("name")]))
        # One name may stand there twice, after a rerun for one: a later pass does not undo a failure.
        tests[name] = min(tests.get(name, "skipped"), _verdict(case), key=_WORST_FIRST.index)
    return tests


def _verdict(case: ET.Element) -> str:
    if case.find("failure") is not None or case.find("error") is not None:
        return "failed"
    return "skipped" if case.find("skipped") is not None else "passed"
