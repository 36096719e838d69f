"""Turns remarks of tools into findings: on added lines only, safe to show, and without the text of a secret."""

import posixpath
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from tasks.analysis.changed import Changed
from tasks.analysis.outcome import Outcome
from tasks.analysis.tool import Remark, Tier, Tool
from tasks.quoting import one_line
from tasks.review.finding import Finding

# Inside the sandbox: where the tools are started, and the copies that they look at.
_START, _COPY = "/tmp/empty", re.compile(r"/tmp/look/(\d+)/[^/]+")  # noqa: S108
_LONGEST_TEXT = 600
_CONFIDENCE = {Tier.POST: 0.9, Tier.HINT: 0.4}
_ENDS = re.compile(r"(?<=[a-z)`])\.\s")


def speak(outcomes: Iterable[Outcome], files: Sequence[Changed]) -> list[tuple[Tier, Finding]]:
    """Return the findings with their tiers, by path and line; each rule says a thing once per place.

    Of lines with a secret nothing else is said, for it may quote them.
    """
    numbers = {f"/repo/{file.path}": number for number, file in enumerate(files)}
    found: dict[tuple[str, int, str], tuple[Tier, Finding]] = {}
    secret: set[tuple[str, int]] = set()
    for outcome in sorted(outcomes, key=lambda outcome: not outcome.tool.is_secret):
        for tier, finding in _findings(outcome, files, numbers):
            lines = {(finding.path, line) for line in range(finding.first, finding.last + 1)}
            if lines & secret:
                continue
            if outcome.tool.is_secret:
                secret |= lines
            found.setdefault((finding.path, finding.first, finding.rule), (tier, finding))
    return [found[place] for place in sorted(found)]


def _findings(outcome: Outcome, files: Sequence[Changed], numbers: Mapping[str, int]) -> Iterator[tuple[Tier, Finding]]:
    for remark in outcome.remarks:
        file = _file(remark.file, files, numbers)
        lines = file.first_added(remark.spans) if file else None
        if file is not None and lines is not None:
            yield _finding(outcome.tool, remark, file, *lines)


def _finding(tool: Tool, remark: Remark, file: Changed, first: int, last: int) -> tuple[Tier, Finding]:
    tier = Tier.HINT if file.is_suppressed(first, last) else remark.worth.tier
    rule = f"{tool.name}/{remark.rule}"
    return tier, Finding(
        path=file.path,
        first=first,
        last=last,
        title=_title(remark),
        body=_body(remark),
        rule=rule,
        source=tool.name,
        severity=remark.worth.severity,
        category=remark.worth.category,
        confidence=_CONFIDENCE[tier],
        quote="" if tool.is_secret else file.quote(first, last),
    )


def _file(said: str, files: Sequence[Changed], numbers: Mapping[str, int]) -> Changed | None:
    """Return the file that a tool speaks of: one of the copies by its number, or one in the repository."""
    path = posixpath.normpath(posixpath.join(_START, said.removeprefix("file://")))
    match = _COPY.fullmatch(path)
    number = int(match[1]) if match else numbers.get(path)
    return files[number] if number is not None and number < len(files) else None


def _body(remark: Remark) -> str:
    """Return what the title does not tell: one sentence is the title already, and the rule stands beside it."""
    is_told = one_line(remark.text.rstrip(".")) == _title(remark)
    more = f"[What the rule says]({remark.more})" if remark.more else ""
    return "\n\n".join(filter(None, ["" if is_told else one_line(remark.text, _LONGEST_TEXT), more]))


def _title(remark: Remark) -> str:
    return one_line(_ENDS.split(remark.text, maxsplit=1)[0].rstrip("."))
