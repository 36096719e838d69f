"""What a model answered about some files, as findings; or in words why it is no answer. Pure."""

import dataclasses
from collections.abc import Collection
from typing import Any

from tasks.review import fields
from tasks.review.finding import MODEL, Finding
from tasks.review.json_text import read_items
from tasks.review.schema import FINDING, MOST_FINDINGS

LONGEST_TITLE, LONGEST_BODY, LONGEST_QUOTE, LONGEST_SUGGESTION = 200, 2_000, 2_000, 8_000  # characters
_NEEDS = frozenset(FINDING["required"])
_TYPES: dict[str, type | tuple[type, ...]] = {
    **dict.fromkeys(("path", "quote", "body", "title", "category", "severity"), str),
    **dict.fromkeys(("line", "last_line"), int),
    "suggestion": (str, type(None)),
    "confidence": (int, float),
}


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """What one answer says. Lines and quotes are the model's claims: nothing here has looked at the file.

    `repairs` counts what had to be mended: the text, and each item that was not as the schema asks. `dropped` counts
    items that say nothing, or speak of a file that was not shown. `is_cut` means that the end is missing. `problem` is
    empty, or says why there is no answer; "nothing found" is no findings and no problem.
    """

    findings: tuple[Finding, ...] = ()
    summary: str = ""
    repairs: int = 0
    dropped: int = 0
    is_cut: bool = False
    problem: str = ""


def read_reply(text: str, paths: Collection[str], *, finish_reason: str = "stop") -> Reply:
    """Read an answer about the files at `paths`; `finish_reason` is the server's word."""
    read = read_items(text, "findings", needs=_NEEDS, finish_reason=finish_reason)
    if read.problem:
        return Reply(problem=read.problem)
    items = read.items[:MOST_FINDINGS]
    made = [_finding(item, paths) for item in items]
    findings = tuple(dict.fromkeys(finding for finding in made if finding is not None))
    if items and not findings:
        return Reply(dropped=len(items), problem="the answer says nothing about the files that were shown")
    return Reply(
        findings=findings,
        summary=fields.text(read.rest.get("summary"), LONGEST_BODY),
        repairs=read.repaired + sum(not _is_as_asked(item) for item in items),
        dropped=len(read.items) - len(findings),
        is_cut=read.is_cut,
    )


def _finding(item: dict[str, Any], paths: Collection[str]) -> Finding | None:
    path = _path(fields.text(item.get("path"), 1_000), paths)
    body = fields.text(item.get("body"), LONGEST_BODY)
    title = " ".join(fields.text(item.get("title"), LONGEST_TITLE).split()) or _first_sentence(body)
    if path is None or not title:
        return None
    first = fields.whole(item.get("line"))
    last = max(first, fields.whole(item.get("last_line"))) if first else 0
    category = fields.category(item.get("category"))
    return Finding(
        path=path,
        first=first,
        last=last,
        title=title,
        body=body,
        rule=f"{MODEL}/{category}",
        source=MODEL,
        severity=fields.severity(item.get("severity")),
        category=category,
        confidence=fields.confidence(item.get("confidence", fields.UNSAID)),
        quote=fields.lines(item.get("quote"), LONGEST_QUOTE) or "",
        suggestion=fields.lines(item.get("suggestion"), LONGEST_SUGGESTION) if first else None,
    )


def _path(said: str, paths: Collection[str]) -> str | None:
    """Return the file that is meant: by its path, by a diff's `a/` or `b/` before it, or by an end that only it has."""
    plain = said.strip().strip("`'\"").removeprefix("./")
    for path in (plain, plain.removeprefix("a/"), plain.removeprefix("b/")):
        if path in paths:
            return path
    ends = [path for path in paths if plain and path.endswith(f"/{plain}")]
    if len(ends) == 1:
        return ends[0]
    return next(iter(paths)) if len(paths) == 1 and not plain else None


def _first_sentence(body: str) -> str:
    return " ".join(body.split(". ", maxsplit=1)[0].split())[:LONGEST_TITLE]


def _is_as_asked(item: dict[str, Any]) -> bool:
    return set(item) == _NEEDS and all(
        isinstance(item[name], kind) and not isinstance(item[name], bool) for name, kind in _TYPES.items()
    )
