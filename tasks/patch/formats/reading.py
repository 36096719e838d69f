"""Walks through a reply from top to bottom and lets each format take the blocks that begin on its signs."""

import itertools
from collections.abc import Callable, Iterator, Mapping, Sequence

from tasks.patch.edits import Edit, Reading
from tasks.patch.formats import begin_patch, nested, search_replace, unified, whole_file
from tasks.patch.formats.fences import Fence, open_fence
from tasks.patch.formats.reply import FEW_LINES, Block, Reply
from tasks.patch.refusal import PatchRefused, RefusedBlock

# A format: what its first line may begin with, and what reads it; asked in this order.
# The fenced blocks that are left over may be whole files.
FORMATS: tuple[tuple[tuple[str, ...], Callable[[Reply, int], Block | None]], ...] = (
    (("***",), begin_patch.read),
    (("<<<<<", "-----", "&lt;&lt;"), search_replace.read),
    (("@@", "--- ", "+++ ", "diff --git ", "Index: "), unified.read),
)
MOST_BLOCKS = 300  # a reply with more is a runaway, and not worth to be read to its end
_ALL_SIGNS = tuple(sign for signs, _ in FORMATS for sign in signs)
_FENCES = frozenset({"```", "~~~", "<so", "<co", "<pr", "<fi", "</s", "</c", "</p", "</f"})


def read_reply(lines: Sequence[str], files: Mapping[str, str]) -> Reading:
    """Read a reply in all formats: small changes and new files often come mixed. Its blocks are numbered from 1.

    A line belongs to the first block that takes it, so text that looks like one format inside another is only text.
    Raises PatchRefused when there is no block, or far too many. Takes time in proportion to the length of the reply.
    """
    items = list(itertools.islice(_walk(Reply(lines, files)), MOST_BLOCKS + 1))
    if len(items) > MOST_BLOCKS:
        raise PatchRefused([RefusedBlock(0, "", f"it holds more than {MOST_BLOCKS} blocks")])
    if not items:
        reason = "it holds neither SEARCH/REPLACE blocks, nor a unified diff, nor *** Begin Patch, nor whole files"
        raise PatchRefused([RefusedBlock(0, "", reason)])
    edits = tuple([item for item in items if not isinstance(item, RefusedBlock)])
    return Reading(edits, tuple([item for item in items if isinstance(item, RefusedBlock)]))


def _walk(reply: Reply) -> Iterator[Edit | RefusedBlock]:
    at = 0
    for number in reply.signs:
        if number < at:
            continue
        line = reply.lines[number].lstrip()
        block = _at_fence(reply, number) if line[:3] in _FENCES else _read_block(reply, line, number)
        if block is not None:
            at = reply.floor = block.stop
            yield from block.items
    if reply.fence is not None:
        yield from whole_file.read(reply, reply.fence, len(reply.lines), is_closed=False)


def _read_block(reply: Reply, line: str, number: int) -> Block | None:
    for signs, read in FORMATS:
        if line.startswith(signs):
            block = read(reply, number)
            if block is not None:
                return block
    return None


def _at_fence(reply: Reply, number: int) -> Block | None:
    """Step into or out of a fenced block; one in which no format found anything may be a whole file."""
    line = reply.lines[number]
    fence = reply.fence
    if fence is None:
        return _at_free_fence(reply, number)
    if not fence.is_closed_by(line):
        return None
    items = whole_file.read(reply, fence, number, is_closed=True)
    reply.leave()
    return Block(number + 1, items)


def _at_free_fence(reply: Reply, number: int) -> Block | None:
    """Step into a fenced block, or over a fence that only stands round others."""
    if reply.wrapper is not None and reply.wrapper.is_closed_by(reply.lines[number]):
        reply.wrapper = None
        return Block(number + 1, ())
    opened = open_fence(number, reply.lines[number])
    if opened is None:
        return None
    reply.enter(opened)
    if nested.is_wrapper(reply, opened):
        reply.leave()
        reply.wrapper = opened
        return Block(number + 1, ())
    return unified.read_bare(reply) or _read_nested(reply, opened)


def _read_nested(reply: Reply, fence: Fence) -> Block | None:
    """Read a file that holds fences of its own, where it can be told which of them is the last one."""
    first = reply.next_text(fence.open + 1)
    if any(line.startswith(_ALL_SIGNS) for line in reply.lines[first : first + FEW_LINES]):
        return None
    close = nested.close_of(reply, fence)
    if close is None:
        return None
    if close.certain:
        items = whole_file.read(reply, close.fence, close.number, is_closed=True)
    else:
        reason = "its own fences hide where the file ends; put a longer fence around it, or use SEARCH/REPLACE"
        items = (RefusedBlock(reply.number(), whole_file.path_of(reply, fence), reason),)
    reply.leave()
    return Block(close.number + 1, items)
