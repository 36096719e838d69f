"""Compares the tests before and after a patch and says what that proves."""

import dataclasses
import re
from collections.abc import Collection, Sequence

from tasks.quoting import code
from tasks.verify.suite import NO_TESTS, Report

# What decides which tests there are and when they pass: a patch that touches it judges itself.
_JUDGES = re.compile(
    r"(?:^|/)(?:conftest\.py|\.?pytest\.(?:ini|toml)|tox\.ini|setup\.cfg|pyproject\.toml|noxfile\.py"
    r"|sitecustomize\.py|usercustomize\.py|pytest\.py|_pytest/.*|[^/]*\.pth)$"
)
_TESTS = re.compile(r"(?:^|/)(?:test_[^/]*|[^/]*_test)\.py$|(?:^|/)tests?/")


@dataclasses.dataclass(frozen=True, slots=True)
class Row:
    """One line of the evidence table."""

    check: str
    before: str
    after: str


@dataclasses.dataclass(frozen=True, slots=True)
class Evidence:
    """What the runs showed; `missing` says, sentence by sentence, what is not proven. Verified: nothing is missing."""

    rows: Sequence[Row]
    missing: Sequence[str]
    output: str = ""
    settled: bool = False  # no other patch could prove more with the tests that there are

    @property
    def verified(self) -> bool:
        """Return whether the patch is proven: the request is shown to be met, and nothing broke."""
        return not self.missing

    @property
    def score(self) -> tuple[bool, int]:
        """Order candidates: verified before not verified, then the fewest open points."""
        return self.verified, -len(self.missing)


def unproven(reason: str) -> Evidence:
    """Return the evidence of a patch that was not run at all."""
    return Evidence([], [reason], settled=True)


def against_itself(changed: Collection[str], existing: Collection[str]) -> list[str]:
    """Return a sentence for every changed file that has a say in the verdict; new tests are welcome, old ones stand."""
    judges = [path for path in changed if _JUDGES.search(path) or (path in existing and _TESTS.search(path))]
    return [f"The change edits what judges it: {_names(sorted(judges))}."] if judges else []


def with_doubts(evidence: Evidence, doubts: Sequence[str]) -> Evidence:
    """Return the evidence with further points that are not proven."""
    if not doubts:
        return evidence
    return dataclasses.replace(evidence, missing=[*evidence.missing, *doubts], settled=False)


def compare(
    before: Report, after: Report, *, asked_before: Report | None = None, asked_after: Report | None = None
) -> Evidence:
    """Judge a patch by the repository's tests and, if the issue holds one, by the asked test."""
    rows = [Row("the repository's tests", _short(before), _short(after))]
    opened, lost = _suite(before, after)  # what another patch may do better, and what none can
    if asked_before and asked_after:
        rows.insert(0, Row("test from the issue", _short(asked_before), _short(asked_after)))
        opened = [*_fails(asked_after), *opened]
        lost = [*_proves_nothing(asked_before), *lost]
    elif not _repaired(before, after):
        kind = opened if before.count("failed") else lost
        kind.append("No test shows that the request itself is met: the issue holds none.")
    outputs = [report.output for report in (asked_after, after) if report is not None and _bad(report)]
    return Evidence(rows, [*opened, *lost], outputs[0] if outputs else after.output, settled=not opened)


def _fails(asked_after: Report) -> list[str]:
    if asked_after.problem or asked_after.count("failed") or not asked_after.count("passed"):
        return ["The test from the issue does not pass."]
    return []


def _proves_nothing(asked_before: Report) -> list[str]:
    if asked_before.problem or asked_before.count("failed"):
        return []
    return ["The test from the issue did not fail before the change, or not each time, so it proves nothing."]


def _repaired(before: Report, after: Report) -> bool:
    return any(verdict == "passed" and before.tests.get(name) == "failed" for name, verdict in after.tests.items())


def _suite(before: Report, after: Report) -> tuple[list[str], list[str]]:
    if before.problem == after.problem == NO_TESTS:
        return [], []
    if after.problem:
        silent = [f"The repository's tests say nothing: {after.problem}."]
        return ([], silent) if before.problem == after.problem else (silent, [])
    passed = [name for name, verdict in before.tests.items() if verdict == "passed"]
    failing = [name for name, verdict in after.tests.items() if verdict == "failed"]
    known = before.problem in {"", NO_TESTS}
    found = [
        ("Broken by the change", [name for name in passed if after.tests.get(name) == "failed"]),
        ("No longer run", [name for name in passed if after.tests.get(name) in {None, "skipped"}]),
        ("New and failing" if known else "Failing, and not known how before", set(failing) - set(before.tests)),
    ]
    return [f"{what}: {_names(sorted(names))}." for what, names in found if names], []


def _names(names: Sequence[str], limit: int = 5) -> str:
    shown = ", ".join(code(name) for name in names[:limit])
    return f"{shown} and {len(names) - limit} more" if len(names) > limit else shown


def _bad(report: Report) -> bool:
    return bool(report.problem) or report.count("failed") > 0


def _short(report: Report) -> str:
    if report.problem:
        return f"{'-' if report.problem == NO_TESTS else '✗'} {report.problem}"
    signs = {"failed": "✗", "flaky": "-", "passed": "✓"}
    counts = [(sign, report.count(verdict), verdict) for verdict, sign in signs.items()]
    return ", ".join(f"{sign} {count} {verdict}" for sign, count, verdict in counts if count) or "- all skipped"
