"""What a reply asks for, whatever format it was written in."""

from dataclasses import dataclass

from tasks.patch.refusal import RefusedBlock


@dataclass(frozen=True, slots=True)
class Replacement:
    """Put `new` where `old` stands; an empty `old` asks for a new file, or in an `ordered` edit is no place at all.

    `number` counts the blocks of the reply from 1. `path` is as the model wrote it, empty when it named none. Lines
    carry no line endings. What only diffs tell: `kept` pairs the numbers (from 0) of lines that are in `old` and in
    `new`, rising on both sides, None where a comparison must find them; `seams` pairs those before which new lines were
    told and then more old ones, as if something that stays stood between; `first` is the line (from 1) on which `old`
    begins in the file before any change, 0 where none is told; `anchors` are lines that stand somewhere above it, the
    outermost first; `ordered` says that it stands below the ordered edits before it; `at_end` that it ends the file.
    """

    number: int
    path: str
    old: tuple[str, ...]
    new: tuple[str, ...]
    kept: tuple[tuple[int, int], ...] | None = None
    seams: tuple[tuple[int, int], ...] = ()
    first: int = 0
    anchors: tuple[str, ...] = ()
    ordered: bool = False
    at_end: bool = False


@dataclass(frozen=True, slots=True)
class WholeFile:
    """The whole content of one file.

    `language` is the first word of the fence's info string, in lower case, `marker` the fence itself. `labelled`: the
    first line is only a comment that names the path, and belongs to the file only if the file has it already.
    """

    number: int
    path: str
    lines: tuple[str, ...]
    language: str = ""
    marker: str = "```"
    labelled: bool = False


@dataclass(frozen=True, slots=True)
class Deletion:
    """Take a file away; `lines` are those that a diff takes out of it, where it tells them."""

    number: int
    path: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Rename:
    """Give a file another path; what else changes in it stands in edits that name the old path."""

    number: int
    path: str
    to: str


Edit = Replacement | WholeFile | Deletion | Rename


@dataclass(frozen=True, slots=True)
class Reading:
    """What one format found in a reply: edits, and blocks that are broken beyond use."""

    edits: tuple[Edit, ...] = ()
    refused: tuple[RefusedBlock, ...] = ()
