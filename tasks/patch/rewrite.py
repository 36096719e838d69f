"""A file given as a whole: its new content, or why it cannot be believed to be whole."""

from collections.abc import Sequence

from tasks.patch.clutter import is_escaped, is_surely_escaped, unescape
from tasks.patch.edits import WholeFile
from tasks.patch.excerpt import check_whole, left_out, unwritten
from tasks.patch.formats.fences import has_fence_like
from tasks.patch.listing import unlisted
from tasks.patch.refusal import BlockRefused
from tasks.patch.text import Text
from tasks.patch.unelided import filled_in


def rewrite(path: str, text: Text, edit: WholeFile) -> Text:
    """Return the new content of a file given as a whole, with the file's own line endings and final newline."""
    lines = edit.lines
    if edit.labelled and text.lines[:1] != lines[:1]:
        lines = lines[1:]
    if is_escaped(lines) and _is_escape_of(lines, text.lines, path):
        lines = unescape(lines)
    lines = unlisted(lines, text.lines)
    if edit.marker in text.block and has_fence_like(text.lines, edit.marker) and not has_fence_like(lines, edit.marker):
        raise BlockRefused(
            f"the file itself holds {edit.marker} lines; put a longer fence around it, or use SEARCH/REPLACE"
        )
    if lines == text.lines:
        return text
    gaps = left_out(lines, text.lines, path)
    if gaps and text.lines:
        lines = tuple(filled_in(lines, text, gaps))
        gaps = left_out(lines, text.lines, path)
    if gaps:
        raise unwritten(lines[gaps[0]])
    check_whole(lines, text.lines, path)
    return text.rewritten(lines)


def _is_escape_of(lines: Sequence[str], old: Sequence[str], path: str) -> bool:
    """Say whether more of the escaped lines are in the file once their entities are the signs that they stand for."""
    known = set(old)
    escaped = [line for line in lines if "&" in line]
    as_written = sum(line in known for line in escaped)
    as_meant = sum(line in known for line in unescape(escaped))
    return as_meant > as_written or (as_meant == as_written and is_surely_escaped((), lines, path, "\n".join(old)))
