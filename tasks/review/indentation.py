"""Gives suggested lines the indentation that they lost on their way, or names the choices. Pure."""

from collections.abc import Sequence

from tasks.patch.indent import find_shift, indent_of, reindent
from tasks.review.suggested import Lines

Readings = tuple[Lines, ...]
"""What lines may have been meant to be."""


def indentations(lines: Lines, replaced: Lines) -> Readings:
    """Return what lines may have looked like before their indentation was changed by mistake.

    Less indentation than the replaced lines have, or more, may be what is meant; none at all, or another sign for it,
    is not.
    """
    if not _texts(lines) or not _texts(replaced):
        return (lines,)
    mine, theirs = _common(lines), _common(replaced)
    if mine == theirs:
        return (lines, *_first_restored(lines, replaced))
    if not mine:
        kept = [indent_of(line) for line in replaced if line.strip() == _first(lines).strip()]
        lost = dict.fromkeys((theirs, indent_of(_first(replaced)), *kept))
        return (*(added for indent in lost for added in _added(lines, indent)), *_first_restored(lines, replaced))
    if ("\t" in mine) != ("\t" in theirs) and theirs:
        return _shifted(lines, _same_lines(lines, replaced) or [(mine, theirs)])
    is_about_indentation = _texts(lines) == _texts(replaced)
    return (lines, *(() if is_about_indentation else _shifted(lines, _same_lines(lines, replaced))))


def _first_restored(lines: Lines, replaced: Lines) -> Readings:
    """Return the lines with the first alone moved back, for a text that is stripped as a whole loses no more."""
    mine, lost = _first(lines), indent_of(_first(replaced))
    at = lines.index(mine)
    rest = [line for line in lines[at + 1 :] if line.strip()]
    is_possible = lost and not indent_of(mine) and rest and all(line.startswith(_common(replaced)) for line in rest)
    return ((*lines[:at], lost + mine, *lines[at + 1 :]),) if is_possible else ()


def _added(lines: Lines, lost: str) -> Readings:
    """Return the lines with more indentation; nothing where their own is not made of the same sign."""
    own = {indent_of(line) for line in lines if line.strip()} - {""}
    if "\t" in lost and any(" " in indent for indent in own):
        lines = next(iter(_shifted(lines, [(min(own, key=len), "\t")])), ())
    elif "\t" not in lost and any("\t" in indent for indent in own):
        return ()
    return (tuple(lost + line if line.strip() else line for line in lines),) if lines else ()


def _same_lines(lines: Lines, replaced: Lines) -> list[tuple[str, str]]:
    """Pair the lines that are the same but for their indentation and stand once on both sides."""
    mine, theirs = ([line.strip() for line in side] for side in (lines, replaced))
    return [
        (lines[at], replaced[theirs.index(text)])
        for at, text in enumerate(mine)
        if text and mine.count(text) == 1 and theirs.count(text) == 1
    ]


def _shifted(lines: Lines, pairs: Sequence[tuple[str, str]]) -> Readings:
    """Return the lines moved by the one rule that takes the first of each pair to the second; nothing without one."""
    # Indentation alone counts; a dot stands for the text, because lines without text show nothing.
    written, real = ([f"{indent_of(pair[side])}." for pair in pairs] for side in (0, 1))
    shift = find_shift(written, real) if pairs else None
    moved = [reindent(line, shift) for line in lines] if shift else []
    return (tuple(line for line in moved if line is not None),) if moved and None not in moved else ()


def _first(lines: Lines) -> str:
    return next(line for line in lines if line.strip())


def _texts(lines: Sequence[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]


def _common(lines: Sequence[str]) -> str:
    """Return the indentation that all lines with text have in common."""
    indents = [indent_of(line) for line in lines if line.strip()]
    common = min(indents, key=len, default="")
    while not all(indent.startswith(common) for indent in indents):
        common = common[:-1]
    return common
