"""A review of a change on this machine, without server, queue or forge: what `codex-bot run review` does."""

import importlib.metadata
import itertools
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

import click

from actions.console import Exit, printable, say
from actions.local_change import LocalChange, from_diff, since
from actions.stages import Stages
from bot.errors import UserError
from bot.settings import read_settings
from tasks.commands.reviewing.examine import Change, Examined, examine
from tasks.commands.reviewing.verdict import report_of
from tasks.model import Completion
from tasks.review.choice import choose
from tasks.review.finding import Finding, Severity
from tasks.review.identity import fingerprint
from tasks.review.prompts import Brief
from tasks.review.report import Report, Reported
from tasks.review.reports.code_quality import to_code_quality
from tasks.review.reports.intake import MOST_BYTES
from tasks.review.reports.markdown import to_markdown
from tasks.review.reports.reading import read_report
from tasks.review.reports.sarif import to_sarif
from tasks.wiring import hands_of, make_sandbox

_WAITING = "reading; how long it takes depends on the model"
WRITERS: dict[str, Callable[[Report], str]] = {
    "markdown": to_markdown,
    "sarif": lambda report: to_sarif(report, importlib.metadata.version("codex-bot")),
    "code-quality": to_code_quality,
}


def review_here(root: Path, base: str | None, source: str, reports: Sequence[Path], *, form: str, fail_on: str) -> int:
    """Review what the last commit changes since `base`, or the diff in `source`; print it and return the exit code."""
    with tempfile.TemporaryDirectory(prefix="codex-bot-review-") as folder:
        scratch = Path(folder)
        change = since(root, base, scratch) if base is not None else from_diff(root, source, scratch)
        if change.note:
            say(f"note: {change.note}")
        reported = _reported(reports, root)
        with Stages(_WAITING) as stages:
            examined = _examine(change, reported, stages.now)
        report = _report(change, examined)
    click.echo(printable(WRITERS[form](report)))
    return _exit(report, fail_on)


def _examine(change: LocalChange, reported: Sequence[Finding], tell: Callable[[str], None]) -> Examined:
    settings = read_settings()
    hands = hands_of(settings, make_sandbox(settings).prove())
    numbers = itertools.count(1)

    def ask(_name: str, make: Callable[[], Completion]) -> Completion:
        tell(f"the tools have looked; question {next(numbers)} to the model")
        return make()

    return examine(
        Change(change.files, change.tree),
        Brief(guidance=change.guidance, language=change.config.model.language),
        hands,
        change.config,
        once=ask,
        cancelled=lambda: False,
        patient=False,
        reported=reported,
    )


def _reported(paths: Sequence[Path], root: Path) -> list[Finding]:
    found: list[Finding] = []
    for path in paths:
        with path.open("rb") as file:
            intake = read_report(file.read(MOST_BYTES + 1), str(root))
        for problem in intake.problems:
            say(printable(f"warning: {path}: {problem}"))
        if intake.problems and not intake.findings:
            raise UserError(f"nothing in {path} could be read.", mend="Give a SARIF 2.1.0 or Code Quality report.")
        found.extend(intake.findings)
    return found


def _report(change: LocalChange, examined: Examined) -> Report:
    config = change.config.review
    choice = choose(
        examined.findings,
        floor=Severity[config.floor.upper()],
        least_confidence=config.confidence,
        most=len(examined.findings),  # a terminal has room for all of them
    )
    if choice.dropped_text():
        say(choice.dropped_text())
    texts = Change(change.files, change.tree).texts()
    told = [
        Reported(finding, fingerprint(finding, texts.get(finding.path, "").split("\n"))) for finding in choice.posted
    ]
    return report_of(examined, head=change.head, told=told)


def _exit(report: Report, fail_on: str) -> int:
    worst = max((each.finding.severity for each in report.findings), default=None)
    is_too_bad = fail_on != "never" and worst is not None and worst >= Severity[fail_on.upper()]
    return Exit.NOT_SO if is_too_bad or not report.is_complete else Exit.DONE
