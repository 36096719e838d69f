"""Where a reply names the file of a block: on the line above, on the fence, on the line above the fence."""

from collections.abc import Collection

from tasks.patch.formats.fences import Fence, open_fence, words_of_info
from tasks.patch.formats.reply import Reply
from tasks.patch.paths import path_on_line


def info_path(info: str, known: Collection[str]) -> str:
    """Return the path in a fence's info string, or "". A plain word alone is one only if there is such a file."""
    if not info or info.isalnum():
        return info if info in known else ""
    return next((path for word in words_of_info(info) if (path := path_on_line(word, known))), "")


def path_above(reply: Reply, at: int) -> str:
    """Look upwards from a block: the next line with text, the fence's info string, the line before the fence."""
    above = reply.text_above(at)
    if above is None:
        return ""
    line = reply.lines[above]
    fence = open_fence(above, line)
    if fence is None:
        return path_on_line(line, reply.files)
    return path_of_fence(reply, fence)


def path_of_fence(reply: Reply, fence: Fence) -> str:
    """Return the path that the info string or the line before a fence names, or ""."""
    return info_path(fence.info, reply.files) or path_before(reply, fence.open)


def path_before(reply: Reply, at: int) -> str:
    """Return the path on the last line with text before a line, or ""."""
    above = reply.text_above(at)
    return "" if above is None else path_on(reply, above)


def path_on(reply: Reply, above: int) -> str:
    """Return the path on a line that stands above a block: it alone, in a comment, in a tag round the block."""
    line = reply.lines[above]
    if not line.startswith("<"):
        return path_on_line(line, reply.files)
    tag = open_fence(above, line)
    inside = line.removeprefix("<!--").strip().removesuffix("-->")
    return info_path(tag.info, reply.files) if tag else path_on_line(inside, reply.files)
