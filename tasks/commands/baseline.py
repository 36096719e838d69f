"""Runs a repository's tests as they are, before anything is changed, and says in words what came of it."""

from pathlib import Path

from tasks.commands.work import Work
from tasks.verify.evidence import Evidence
from tasks.verify.suite import NO_TESTS, pytest_arguments
from tasks.verify.trial import Baseline, measure, no_pytest, no_sandbox


def run_baseline(work: Work, tree: Path, asked: str | None) -> Baseline | Evidence:
    """Run the tests, and the asked one, in the tree; where that cannot be, return what is known without.

    Raises `TestsStoppedError` when the job must end.
    """
    hands, command = work.hands, work.config.tests.command
    if not hands.self_test.ok:
        return no_sandbox(hands.self_test)
    arguments = pytest_arguments(command or ["pytest"])
    if arguments is None:
        return no_pytest(command or [])
    return measure(
        tree,
        asked,
        hands.sandbox,
        seconds=hands.options.test_seconds,
        cancelled=lambda: work.stopped() is not None,
        arguments=arguments,
    )


def in_words(baseline: Baseline | Evidence) -> str:
    """Return a line for the checklist."""
    if isinstance(baseline, Evidence):
        return baseline.missing[0].removesuffix(".")
    if baseline.before.problem == NO_TESTS:
        return "There are no tests that pytest finds, and no other test command is known"
    if baseline.before.problem:
        return f"The tests say nothing as they are: {baseline.before.problem}"
    passed, failed = baseline.before.count("passed"), baseline.before.count("failed")
    return f"Tests as they are: {passed} pass" + (f", {failed} fail" if failed else "")
