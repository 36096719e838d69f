"""Reads unified diffs: in a fence or not, whole or carelessly counted, with git's words for new and renamed files."""

from collections.abc import Iterator, Sequence

from tasks.patch.edits import Deletion, Edit, Rename, Replacement
from tasks.patch.formats.diff_names import Names, begins_file, chosen_path, names_at
from tasks.patch.formats.hunks import Hunk, Surroundings, read_hunk, split_tags
from tasks.patch.formats.naming import path_above, path_of_fence
from tasks.patch.formats.reply import Block, Reply
from tasks.patch.paths import path_on_line
from tasks.patch.refusal import RefusedBlock

LANGUAGES = frozenset({"diff", "patch", "udiff"})
# In a block of another language a diff is only text, unless the block begins with it.
_HOSTS = LANGUAGES | {"sh", "bash", "shell", "zsh", "console"}
# What git says of a file whose lines it need not show.
_TELLING = frozenset({"new file mode", "deleted file mode", "new mode", "rename to", "copy to", "Binary files"})
_TERMINATORS = frozenset({"EOF", "EOT", "PATCH", "DIFF"})  # of a diff that a shell is given
_OTHER_SIGNS = ("@@", "--- ", "diff --git ", "*** ", "<<<<<", "-----", "&lt;&lt;")
_CUT_OFF = "the hunk is shorter than its counts say and the fence is never closed, so it looks cut off"
_MERGE = "it is the diff of a merge (@@@); send one against a single file"
_TWO_FILES = "its --- and +++ lines name two files; write `rename from` and `rename to` if the file gets a new name"


def read(reply: Reply, at: int) -> Block | None:
    """Read one file's part of a diff: the names at a line, or a hunk whose file is named elsewhere."""
    fence = reply.fence
    if fence is not None and fence.language not in _HOSTS and not reply.is_near_start(at):
        return None
    line = reply.lines[at]
    if line.startswith("@@"):
        return _read_unnamed(reply, at)
    names = names_at(reply.lines, at)
    if names is None:
        return None
    is_whole = "---" in names.said and "+++" in names.said
    hunks = _hunks(reply, names.stop, first_is_bare=is_whole)
    if not hunks and names.said.keys().isdisjoint(_TELLING):
        return None
    path = chosen_path(names, reply.files)
    reply.path = path or reply.path
    items = tuple(_items(reply, names, path, hunks))
    return Block(hunks[-1].stop if hunks else names.stop, items)


def read_bare(reply: Reply) -> Block | None:
    """Read a diff fence that holds only lines with tags: no names, no @@ line; the line above it names the file."""
    fence = reply.fence
    if fence is None or fence.language not in LANGUAGES:
        return None
    start = reply.next_text(fence.open + 1)
    if start < len(reply.lines) and reply.lines[start].startswith(_OTHER_SIGNS):
        return None
    stop = reply.find(fence.marker, start)
    if any(line.startswith(_OTHER_SIGNS) for line in reply.lines[start:stop]):
        return None
    label = path_on_line(reply.lines[start], reply.files) if start < stop and reply.lines[start][:1] not in "+-" else ""
    start += bool(label)
    while stop > start and not reply.lines[stop - 1].strip():
        stop -= 1
    body = reply.lines[start:stop]
    if not any(line.startswith(("+", "-")) for line in body):
        return None
    path = label or path_of_fence(reply, fence) or reply.path
    reply.path = path
    return Block(stop, (Replacement(reply.number(), path, *split_tags(body), ordered=True),))


def _read_unnamed(reply: Reply, at: int) -> Block | None:
    """Read hunks without the names of their file, which stands above them as other blocks have it."""
    is_certain = reply.fence is not None or reply.lines[at].startswith("@@ -")
    hunks = _hunks(reply, at) if is_certain else []
    if not hunks:
        return None
    path = path_above(reply, at) or reply.path
    reply.path = path
    return Block(hunks[-1].stop, tuple(_edit(reply, hunk, path) for hunk in hunks))


def _hunks(reply: Reply, at: int, *, first_is_bare: bool = False) -> list[Hunk]:
    """Read the hunks at a line one after the other; the first may lack its @@ line."""
    lines = reply.lines
    around = Surroundings(lines, lambda number: _ends_file(lines, number), is_fenced=reply.fence is not None)
    found: list[Hunk] = []
    if not (first_is_bare and at < len(lines) and lines[at].startswith(("+", "-", " "))):
        at = reply.next_text(at)
    else:
        found.append(read_hunk(at, around))
        at = reply.next_text(found[0].stop)
    while at < len(lines) and lines[at].startswith("@@"):
        hunk = read_hunk(at, around)
        if hunk.stop == at:
            break
        found.append(hunk)
        at = reply.next_text(hunk.stop)
    return found


def _ends_file(lines: Sequence[str], at: int) -> bool:
    return begins_file(lines, at) or lines[at].rstrip() in _TERMINATORS


def _items(reply: Reply, names: Names, path: str, hunks: list[Hunk]) -> Iterator[Edit | RefusedBlock]:
    """Return the edits of one file, or why they cannot be used."""
    renamed = names.renamed
    if names.copied or "GIT binary patch" in names.said or "Binary files" in names.said:
        yield RefusedBlock(reply.number(), path, "a diff can neither copy a file nor change a binary one here")
    elif renamed:
        yield Rename(reply.number(), *renamed)
        yield from (_edit(reply, hunk, renamed[0]) for hunk in hunks)
    elif not path:
        yield RefusedBlock(reply.number(), names.new, _TWO_FILES)
    elif names.is_gone:
        gone = [line for hunk in hunks for line in split_tags(hunk.lines)[0]]
        yield Deletion(reply.number(), path, tuple(gone))
    elif names.is_new:
        yield _creation(reply, path, hunks)
    elif not hunks:
        yield RefusedBlock(reply.number(), path, "the diff changes none of its lines")
    else:
        yield from (_edit(reply, hunk, path) for hunk in hunks)


def _edit(reply: Reply, hunk: Hunk, path: str) -> Edit | RefusedBlock:
    if hunk.is_merge:
        return RefusedBlock(reply.number(), path, _MERGE)
    if _is_cut_off(reply, hunk):
        return RefusedBlock(reply.number(), path, _CUT_OFF)
    return hunk.replacement(reply.number(), path)


def _creation(reply: Reply, path: str, hunks: list[Hunk]) -> Edit | RefusedBlock:
    if hunks and _is_cut_off(reply, hunks[-1]):
        return RefusedBlock(reply.number(), path, _CUT_OFF)
    new = [line for hunk in hunks for line in split_tags(hunk.lines)[1]]
    return Replacement(reply.number(), path, (), tuple(new))


def _is_cut_off(reply: Reply, hunk: Hunk) -> bool:
    return hunk.is_short and reply.fence is not None and reply.next_text(hunk.stop) == len(reply.lines)
