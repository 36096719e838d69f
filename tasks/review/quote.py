"""What lines a model may mean by a quote: it copies markers, line numbers and fences, and leaves lines out. Pure."""

import re
from collections.abc import Iterator, Sequence

from bot.diff import Kind, Side

_FENCE = re.compile(r"\s*(?:`{3,}|~{3,})[\w+-]*\s*")
_INLINE = re.compile(r"(`+)(.+?)\1", re.DOTALL)
_NUMBER = re.compile(r"\s*L?\d{1,6}(?:\s*[|:\u2502]\s?|\t|\s{1,2}(?=[+-])|\s)")
_SIGNED_NUMBER = re.compile(r"([+-])\s*\d{1,6}(?:\s*[|:\u2502]\s?|\s)")
_LEFT_OUT = re.compile(r"\s*(?:#|//|--|/\*)?\s*[\[(<]?\s*(?:\.\.\.|\u2026)\s*[\])>]?\s*(?:\*/)?\s*")
_OTHER = {Side.NEW: Kind.REMOVED, Side.OLD: Kind.ADDED}

Pieces = tuple[tuple[str, ...], ...]
"""Stretches of whole lines, between which lines may have been left out."""


def readings(quote: str, side: Side) -> Iterator[Pieces]:
    """Return what a quote may mean on one side of a diff, the plainest reading first, each once."""
    seen: set[Pieces] = set()
    for lines in _layers(_lines(quote), side):
        for pieces in ((tuple(lines),), _pieces(lines)):
            if pieces and all(pieces) and pieces not in seen:
                seen.add(pieces)
                yield pieces


def _layers(lines: Sequence[str], side: Side) -> Iterator[Sequence[str]]:
    """Return the lines as they are, then with one layer after the other taken off."""
    yield lines
    bare = _trimmed(_without_fence(lines))
    yield bare
    yield _of_side(bare, side)
    plain = _without_numbers(bare)
    yield plain
    yield _of_side(plain, side)


def _lines(quote: str) -> list[str]:
    return [line.removesuffix("\r") for line in quote.split("\n")]


def _trimmed(lines: Sequence[str]) -> Sequence[str]:
    """Drop empty lines at both ends; a quote of nothing else stays."""
    told = [at for at, line in enumerate(lines) if line.strip()]
    return lines[told[0] : told[-1] + 1] if told else lines[:1]


def _without_fence(lines: Sequence[str]) -> Sequence[str]:
    inner = [line for line in lines if not _FENCE.fullmatch(line)]
    text = "\n".join(inner).strip()
    match = _INLINE.fullmatch(text)
    return match[2].split("\n") if match else inner


def _without_numbers(lines: Sequence[str]) -> Sequence[str]:
    """Drop the numbers before the lines, where each that says something has one."""
    told = [line for line in lines if line.strip()]
    if all(_NUMBER.match(f"{line} ") for line in told):
        return [_NUMBER.sub("", f"{line} ", count=1)[:-1] if line.strip() else line for line in lines]
    if all(_SIGNED_NUMBER.match(f"{line} ") for line in told):
        return [_SIGNED_NUMBER.sub(r"\1", f"{line} ", count=1)[:-1] if line.strip() else line for line in lines]
    return lines


def _of_side(lines: Sequence[str], side: Side) -> Sequence[str]:
    """Read lines as those of a diff, where all of them can be: without markers, and without the other side's."""
    told = [line for line in lines if line]
    if not all(line[0] in "+- " for line in told) or not any(line[0] in "+-" for line in told):
        return lines
    return [line[1:] for line in lines if not line.startswith(_OTHER[side])]


def _pieces(lines: Sequence[str]) -> Pieces:
    """Part a quote where it says that lines were left out."""
    pieces: list[list[str]] = [[]]
    for line in lines:
        if _LEFT_OUT.fullmatch(line):
            pieces.append([])
        else:
            pieces[-1].append(line)
    return tuple(tuple(_trimmed(piece)) for piece in pieces if any(line.strip() for line in piece))
