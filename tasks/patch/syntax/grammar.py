"""Which grammar reads a file, and what it cannot make sense of, by tree-sitter; each is loaded when first needed."""

import importlib
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node, Parser

PYTHON = "tree_sitter_python"
JSON = "tree_sitter_json"
TOML = "tree_sitter_toml"
YAML = "tree_sitter_yaml"

_SUFFIXES = {
    "tree_sitter_bash": ".sh .bash",
    "tree_sitter_c": ".c .h",
    "tree_sitter_c_sharp": ".cs",
    "tree_sitter_cpp": ".cc .cpp .cxx .hh .hpp .hxx",
    "tree_sitter_css": ".css",
    "tree_sitter_go": ".go",
    "tree_sitter_java": ".java",
    "tree_sitter_javascript": ".js .jsx .mjs .cjs",
    JSON: ".json .jsonc",
    "tree_sitter_php:language_php": ".php",
    PYTHON: ".py .pyi .pyw",
    "tree_sitter_ruby": ".rb .rake .gemspec",
    "tree_sitter_rust": ".rs",
    TOML: ".toml",
    "tree_sitter_typescript:language_tsx": ".tsx",
    "tree_sitter_typescript:language_typescript": ".ts .mts .cts",
    YAML: ".yml .yaml",
}
_BY_SUFFIX = {suffix: grammar for grammar, suffixes in _SUFFIXES.items() for suffix in suffixes.split()}


@dataclass(frozen=True, slots=True)
class Flaw:
    """A place that a grammar cannot make sense of: its row (from 0), what it holds, and what is missing there."""

    row: int
    text: str
    missing: str = ""


def grammar_of(path: str) -> str:
    """Return the name of the grammar that reads a file, or "" where there is none."""
    return _BY_SUFFIX.get("." + path.rpartition(".")[2].lower(), "")


def knows(path: str) -> bool:
    """Say whether there is a grammar for the file."""
    return bool(grammar_of(path))


def is_clean(grammar: str, text: str) -> bool:
    """Say whether the grammar reads all of a text; cheaper than to list its flaws."""
    return not _root(grammar, text).has_error


def flaws(grammar: str, text: str) -> Sequence[Flaw]:
    """Return what the grammar cannot make sense of, in the text's order."""
    found, waiting = [], [_root(grammar, text)]
    while waiting:  # not by recursion: a text may be nested deeper than Python's stack
        node = waiting.pop()
        if node.is_error or node.is_missing:
            missing = node.type if node.is_missing else ""
            found.append(Flaw(node.start_point.row, (node.text or b"").decode("utf-8", "replace"), missing))
        waiting += [child for child in reversed(node.children) if child.has_error or child.is_missing]
    return found


class _Parsers(threading.local):
    """One parser a grammar and thread: a parser may be used by one thread at a time."""

    def __init__(self) -> None:
        self.by_grammar: dict[str, Parser] = {}


_PARSERS = _Parsers()


def _root(grammar: str, text: str) -> "Node":
    parser = _PARSERS.by_grammar.get(grammar)
    if parser is None:
        parser = _PARSERS.by_grammar[grammar] = _new_parser(grammar)
    return parser.parse(text.encode("utf-8", "replace")).root_node


def _new_parser(grammar: str) -> "Parser":
    module, _, function = grammar.partition(":")
    pointer = getattr(importlib.import_module(module), function or "language")()
    tree_sitter = importlib.import_module("tree_sitter")
    parser: Parser = tree_sitter.Parser(tree_sitter.Language(pointer))
    return parser
