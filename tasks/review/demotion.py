"""A suggestion that must not be applied by a click is still shown, as text. Pure."""

import dataclasses
import re

from bot.review import suggestion_block
from tasks.review.finding import Finding

_FENCE = re.compile(r"(?mi)^([ \t>*+\-\d.)]*(?:`{3,}|~{3,})[ \t]*)suggestion\b[^\n`]*$")


def without_suggestion(finding: Finding, reason: str) -> Finding:
    """Return a finding whose suggestion, if it has one, became a plain code block in its body, with the reason why."""
    if finding.suggestion is None:
        return finding
    shown = suggestion_block(finding.suggestion, "") if finding.suggestion.strip() else "*Without these lines.*"
    body = f"{finding.body.rstrip()}\n\nInstead (as text, because {reason}):\n\n{shown}".lstrip("\n")
    return dataclasses.replace(finding, suggestion=None, body=body)


def without_fences(body: str) -> str:
    """Return a body in which no code block asks the forge to be applied: nobody has checked what is in it."""
    return _FENCE.sub(r"\1", body)
