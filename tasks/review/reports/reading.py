"""Reads a report of the CI, whichever of the known formats it has."""

from tasks.review.reports.code_quality_intake import code_quality_findings
from tasks.review.reports.intake import Intake, Problem, ReportError, parse
from tasks.review.reports.sarif_intake import sarif_findings


def read_report(data: bytes, root: str = "") -> Intake:
    """Return the findings of a report in SARIF 2.1.0 or the Code Quality format.

    `root` is the absolute path at which the report's tool saw the checkout. Never raises: what cannot be read is a
    problem of the intake.
    """
    try:
        parsed = parse(data)
        return code_quality_findings(parsed, root) if isinstance(parsed, list) else sarif_findings(parsed, root)
    except ReportError as error:
        return Intake(problems=(Problem("the report", str(error)),))
