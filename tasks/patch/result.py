"""What became of a reply: the files that change, where each edit went, and what was refused."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tasks.patch.refusal import RefusedBlock

Contents = Mapping[str, str | None]
"""New contents by path; None where the file is deleted."""


@dataclass(frozen=True, slots=True)
class AppliedEdit:
    """An edit of a reply that stands.

    `number` counts the blocks of the reply from 1, `first_line` (from 1) is where it went as the file was then, 0 where
    nothing was to be done. `loosened` names what had to be overlooked to find the place; empty for an exact match.
    """

    number: int
    path: str
    first_line: int = 0
    loosened: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Patch:
    """A reply, applied: `contents` holds what changes and nothing else; `renamed` maps old paths to new ones.

    `refused` are blocks that were left out; only where a partial patch was asked for there are any.
    """

    contents: Contents
    edits: Sequence[AppliedEdit] = ()
    renamed: Mapping[str, str] = field(default_factory=dict)
    refused: Sequence[RefusedBlock] = ()
