"""Cuts a source file into its functions, so that a search finds the place and not only the file."""

import ast
import re
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

WINDOW = 60  # lines of a chunk where a file defines nothing
LONGEST_LINE = 500  # a longer line is data; no definition starts on it

_DEFINITION = re.compile(
    r"(?P<indent>[ \t]{0,8})(?:(?:export|default|async|pub(?:\([a-z]*\))?|public|private|protected|static|abstract"
    r"|final|override)\s+){0,5}"
    r"(?:(?:def|class|func|function\*?|fn|interface|struct|enum|trait|impl|type|module|namespace)\s+"
    r"(?:\([^)]{0,120}\)\s*)?|(?:const|let|var)\s+(?=[\w$]+\s*(?::[^=]{0,120})?=\s*(?:async\s*)?(?:function|\(|\w+\s*=>)))"
    r"(?P<name>[A-Za-z_$][\w$]*)"
)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines `start` to `stop` of a file (from 1, both included); `symbol` is empty outside any definition."""

    symbol: str
    start: int
    stop: int


def cut(path: str, text: str) -> list[Chunk]:
    """Return the chunks of a file in their order; every line belongs to at most one."""
    lines = text.split("\n")
    if path.endswith((".py", ".pyi")):
        module = _parse(text)
        if module is not None:
            return list(_with_rests(_functions(module.body, ""), len(lines)))
    return list(_with_rests(_by_definition_lines(lines), len(lines)))


def _parse(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, MemoryError, RecursionError):  # other languages, other Pythons, hostile nesting
        return None


def _functions(body: Sequence[ast.stmt], outer: str) -> Iterator[Chunk]:
    """Yield functions and methods as `Class.method`, and what of a class stands before its first method."""
    for node in body:
        if isinstance(node, _Function):
            yield Chunk(outer + node.name, _first_line(node), node.end_lineno or node.lineno)
        elif isinstance(node, ast.ClassDef):
            inner = list(_functions(node.body, f"{outer}{node.name}."))
            end = inner[0].start - 1 if inner else node.end_lineno or node.lineno
            yield Chunk(outer + node.name, _first_line(node), max(end, node.lineno))
            yield from inner
        elif isinstance(node, ast.If | ast.Try):
            yield from _functions([*node.body, *node.orelse], outer)


def _first_line(node: _Function | ast.ClassDef) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])


def _by_definition_lines(lines: Sequence[str]) -> Iterator[Chunk]:
    """Yield one chunk from each line that looks like a definition to the next such line."""
    starts: list[tuple[int, str]] = []
    for number, line in enumerate(lines, start=1):
        match = _DEFINITION.match(line) if len(line) <= LONGEST_LINE else None
        if match:
            starts.append((number, match.group("name")))
    for (start, name), (following, _) in pairwise([*starts, (len(lines) + 1, "")]):
        yield Chunk(name, start, following - 1)


def _with_rests(chunks: Iterator[Chunk], total: int) -> Iterator[Chunk]:
    """Fill the lines between chunks with windows of their own."""
    line = 1
    for chunk in chunks:
        yield from _windows(line, chunk.start - 1)
        if chunk.stop >= line:
            yield Chunk(chunk.symbol, max(chunk.start, line), chunk.stop)
            line = chunk.stop + 1
    yield from _windows(line, total)


def _windows(first: int, last: int) -> Iterator[Chunk]:
    for start in range(first, last + 1, WINDOW):
        yield Chunk("", start, min(start + WINDOW - 1, last))
