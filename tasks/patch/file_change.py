"""All that a reply asks of one file: what it becomes, under which path, and which of the edits stand."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from tasks.patch.draft import Draft
from tasks.patch.edits import Deletion, Edit, Rename, Replacement, WholeFile
from tasks.patch.refusal import BlockRefused, RefusedBlock
from tasks.patch.result import AppliedEdit, Contents
from tasks.patch.syntax import newly_broken
from tasks.patch.text import Text

MOST_SEARCHED = 1_000_000  # lines of a file times the blocks for it: each block searches the whole file


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
    objection = _objection(before, edits)
    if objection:
        return FileOutcome(refused=[RefusedBlock(edit.number, path, objection) for edit in edits])
    draft = Draft(path, Text.of(before or ""))
    good: list[AppliedEdit] = []
    refused: list[RefusedBlock] = []
    alike = [_alike(edit) for edit in edits] if len(edits) > 1 else [None]
    left = Counter(alike)
    for edit, key in zip(edits, alike, strict=True):
        try:
            put = draft.put(edit, left[key])
            good.append(AppliedEdit(edit.number, path, put.first_line, tuple(map(str, put.loosened))))
        except BlockRefused as refusal:
            refused.append(RefusedBlock(edit.number, path, refusal.reason, refusal.nearest, refusal.first_line))
        left[key] -= 1
    return _outcome(path, before, draft.text.content, edits, FileOutcome(good=good, refused=refused))


def _outcome(path: str, before: str | None, content: str, edits: Sequence[Edit], so_far: FileOutcome) -> FileOutcome:
    if not so_far.good:
        return so_far
    if any(isinstance(edit, Deletion) for edit in edits):
        return FileOutcome({path: None}, good=so_far.good)
    broken = newly_broken(path, before, content) if content != before else ""
    if broken:
        reason = f"the file would no longer parse: {broken}"
        return FileOutcome(
            refused=[*so_far.refused, *(RefusedBlock(each.number, path, reason) for each in so_far.good)]
        )
    new_path = next((edit.to for edit in edits if isinstance(edit, Rename)), path)
    if new_path == path:
        return FileOutcome({path: content}, {}, so_far.good, so_far.refused)
    return FileOutcome({path: None, new_path: content}, {path: new_path}, so_far.good, so_far.refused)


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
