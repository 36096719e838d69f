"""The patch engine: a model's reply and the files it saw in, the changed files out; all of it or nothing."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from tasks.patch.draft import Draft
from tasks.patch.edits import Deletion, Edit, Rename, Replacement, WholeFile
from tasks.patch.formats import read_reply
from tasks.patch.refusal import BlockRefused, PatchRefused, RefusedBlock
from tasks.patch.result import AppliedEdit, Contents, Patch
from tasks.patch.syntax import newly_broken
from tasks.patch.targets import find_targets
from tasks.patch.text import Text

MOST_BLOCKS = 300  # a reply with more is a runaway
MOST_SEARCHED = 1_000_000  # lines of a file times the blocks for it: each block searches the whole file


def apply_reply(reply: str, files: Mapping[str, str], unseen: Collection[str] = ()) -> Contents:
    """Apply a model's reply to files and return the changed ones: {path: new content}; empty when all is done already.

    The arguments are those of `make_patch`, and so are the errors.
    """
    return make_patch(reply, files, unseen).contents


def make_patch(reply: str, files: Mapping[str, str], unseen: Collection[str] = (), *, partial: bool = False) -> Patch:
    """Apply a model's reply to files, in whatever formats it is written.

    `files` maps paths relative to the repository, with forward slashes, to contents with their own line endings.
    `unseen` are paths that exist too, but whose content is not given: a reply may neither change nor replace them.
    Pure: nothing is read or written. Raises PatchRefused, and nothing else, when any part cannot be applied safely;
    with `partial` only when no part can be, and the result names what was left out.
    """
    reading = read_reply(_lines(reply), files)
    if len(reading.edits) > MOST_BLOCKS:
        raise PatchRefused([RefusedBlock(0, "", f"it holds {len(reading.edits)} blocks, more than {MOST_BLOCKS}")])
    targets = find_targets(reading.edits, files, unseen)
    outcome = _Outcome(refused=[*reading.refused, *targets.refused])
    for path, edits in targets.edits.items():
        _change_file(path, files.get(path), edits, outcome)
    refused = sorted(outcome.refused, key=lambda block: block.number)
    changed = {path: content for path, content in outcome.contents.items() if content != files.get(path)}
    if refused and not (partial and outcome.good):
        raise PatchRefused(refused, standing=changed, good=sorted(edit.number for edit in outcome.good))
    good = sorted(outcome.good, key=lambda edit: edit.number)
    return Patch(changed, good, outcome.renamed, refused)


@dataclass(slots=True)
class _Outcome:
    """What has been decided so far while the files of a reply are worked through."""

    contents: dict[str, str | None] = field(default_factory=dict)
    renamed: dict[str, str] = field(default_factory=dict)
    good: list[AppliedEdit] = field(default_factory=list)
    refused: list[RefusedBlock] = field(default_factory=list)


def _lines(reply: str) -> list[str]:
    if not reply.isascii():
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
    draft = Draft(path, Text.of(before or ""))
    good: list[AppliedEdit] = []
    refused: list[RefusedBlock] = []
    twins = Counter(map(_twin, edits))
    for edit in _once(edits):
        try:
            put = draft.put(edit, twins[_twin(edit)])
            twins[_twin(edit)] -= 1
            good.append(AppliedEdit(edit.number, path, put.first_line, tuple(map(str, put.loosened))))
        except BlockRefused as refusal:
            refused.append(RefusedBlock(edit.number, path, refusal.reason, refusal.nearest, refusal.first_line))
    content = draft.text.content if good else before
    broken = newly_broken(path, before, content) if good and content is not None and content != before else ""
    if broken and not refused:
        reason = f"the file would no longer parse: {broken}"
        outcome.refused += [RefusedBlock(edit.number, path, reason) for edit in good]
        return
    outcome.refused += refused
    if not broken:
        outcome.good += good
        _settle(path, content, edits, outcome)


def _settle(path: str, content: str | None, edits: Sequence[Edit], outcome: _Outcome) -> None:
    """Write down what a file becomes, and under which name."""
    for edit in edits:
        if isinstance(edit, Rename):
            outcome.contents[edit.to] = content
            outcome.renamed[path] = edit.to
            content = None
        elif isinstance(edit, Deletion):
            content = None
    outcome.contents[path] = content


def _once(edits: Sequence[Edit]) -> Sequence[Replacement | WholeFile]:
    """Return what is to be done to the content; a whole file that is given again is the same."""
    contents = [edit for edit in edits if isinstance(edit, Replacement | WholeFile)]
    return contents[:1] if contents and isinstance(contents[0], WholeFile) else contents


def _twin(edit: Edit) -> object:
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
    if len(blocks) * (before or "").count("\n") > MOST_SEARCHED:
        return f"{len(blocks)} blocks are too many for a file of this size; send fewer, larger ones"
    return ""
