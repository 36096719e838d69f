"""A suggestion that must not be applied by a click is still shown, as text. Pure."""

import dataclasses

from bot.review import suggestion_block
from tasks.review.finding import Finding


def without_suggestion(finding: Finding, reason: str) -> Finding:
    """Return a finding whose suggestion, if it has one, became a plain code block in its body, with the reason why."""
    if finding.suggestion is None:
        return finding
    shown = suggestion_block(finding.suggestion, "") if finding.suggestion.strip() else "*Without these lines.*"
    body = f"{finding.body.rstrip()}\n\nInstead (as text, because {reason}):\n\n{shown}".lstrip("\n")
    return dataclasses.replace(finding, suggestion=None, body=body)
