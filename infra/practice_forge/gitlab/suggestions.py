"""Suggestion fences in notes: how many lines around the note they may replace."""

import re

from infra.practice_forge.gitlab.refusals import invalid_note

FENCE = re.compile(r"^ {0,3}(?:`{3,}|~{3,})suggestion(?::-(\d+)\+(\d+))?[ \t]*$", re.MULTILINE)
MOST_LINES = 100


def check_suggestions(body: str) -> None:
    """Refuse a suggestion that reaches more than 100 lines up or down.

    The limit is documented, what becomes of such a note is not; here it is an error, because no bot can mean it.
    """
    for found in FENCE.finditer(body):
        if any(int(lines or 0) > MOST_LINES for lines in found.groups()):
            raise invalid_note("suggestions", f"is invalid (at most {MOST_LINES} lines above and below)")
