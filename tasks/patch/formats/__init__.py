"""The edit formats that a reply may be written in; a new one is one module and one row here."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tasks.patch.edits import Edit, Reading
from tasks.patch.formats import search_replace, whole_file
from tasks.patch.refusal import PatchRefused, RefusedBlock


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write edits: `claims` looks whether a reply uses it, `read` takes its edits out."""

    name: str
    claims: Callable[[Sequence[str]], bool]
    read: Callable[[Sequence[str], Mapping[str, str]], Reading]


FORMATS = (
    Format("SEARCH/REPLACE blocks", search_replace.claims, search_replace.read),
    Format("whole files", whole_file.claims, whole_file.read),
)


def read_reply(lines: Sequence[str], files: Mapping[str, str]) -> Reading:
    """Read a reply in every format that claims it: small changes and new files often come mixed."""
    readings = [form.read(lines, files) for form in FORMATS if form.claims(lines)]
    if not readings:
        names = " nor ".join(form.name for form in FORMATS)
        raise PatchRefused([RefusedBlock(0, "", f"it holds neither {names}")])
    edits: list[Edit] = []
    refused: list[RefusedBlock] = []
    for reading in readings:
        before = len(edits) + len(refused)
        edits += [replace(edit, number=edit.number + before) for edit in reading.edits]
        refused += [replace(block, number=block.number + before) for block in reading.refused]
    return Reading(tuple(edits), tuple(refused))
