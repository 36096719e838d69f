"""One file and the edits for it: the content as it will be, or why not."""

from collections.abc import Sequence

from tasks.patch.align import kept_lines
from tasks.patch.clutter import has_entities, is_escaped, is_numbered, unescape, unnumber
from tasks.patch.edits import Replacement, WholeFile
from tasks.patch.excerpt import check_elision, check_whole
from tasks.patch.formats.fences import has_fence_like
from tasks.patch.indent import reindent
from tasks.patch.match import Place, find_place, occurrences
from tasks.patch.nearest import nearest_lines
from tasks.patch.refusal import BlockRefused
from tasks.patch.text import Text


def rewrite(path: str, before: str | None, edit: WholeFile) -> str:
    """Return the new content of a file given as a whole, with the file's own line endings and final newline."""
    text = Text.of(before or "")
    lines = edit.lines
    if edit.labelled and text.lines[:1] != lines[:1]:
        lines = lines[1:]
    if is_escaped(lines, path) and not has_entities(before or ""):
        lines = unescape(lines)
    if has_fence_like(text.lines, edit.marker):
        raise BlockRefused(
            f"the file itself holds {edit.marker} lines; put a longer fence around it, or use SEARCH/REPLACE"
        )
    check_whole(lines, text.lines, path)
    if before is not None and lines == text.lines:
        return before
    return text.rewritten(lines).content


def replace_lines(path: str, before: str | None, edit: Replacement) -> str:
    """Return the content after one SEARCH/REPLACE block; the same content when the block is applied already."""
    if not any(line.strip() for line in edit.old):
        return _create(path, before, edit)
    text = Text.of(before or "")
    old, new = _without_clutter(path, before or "", edit)
    check_elision(new, {*old, *text.lines}, path)
    place = find_place(old, text.lines)
    if place is None:
        old, new = _without_blank_edges(old, new)
        place = find_place(old, text.lines)
    if place is None and is_numbered(old) and is_numbered(new):
        old, new = unnumber(old), unnumber(new)
        place = find_place(old, text.lines)
    if place is not None:
        return _put(text, place, old, new).content
    if _is_there_already(old, new, text.lines):
        return text.content
    first, nearest = nearest_lines(old, text.lines)
    raise BlockRefused("the SEARCH lines are not in the file", nearest=nearest, first_line=first)


def _create(path: str, before: str | None, edit: Replacement) -> str:
    text = Text.of(before or "")
    if any(line.strip() for line in text.lines):
        if edit.new == text.lines:
            return text.content
        raise BlockRefused(
            "the SEARCH is empty, which makes a new file, but the file exists; quote the lines to replace"
        )
    check_elision(edit.new, set(edit.old), path)
    return text.rewritten(edit.new).content


def _without_clutter(path: str, before: str, edit: Replacement) -> tuple[tuple[str, ...], tuple[str, ...]]:
    if is_escaped(edit.old + edit.new, path) and not has_entities(before):
        return unescape(edit.old), unescape(edit.new)
    return edit.old, edit.new


def _without_blank_edges(old: Sequence[str], new: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Take blank lines from both ends of the SEARCH, and from the REPLACE as many as it has there too."""
    written = [number for number, line in enumerate(old) if line.strip()]
    top, bottom = written[0], len(old) - 1 - written[-1]
    start, stop = 0, len(new)
    while start < min(top, stop) and not new[start].strip():
        start += 1
    while stop > start and len(new) - stop < bottom and not new[stop - 1].strip():
        stop -= 1
    return tuple(old[top : written[-1] + 1]), tuple(new[start:stop])


def _put(text: Text, place: Place, old: Sequence[str], new: Sequence[str]) -> Text:
    """Replace the lines at a place; lines that old and new share stay as the file has them, byte for byte.

    What the comparison overlooked in the old lines (trailing space, typographic quotes) is noise in the new ones too.
    """
    kept = kept_lines([place.loosen(line) for line in old], [place.loosen(line) for line in new])
    lines: list[str] = []
    ends: list[str] = []
    for number, line in enumerate(new):
        if number in kept:
            at = place.start + kept[number]
            lines.append(text.lines[at])
            ends.append(text.ends[at])
            continue
        moved = reindent(place.loosen(line), place.shift)
        if moved is None:
            raise BlockRefused(
                f'the indentation of "{line.strip()}" does not fit the file; copy the lines as they stand'
            )
        lines.append(moved)
        ends.append("")
    if _stands_around(lines, place, text.lines):
        return text
    return text.changed(
        (*text.lines[: place.start], *lines, *text.lines[place.stop :]),
        (*text.ends[: place.start], *ends, *text.ends[place.stop :]),
    )


def _stands_around(new: Sequence[str], place: Place, lines: Sequence[str]) -> bool:
    """Say whether the whole REPLACE stands round the found SEARCH: an insertion that was made already."""
    if len(new) <= place.stop - place.start:
        return False
    low = max(0, place.stop - len(new))
    near = lines[low : place.start + len(new)]
    return bool(occurrences(new, near))


def _is_there_already(old: Sequence[str], new: Sequence[str], lines: Sequence[str]) -> bool:
    """Say whether the REPLACE stands in the file in one place and says enough to be no accident."""
    telling = [line for line in new if line.strip() and line not in old] or [line for line in new if line.strip()][1:]
    if not telling:
        return False
    return len(occurrences([line.rstrip() for line in new], [line.rstrip() for line in lines])) == 1
