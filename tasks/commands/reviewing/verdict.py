"""What a review came to, and what the check beside the commit says of it. Pure."""

from collections.abc import Iterator, Sequence

from bot.check import CheckReport, Conclusion, Status
from bot.memory import KeptFinding
from bot.repo_config import Review as ReviewConfig
from tasks.commands.reviewing.examine import Examined
from tasks.review.finding import Severity
from tasks.review.rendering import headline
from tasks.review.report import NotCovered, Report, Reported, Verdict

CHECK = "Codex Bot review"


def report_of(
    examined: Examined,
    *,
    head: str,
    told: Sequence[Reported],
    folded: Sequence[Reported] = (),
    earlier: Sequence[KeptFinding] = (),
) -> Report:
    """Return the review for whoever shows it: `told` and `folded` are new, `earlier` ones are still open.

    What nobody looked at decides the verdict before anything else.
    """
    reading, analysis = examined.reading, examined.analysis
    gaps = tuple(_gaps(examined))
    unjudged = (f"{reading.unjudged} findings were not checked a second time",) if reading.unjudged else ()
    failures = (*reading.failures, *unjudged, *analysis.failed)
    if gaps or failures:
        verdict = Verdict.PARTIAL if reading.covered or reading.findings else Verdict.FAILED
    else:
        verdict = Verdict.FINDINGS if told or earlier else Verdict.CLEAN
    return Report(
        verdict=verdict,
        head=head,
        findings=tuple(told),
        folded=tuple(folded),
        not_covered=gaps,
        failures=failures,
        absent=analysis.absent,
        model=examined.model,
        still_open=len(earlier),
    )


def _gaps(examined: Examined) -> Iterator[NotCovered]:
    yield from (NotCovered(each.path, each.reason) for each in examined.reading.skipped if each.is_gap)
    for each in examined.analysis.skipped:
        path, _, reason = each.rpartition(": ")
        yield NotCovered(path, f"by the tools: {reason}")


def conclusion_of(report: Report, earlier: Sequence[KeptFinding], config: ReviewConfig) -> Conclusion:
    """Return how the check ends; green only if everything was looked at and nothing is open that may not be."""
    new = [each.finding.severity for each in (*report.findings, *report.folded)]
    old = [Severity[each.severity.upper()] for each in earlier if each.severity]
    worst = max([*new, *old], default=None)
    if config.fail_on != "never" and worst is not None and worst >= Severity[config.fail_on.upper()]:
        return Conclusion.FAILURE
    if report.is_complete:
        return Conclusion.SUCCESS
    return Conclusion.FAILURE if config.incomplete == "failure" else Conclusion.NEUTRAL


def check_key(number: int) -> str:
    """Return the name of the one check that all reviews of a pull request's commit share: the newest is what holds."""
    return f"review-{number}"


def finished(report: Report, conclusion: Conclusion, *, key: str, summary: str) -> CheckReport:
    """Return the check of a review that came to its end."""
    return CheckReport(
        name=CHECK,
        head=report.head,
        key=key,
        status=Status.COMPLETED,
        conclusion=conclusion,
        title=headline(report),
        summary=summary,
    )
