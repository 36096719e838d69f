"""Reads whole files: fenced blocks that a line above, an info string or a first-line comment gives a path."""

import re
from collections.abc import Collection, Sequence

from tasks.patch.edits import WholeFile
from tasks.patch.formats.fences import Fence
from tasks.patch.formats.naming import info_path
from tasks.patch.formats.reply import Reply
from tasks.patch.formats.search_replace import is_headless
from tasks.patch.paths import LONGEST_PATH, looks_like_path, path_on_line
from tasks.patch.refusal import RefusedBlock

_COMMENT = re.compile(
    r"\s*(?:#|//|--|;|/\*|<!--)\s*(?:file(?:name)?:\s*|path:\s*)?(\S+)\s*(?:\*/|-->)?\s*$", re.IGNORECASE
)


def read(reply: Reply, fence: Fence, close: int, *, is_closed: bool) -> tuple[WholeFile | RefusedBlock, ...]:
    """Read the block between a fence and its closing line; nothing where another format took lines of it.

    The path stays empty where nothing names it. A fence that is never closed is a reply that was cut off.
    """
    if reply.floor > fence.open:
        return ()
    edit = _edit(reply, fence, close)
    if is_headless(edit.lines):
        reason = "it ends in >>>>>>> REPLACE but has no <<<<<<< SEARCH line"
        return (RefusedBlock(edit.number, edit.path, reason),)
    if not is_closed:
        reason = "the fence is never closed, so the file looks cut off; send all of it"
        return (RefusedBlock(edit.number, edit.path, reason),)
    return (edit,)


def _edit(reply: Reply, fence: Fence, close: int) -> WholeFile:
    body = tuple(reply.lines[fence.open + 1 : close])
    label = _label(body, reply.files)
    path = info_path(fence.info, reply.files) or _path_above(reply, fence.open)
    labelled = bool(label) and (not path or path == label)
    return WholeFile(reply.number(), path or label, body, fence.language, fence.marker, labelled=labelled)


def _path_above(reply: Reply, at: int) -> str:
    """Return the path on the line before a fence; blank lines may stand between."""
    above = reply.text_above(at)
    return path_on_line(reply.lines[above], reply.files) if above is not None and above >= at - 3 else ""


def _label(body: Sequence[str], known: Collection[str]) -> str:
    """Return the path in a comment on the first line; a bare name counts only if such a file is known."""
    match = _COMMENT.match(body[0]) if body and len(body[0]) <= LONGEST_PATH else None
    word = match.group(1) if match else ""
    if word in known or ("/" in word and looks_like_path(word)):
        return word
    return word if looks_like_path(word) and any(path.endswith("/" + word) for path in known) else ""
