"""What a model proposes to say of a pull request: its schema, and what is believed of an answer. Pure."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import pydantic

from bot.diff import FileDiff

EFFORTS, RISKS = ("1", "2", "3", "4", "5"), ("low", "medium", "high")
_TEXT = {"type": "string"}
MOST_GROUPS = 12


def _object(**properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": list(properties), "additionalProperties": False}


_GROUP = _object(paths={"type": "array", "items": _TEXT}, what=_TEXT)
SCHEMA: Mapping[str, Any] = _object(
    title=_TEXT,
    summary=_TEXT,
    groups={"type": "array", "items": _GROUP, "maxItems": MOST_GROUPS},
    # Words, since not every server holds a number to its bounds.
    effort={"type": "string", "enum": list(EFFORTS)},
    risk={"type": "string", "enum": list(RISKS)},
)
Words = Annotated[str, pydantic.StringConstraints(strip_whitespace=True, min_length=1)]


class Group(pydantic.BaseModel):
    """Files that change for one reason, and the reason."""

    model_config = pydantic.ConfigDict(frozen=True)

    paths: tuple[str, ...]
    what: Words


class Proposal(pydantic.BaseModel):
    """What is proposed. `effort` is that of a reviewer, from 1 to 5."""

    model_config = pydantic.ConfigDict(frozen=True)

    title: Words
    summary: Words
    groups: tuple[Group, ...]
    effort: Annotated[int, pydantic.Field(ge=1, le=5)]
    risk: Literal["low", "medium", "high"]


@dataclasses.dataclass(frozen=True, slots=True)
class Walk:
    """The changed files in groups, each file once, and those that no group names."""

    groups: tuple[tuple[tuple[FileDiff, ...], str], ...]
    others: tuple[FileDiff, ...]


def read_proposal(text: str) -> Proposal | None:
    """Return the proposal in an answer, also where words or a code fence stand around it; None if there is none."""
    start = text.find("{")
    if start < 0:
        return None
    try:
        value, _ = json.JSONDecoder(strict=False).raw_decode(text, start)
        return Proposal.model_validate(value)
    except (ValueError, RecursionError):
        return None


def walk(proposal: Proposal, files: Sequence[FileDiff]) -> Walk:
    """Put the files that really changed into the proposed groups; a path that is none of theirs is dropped."""
    left = {file.path: file for file in files}
    groups = []
    for group in proposal.groups[:MOST_GROUPS]:
        found = tuple(left.pop(path) for path in dict.fromkeys(group.paths) if path in left)
        if found:
            groups.append((found, group.what))
    return Walk(tuple(groups), tuple(left.values()))
