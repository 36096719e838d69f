"""All that a reply asks of one file: what it becomes, under which path, and which of the edits stand."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tasks.patch.draft import Draft
from tasks.patch.edits import Deletion, Edit, Rename, Replacement, WholeFile
from tasks.patch.matching.lines import Lines
from tasks.patch.nearest import NOTHING_LIKE, around, closest
from tasks.patch.refusal import BlockRefused, RefusedBlock
from tasks.patch.result import AppliedEdit, Contents
from tasks.patch.syntax import newly_broken
from tasks.patch.text import Text

MOST_SEARCHED = 1_000_000  # lines of a file times the blocks for it: each block searches the whole file
MOST_COMPARED = 6  # blocks for which the lines that come closest are searched
_ON_LINE = re.compile(r" on line (\d+)")


@dataclass(frozen=True, slots=True)
class FileOutcome:
    """What became of a file; `contents` may hold what it was before."""

    contents: Contents = field(default_factory=dict)
    renamed: Mapping[str, str] = field(default_factory=dict)
    good: Sequence[AppliedEdit] = ()
    refused: Sequence[RefusedBlock] = ()


def change_file(path: str, before: str | None, edits: Sequence[Edit]) -> FileOutcome:
    """Put edits into a file one after the other; `before` is None for one that does not exist.

    Each that cannot be put in is refused for itself, and all of them where together they break the file's syntax.
    """
    is_simple = len(edits) == 1 and len(before or "") <= MOST_SEARCHED  # a line has a character at least
    objection = "" if is_simple else _objection(before, edits)
    if objection:
        return FileOutcome(refused=[RefusedBlock(edit.number, path, objection) for edit in edits])
    draft = Draft(path, Lines(Text.of(before or "")))
    good: list[AppliedEdit] = []
    refusals: list[tuple[int, BlockRefused]] = []
    for edit, (twins, has_twins) in zip(edits, _twins(edits), strict=True):
        try:
            put = draft.put(edit, twins, has_twins=has_twins)
            good.append(AppliedEdit(edit.number, path, put.first_line, tuple(map(str, put.loosened))))
        except BlockRefused as refusal:
            refusals.append((edit.number, refusal))
    content = draft.text.content
    fault = newly_broken(path, before, content, draft.text.untouched) if _is_changed(before, content, edits) else ""
    refused = _refused(path, refusals, Text.of(before or "").lines if fault else draft.text.lines) if refusals else []
    if fault:
        return FileOutcome(refused=[*refused, *_breaking(path, fault, draft.text.lines, good)])
    return _outcome(path, content, edits, FileOutcome(good=good, refused=refused))


def _outcome(path: str, content: str, edits: Sequence[Edit], so_far: FileOutcome) -> FileOutcome:
    if not so_far.good:
        return so_far
    if any(isinstance(edit, Deletion) for edit in edits):
        return FileOutcome({path: None}, good=so_far.good)
    new_path = next((edit.to for edit in edits if isinstance(edit, Rename)), path)
    if new_path == path:
        return FileOutcome({path: content}, {}, so_far.good, so_far.refused)
    return FileOutcome({path: None, new_path: content}, {path: new_path}, so_far.good, so_far.refused)


def _is_changed(before: str | None, content: str, edits: Sequence[Edit]) -> bool:
    return content != (before or "") and not any(isinstance(edit, Deletion) for edit in edits)


def _refused(path: str, refusals: Sequence[tuple[int, BlockRefused]], lines: Sequence[str]) -> list[RefusedBlock]:
    """Name blocks for themselves, with the lines of the file that come closest, as the others leave it."""
    blocks = []
    for place, (number, refusal) in enumerate(refusals):
        excerpts = refusal.excerpts
        if refusal.missing and place < MOST_COMPARED:
            excerpts = (closest(refusal.missing, lines) or NOTHING_LIKE,)
        blocks.append(RefusedBlock(number, path, refusal.reason, excerpts))
    return blocks


def _breaking(path: str, fault: str, lines: Sequence[str], good: Sequence[AppliedEdit]) -> list[RefusedBlock]:
    """Refuse blocks that break the file together, with what would stand around the fault."""
    place = _ON_LINE.search(fault)
    shown = (around(int(place[1]) - 1, lines, "They are not put in. With them, {} would be:"),) if place else ()
    return [RefusedBlock(edit.number, path, f"the file would no longer parse: {fault}", shown) for edit in good]


def _twins(edits: Sequence[Edit]) -> Sequence[tuple[int, bool]]:
    """Tell for each edit how many equal ones are still to be put in, it with them; and whether there are any others."""
    if len(edits) == 1:
        return [(1, False)]
    keys = [_alike(edit) for edit in edits]
    all_of_them, left = Counter(keys), Counter[object]()
    found = []
    for key in reversed(keys):
        left[key] += 1
        found.append((left[key], all_of_them[key] > 1))
    return found[::-1]


def _alike(edit: Edit) -> object:
    """Return what equal edits have in common, white space at the edges of their lines aside."""
    if not isinstance(edit, Replacement):
        return edit
    return edit.first, tuple(map(str.strip, edit.old)), tuple(map(str.strip, edit.new))


def _objection(before: str | None, edits: Sequence[Edit]) -> str:
    """Say why the edits for one file cannot be taken together; "" when they can."""
    blocks = [edit for edit in edits if isinstance(edit, Replacement)]
    bodies = {edit.lines[1:] if edit.labelled else edit.lines for edit in edits if isinstance(edit, WholeFile)}
    if blocks and bodies:
        return "the reply holds a whole file and single changes for it; send one"
    if len(bodies) > 1:
        return "the reply holds two different whole contents for it; send one"
    kinds = Counter(map(type, edits))
    if kinds[Deletion] and (blocks or bodies or kinds[Rename]):
        return "the reply deletes it and changes it; send one"
    if len({edit.to for edit in edits if isinstance(edit, Rename)}) > 1:
        return "the reply gives it two new paths; send one"
    if len(blocks) * (before or "").count("\n") > MOST_SEARCHED:
        return f"{len(blocks)} blocks are too many for a file of this size; send fewer, larger ones"
    return ""
