"""Finds the command in a comment: `/codex implement ...` at its top, never in a quote or code."""

import dataclasses
import functools
import re

from markdown_it import MarkdownIt

# Commands about jobs instead of about code: they need no model, and must not wait behind what they are about.
CONTROL = frozenset({"cancel", "help", "retry", "status"})

_COMMAND = re.compile(r"/codex(?:[ \t]+(?P<name>[a-z][a-z-]{0,31}))?[ \t]*(?P<rest>.*)", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Command:
    """What was asked: a name in lower case and the text after it, the comment's further lines included."""

    name: str
    text: str


@functools.cache
def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").disable(["inline", "text_join"])  # only where blocks begin and end is asked


def _from_first_paragraph(body: str) -> list[str] | None:
    """Return the lines from the first paragraph on; None if something else comes first."""
    if body.startswith("/") and "\n" not in body.rstrip("\n"):
        return [body.rstrip("\n")]  # no other block begins so, and most commands are one line
    tokens = _parser().parse(body)
    if not tokens or tokens[0].type != "paragraph_open" or tokens[0].map is None:
        return None
    return body.split("\n")[tokens[0].map[0] :]


def find_command(comment: str) -> Command | None:
    """Return the command that the comment's first paragraph starts with, or None.

    Markdown decides what a paragraph is, so quotes, code blocks, lists and hidden HTML never command.
    A bare `/codex` asks for `help`.
    """
    if "/codex" not in comment.lower():
        return None  # most comments; Markdown takes its time
    body = comment.replace("\r\n", "\n").replace("\r", "\n").replace("\0", "\ufffd")  # as CommonMark has it
    first, *further = _from_first_paragraph(body) or [""]
    match = _COMMAND.fullmatch(first.strip())
    if match is None or (match["name"] is None and match["rest"]):
        return None
    text = "\n".join([match["rest"], *further]).strip()
    return Command(name=(match["name"] or "help").lower(), text=text)
