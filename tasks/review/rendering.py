"""What a review says on a forge, as Markdown: a comment at a line, and the summary."""

import dataclasses
import difflib
import functools
from collections import Counter
from collections.abc import Sequence
from pathlib import PurePosixPath

from jinja2 import Environment

from tasks.quoting import code, cut, fence, one_line
from tasks.review.finding import MODEL, Finding, Severity
from tasks.review.prose import prose
from tasks.review.report import Report, Reported, Verdict
from tasks.review.reports.text import whole
from tasks.templating import environment_of

LONGEST_LIST = 3  # items; longer ones are folded, so that no summary shows more than 25 lines


@dataclasses.dataclass(frozen=True, slots=True)
class Since:
    """What became of the findings of earlier reviews: how many still stand, and how many the change has mended."""

    still_open: int = 0
    fixed: int = 0


def headline(report: Report) -> str:
    """Return the verdict as one plain line of at most 60 characters, as the title of a check or of a mail."""
    found = len(report.findings)
    counts = _counts(report.findings)
    match report.verdict:
        case Verdict.CLEAN:
            return "No findings"
        case Verdict.FINDINGS if not found:
            return f"Nothing new, {_number(report.still_open, 'finding')} still open"
        case Verdict.FINDINGS:
            return f"{_number(found, 'finding')}: {counts}"
        case Verdict.PARTIAL:
            return f"Partly reviewed: {_number(found, 'finding')}"
        case Verdict.FAILED:
            return f"The review failed: {_number(found, 'finding')}" if found else "The review failed"


def comment(finding: Finding) -> str:
    """Return what stands at the lines of one finding; its suggestion is the adapter's to add, in its forge's words."""
    return render("comment.md.j2", finding=finding, is_model=finding.source == MODEL)


def summary(
    report: Report,
    unplaced: Sequence[Reported] = (),
    since: Since | None = None,
    foot: str = "",
    heading: str = "Without a place in the diff",
) -> str:
    """Return what is said of a review as a whole, verdict first; for a check as well, where it may be "no findings".

    `unplaced` are those of the report's findings that no comment at a line tells, listed under the `heading`; `foot` is
    one line of ours for the end, such as the job and its tokens.
    """
    since = since or Since()
    body = render("summary.md.j2", report=report, unplaced=unplaced, since=since, foot=foot, heading=heading)
    return cut(body)


def render(name: str, **values: object) -> str:
    """Render one of the templates beside this file; an undefined name is an error, never an empty string."""
    return whole(_environment().get_template(name).render(**values).strip())


@functools.cache
def _environment() -> Environment:
    filters = (cell, change, counted, one_line, prose, quoted, verbatim, where)
    environment = environment_of("tasks.review", filters)
    environment.globals.update(headline=headline, LONGEST_LIST=LONGEST_LIST, Verdict=Verdict)
    return environment


def cell(text: str) -> str:
    """Return Markdown that ends no cell of a table."""
    return text.replace("|", "\\|")


def counted(found: Sequence[object], word: str) -> str:
    """Return how many there are, in words: `1 file`, `2 files`."""
    return _number(len(found), word)


def verbatim(text: str) -> str:
    """Return a path or a name as inline code, in which nobody can find one of our hidden marks."""
    return code(text).replace("<!--", "<!\u200b--")


def where(finding: Finding) -> str:
    """Return the place of a finding in words: `a.py:3-4`, the file alone, or nothing for the whole change."""
    lines = f":{finding.first}" if finding.first else ""
    return f"{finding.path}{lines}{f'-{finding.last}' if finding.last > finding.first else ''}"


def quoted(finding: Finding) -> str:
    """Return the lines that a finding is about as a block of code with their numbers; nothing where it has none."""
    if not finding.quote or not finding.first:
        return ""
    width = len(str(finding.last))
    lines = finding.quote.split("\n")
    numbered = (f"{number:>{width}}  {line}" for number, line in enumerate(lines, start=finding.first))
    return fence("\n".join(numbered), "".join(sign for sign in PurePosixPath(finding.path).suffix if sign.isalnum()))


def change(finding: Finding) -> str:
    """Return a suggestion as a diff from the lines it replaces; nothing where there is none."""
    if finding.suggestion is None:
        return ""
    old, new = (text.split("\n") if text else [] for text in (finding.quote, finding.suggestion))
    lines = list(difflib.unified_diff(old, new, lineterm="", n=len(old) + 1))
    return fence("\n".join(lines[3:]), "diff")  # without the names of files, and where the hunk begins


def _number(count: int, word: str) -> str:
    return f"{count} {word}" if count == 1 else f"{count} {word}s"


def _counts(found: Sequence[Reported]) -> str:
    severities = Counter(each.finding.severity for each in found)
    return ", ".join(f"{severities[each]} {each}" for each in sorted(Severity, reverse=True) if severities[each])
