"""What a reply asks for, whatever format it was written in."""

from dataclasses import dataclass

from tasks.patch.refusal import RefusedBlock


@dataclass(frozen=True, slots=True)
class Replacement:
    """Put `new` where `old` stands; an empty `old` asks for a new file.

    `number` counts the blocks of the reply from 1. `path` is as the model wrote it, empty when it named none. Lines
    carry no line endings.
    """

    number: int
    path: str
    old: tuple[str, ...]
    new: tuple[str, ...]


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


Edit = Replacement | WholeFile


@dataclass(frozen=True, slots=True)
class Reading:
    """What one format found in a reply: edits, and blocks that are broken beyond use."""

    edits: tuple[Edit, ...] = ()
    refused: tuple[RefusedBlock, ...] = ()
