"""A file given as a whole: its new content, or why it cannot be believed to be whole."""

from tasks.patch.clutter import has_entities, is_escaped, unescape
from tasks.patch.edits import WholeFile
from tasks.patch.excerpt import check_elision, check_whole
from tasks.patch.formats.fences import has_fence_like
from tasks.patch.refusal import BlockRefused
from tasks.patch.text import Text
from tasks.patch.unelided import filled_in


def rewrite(path: str, text: Text, edit: WholeFile) -> Text:
    """Return the new content of a file given as a whole, with the file's own line endings and final newline."""
    lines = edit.lines
    if edit.labelled and text.lines[:1] != lines[:1]:
        lines = lines[1:]
    if is_escaped(lines) and not has_entities("\n".join(text.lines)):
        lines = unescape(lines)
    if has_fence_like(text.lines, edit.marker) and not has_fence_like(lines, edit.marker):
        raise BlockRefused(
            f"the file itself holds {edit.marker} lines; put a longer fence around it, or use SEARCH/REPLACE"
        )
    if lines == text.lines:
        return text
    if text.lines:
        lines = tuple(filled_in(lines, text.lines, path))
    check_elision(lines, set(text.lines), path)
    check_whole(lines, text.lines, path)
    return text.rewritten(lines)
