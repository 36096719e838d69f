"""What came out of a report of the CI, and the first look at its bytes. Whoever writes the CI's files is a stranger."""

import dataclasses
import json
from collections.abc import Iterable
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from tasks.review.finding import MODEL, Finding

MOST_BYTES = 10 * 1024 * 1024
MOST_PARTS = 1_000_000  # lists and objects; a report of ten MiB has fewer, a bomb of brackets more
MOST_FINDINGS = 5_000  # of one report; forges show no more either
MOST_PROBLEMS = 50
LONGEST_TITLE = 200  # characters
LONGEST_BODY = 4_000
LONGEST_RULE = 120
LAST_LINE = 10_000_000  # no file that people write is longer

_Shape = TypeVar("_Shape", bound=BaseModel)


class ReportError(ValueError):
    """A report, or one thing in it, cannot be read; the text says why, in words for people."""


@dataclasses.dataclass(frozen=True, slots=True)
class Problem:
    """Something of a report that did not become a finding: where in the report it stood, and what is wrong with it."""

    where: str
    reason: str

    def __str__(self) -> str:
        """Return both as one line; the text is a stranger's, so it must be defused before it is posted."""
        return f"{self.where}: {self.reason}"


@dataclasses.dataclass(frozen=True, slots=True)
class Intake:
    """What a report holds. `suppressed` counts what the report itself calls accepted, gone or no trouble.

    A report without problems was read to its end. With problems, "no findings" is no good news.
    """

    findings: tuple[Finding, ...] = ()
    problems: tuple[Problem, ...] = ()
    suppressed: int = 0


def parse(data: bytes) -> object:
    """Return the JSON in a report's bytes: UTF-8, or what a byte order mark says (PowerShell writes UTF-16).

    Raises `ReportError` for too many bytes or parts, for what is no JSON, and for what nests deeper than 200.
    """
    if len(data) > MOST_BYTES:
        raise ReportError(f"it has {len(data)} bytes, and at most {MOST_BYTES} are read")
    if data.count(b"[") + data.count(b"{") > MOST_PARTS:
        raise ReportError(f"it has more than {MOST_PARTS} parts")
    try:
        text = data.decode(json.detect_encoding(data))
        parsed: object = from_json(text.removeprefix("\ufeff"), allow_inf_nan=False)
    except ValueError as error:  # a wrong encoding as well
        raise ReportError(f"it is no JSON: {error}") from error
    return parsed


def validated(kind: type[_Shape], data: object) -> _Shape:
    """Return data in its shape; raises `ReportError` that names the first thing that is wrong, never its value."""
    try:
        return kind.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])[:100] or "all of it"
        raise ReportError(f"it is not as its format says, at {place}: {first['msg'][:100]}") from error


def few(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Return the first problems and, if there are more of them, how many more."""
    every = tuple(problems)
    more = len(every) - MOST_PROBLEMS
    return every if more <= 0 else (*every[:MOST_PROBLEMS], Problem("the report", f"{more} more problems"))


def slug(name: str) -> str:
    """Return a tool's name as the source of a finding: one short word. No tool can call itself the model."""
    signs = (sign if (sign.isalnum() and sign.isascii()) or sign in "._" else "-" for sign in name.lower())
    word = "-".join(part for part in "".join(signs).split("-") if part)[:40] or "report"
    return f"report-{word}" if word == MODEL else word


def rule_name(source: str, rule: str) -> str:
    """Return what a tool calls a rule as ours: `ruff/B006`, one word and not too long; no source adds nothing."""
    word = "".join(sign for sign in rule if sign.isprintable() and not sign.isspace())[:LONGEST_RULE] or "unnamed"
    return word if not source or word.startswith(f"{source}/") else f"{source}/{word}"


def said(message: str) -> tuple[str, str]:
    """Return title and body of a message: its first line, and the rest."""
    first, _, rest = message.strip().partition("\n")
    title = " ".join(first.split())
    if len(title) > LONGEST_TITLE:
        return title[:LONGEST_TITLE] + "…", message.strip()[:LONGEST_BODY]
    return title or "(no message)", rest.strip()[:LONGEST_BODY]


def lines(first: int | None, last: int | None) -> tuple[int, int]:
    """Return the lines that a report names, put right; (0, 0), the file as a whole, where no file has them."""
    if first is None or not 1 <= first <= LAST_LINE:
        return 0, 0
    return first, min(max(first, last or first), LAST_LINE)
