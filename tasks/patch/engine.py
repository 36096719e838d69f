"""The patch engine: a model's reply and the files it saw in, the changed files out; all of it or nothing."""

from collections.abc import Collection, Mapping

from tasks.patch.file_change import change_file
from tasks.patch.formats import read_reply
from tasks.patch.refusal import PatchRefused, RefusedBlock
from tasks.patch.result import Contents, Patch
from tasks.patch.targets import find_targets


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
    targets = find_targets(reading.edits, files, unseen)
    done = [change_file(path, files.get(path), edits) for path, edits in targets.edits.items()]
    refused = [*reading.refused, *targets.refused, *(block for each in done for block in each.refused)]
    refused.sort(key=lambda block: block.number)
    good = sorted((edit for each in done for edit in each.good), key=lambda edit: edit.number)
    contents = {path: text for each in done for path, text in each.contents.items() if text != files.get(path)}
    renamed = {old: new for each in done for old, new in each.renamed.items()}
    if refused and not (partial and good):
        raise PatchRefused(refused, standing=contents, renamed=renamed, good=[edit.number for edit in good])
    return Patch(contents, good, renamed, refused)


def _lines(reply: str) -> list[str]:
    if not reply.isascii():
        try:
            reply.encode()
        except UnicodeEncodeError as error:
            raise PatchRefused([RefusedBlock(0, "", "it is not valid Unicode text")]) from error
    if not reply or reply.isspace():
        raise PatchRefused([RefusedBlock(0, "", "it is empty")])
    return reply.replace("\r\n", "\n").split("\n")
