"""Reads whole files: fenced blocks that a line above, an info string or a first-line comment gives a path."""

import re
from collections.abc import Collection, Sequence

from tasks.patch.edits import WholeFile
from tasks.patch.formats.fences import Fence, open_fence
from tasks.patch.formats.naming import info_path, path_on
from tasks.patch.formats.reply import Reply
from tasks.patch.formats.search_replace import is_headless
from tasks.patch.paths import LONGEST_PATH, looks_like_path
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
    if is_headless(reply, fence.open + 1, close):
        reason = "it ends in >>>>>>> REPLACE but has no <<<<<<< SEARCH line"
        return (RefusedBlock(edit.number, edit.path, reason),)
    if not is_closed:
        reason = "the fence is never closed, so the file looks cut off; send all of it"
        return (RefusedBlock(edit.number, edit.path, reason),)
    return (edit,)


def _edit(reply: Reply, fence: Fence, close: int) -> WholeFile:
    body = tuple(reply.lines[fence.open + 1 : close])
    if fence.marker.startswith("<"):
        body = _without_fence(body)
    label = _label(body, reply.files)
    path = info_path(fence.info, reply.files) or _path_above(reply, fence.open)
    return WholeFile(
        reply.number(),
        path or label,
        body,
        fence.language,
        fence.marker,
        labelled=bool(label) and (not path or path == label),
    )


def path_of(reply: Reply, fence: Fence) -> str:
    """Return the path that is given to a fence, "" where none is."""
    body = reply.lines[fence.open + 1 : fence.open + 2]
    return info_path(fence.info, reply.files) or _path_above(reply, fence.open) or _label(body, reply.files)


def _path_above(reply: Reply, at: int) -> str:
    """Return the path on the line before a fence; blank lines may stand between."""
    above = reply.text_above(at)
    return path_on(reply, above) if above is not None and above >= at - 3 else ""


def _without_fence(body: tuple[str, ...]) -> tuple[str, ...]:
    """Take away the fence that a tag was put round."""
    texts = [number for number, line in enumerate(body) if line.strip()]
    if len(texts) < 2:  # noqa: PLR2004 - the lines of a fence
        return body
    fence = open_fence(texts[0], body[texts[0]])
    return body[texts[0] + 1 : texts[-1]] if fence and fence.is_closed_by(body[texts[-1]]) else body


def _label(body: Sequence[str], known: Collection[str]) -> str:
    """Return the path in a comment on the first line; a bare name counts only if such a file is known."""
    match = _COMMENT.match(body[0]) if body and len(body[0]) <= LONGEST_PATH else None
    word = match.group(1) if match else ""
    if word in known or ("/" in word and looks_like_path(word)):
        return word
    return word if looks_like_path(word) and any(path.endswith("/" + word) for path in known) else ""
