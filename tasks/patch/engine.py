"""The patch engine: a model's reply and the files it saw in, the changed files out; all of it or nothing."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tasks.patch.change import replace_lines, rewrite
from tasks.patch.edits import Edit, Replacement, WholeFile
from tasks.patch.formats import read_reply
from tasks.patch.refusal import BlockRefused, PatchRefused, RefusedBlock
from tasks.patch.syntax import newly_broken
from tasks.patch.targets import find_targets

MOST_BLOCKS = 300  # a reply with more is a runaway
MOST_SEARCHED = 1_000_000  # lines of a file times the blocks for it: each block searches the whole file


@dataclass(slots=True)
class _Outcome:
    """What has been decided so far while the files of a reply are worked through."""

    contents: dict[str, str] = field(default_factory=dict)
    good: list[int] = field(default_factory=list)
    refused: list[RefusedBlock] = field(default_factory=list)


def apply_reply(reply: str, files: Mapping[str, str], unseen: Collection[str] = ()) -> Mapping[str, str]:
    """Apply a model's reply to files and return the changed ones: {path: new content}; empty when all is done already.

    `files` maps paths relative to the repository, with forward slashes, to contents with their own line endings.
    `unseen` are paths that exist too, but whose content is not given: a reply may neither change nor replace them.
    Pure: nothing is read or written. Raises PatchRefused, and nothing else, when any part cannot be applied safely.
    """
    lines = _lines(reply)
    reading = read_reply(lines, files)
    if len(reading.edits) > MOST_BLOCKS:
        raise PatchRefused([RefusedBlock(0, "", f"it holds {len(reading.edits)} blocks, more than {MOST_BLOCKS}")])
    targets = find_targets(reading.edits, files, unseen)
    outcome = _Outcome(refused=[*reading.refused, *targets.refused])
    for path, edits in targets.edits.items():
        _change_file(path, files.get(path), edits, outcome)
    changed = {path: content for path, content in outcome.contents.items() if content != files.get(path)}
    if outcome.refused:
        refused = sorted(outcome.refused, key=lambda block: block.number)
        raise PatchRefused(refused, standing=changed, good=sorted(outcome.good))
    return changed


def _lines(reply: str) -> list[str]:
    try:
        reply.encode()
    except UnicodeEncodeError as error:
        raise PatchRefused([RefusedBlock(0, "", "it is not valid Unicode text")]) from error
    if not reply.strip():
        raise PatchRefused([RefusedBlock(0, "", "it is empty")])
    return reply.replace("\r\n", "\n").split("\n")


def _change_file(path: str, before: str | None, edits: Sequence[Edit], outcome: _Outcome) -> None:
    objection = _objection(before, edits)
    if objection:
        outcome.refused += [RefusedBlock(edit.number, path, objection) for edit in edits]
        return
    content = before
    good: list[int] = []
    refused: list[RefusedBlock] = []
    for edit in edits[:1] if isinstance(edits[0], WholeFile) else edits:
        try:
            content = _apply_edit(path, content, edit)
            good.append(edit.number)
        except BlockRefused as refusal:
            refused.append(RefusedBlock(edit.number, path, refusal.reason, refusal.nearest, refusal.first_line))
    broken = "" if refused or content is None else newly_broken(path, before, content)
    if broken:
        reason = f"the file would no longer parse: {broken}"
        outcome.refused += [RefusedBlock(number, path, reason) for number in good]
        return
    outcome.refused += refused
    outcome.good += good
    if content is not None and good:
        outcome.contents[path] = content


def _apply_edit(path: str, content: str | None, edit: Edit) -> str:
    if isinstance(edit, WholeFile):
        return rewrite(path, content, edit)
    return replace_lines(path, content, edit)


def _objection(before: str | None, edits: Sequence[Edit]) -> str:
    """Say why the edits for one file cannot be taken together; "" when they can."""
    blocks = [edit for edit in edits if isinstance(edit, Replacement)]
    bodies = {edit.lines[1:] if edit.labelled else edit.lines for edit in edits if isinstance(edit, WholeFile)}
    if blocks and bodies:
        return "the reply holds a whole file and SEARCH/REPLACE blocks for it; send one"
    if len(bodies) > 1:
        return "the reply holds two different whole contents for it; send one"
    if len(blocks) * (before or "").count("\n") > MOST_SEARCHED:
        return f"{len(blocks)} blocks are too many for a file of this size; send fewer, larger ones"
    return ""
