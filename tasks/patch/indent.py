"""Uniform differences in indentation between what a model wrote and what the file holds."""

from collections.abc import Callable, Iterator, Sequence

Shift = Callable[[str], str | None]
"""Maps a line's indentation as the model wrote it to the file's; None where the rule does not fit."""


def no_shift(indent: str) -> str:
    """Leave the indentation alone."""
    return indent


def find_shift(written: Sequence[str], real: Sequence[str]) -> Shift | None:
    """Find the one rule that turns the indentation of every written line into that of the real line, or None."""
    pairs = [(indent_of(one), indent_of(other)) for one, other in zip(written, real, strict=True) if one.strip()]
    if not pairs:
        return None
    return next((rule for rule in _rules(*pairs[0]) if all(rule(one) == other for one, other in pairs)), None)


def reindent(line: str, shift: Shift) -> str | None:
    """Give a line the indentation that the rule asks for; None where the rule does not fit."""
    if not line.strip():
        return line
    indent = indent_of(line)
    moved = shift(indent)
    return None if moved is None else moved + line[len(indent) :]


def indent_of(line: str) -> str:
    """Return the spaces and tabs that a line starts with."""
    return line[: len(line) - len(line.lstrip(" \t"))]


def _rules(written: str, real: str) -> Iterator[Shift]:
    if real.endswith(written):
        added = real[: len(real) - len(written)]
        yield lambda indent: added + indent
    if written.endswith(real):
        removed = written[: len(written) - len(real)]
        yield lambda indent: indent.removeprefix(removed) if indent.startswith(removed) else None
    for width in (2, 4, 8):
        yield _spaces_for_tabs(width)
        yield _tabs_for_spaces(width)


def _spaces_for_tabs(width: int) -> Shift:
    return lambda indent: indent.replace("\t", " " * width)


def _tabs_for_spaces(width: int) -> Shift:
    return lambda indent: indent.replace(" " * width, "\t")
