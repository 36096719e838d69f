"""How many places of a file its language's grammar cannot make sense of, by tree-sitter. Pure."""

import functools
import importlib
from pathlib import PurePosixPath

from tree_sitter import Language, Node, Parser

from tasks.patch.syntax import newly_broken

LARGEST = 1_000_000  # characters; a fifth of a second

_GRAMMARS = {
    "tree_sitter_bash": ".sh .bash",
    "tree_sitter_c": ".c .h",
    "tree_sitter_c_sharp": ".cs",
    "tree_sitter_cpp": ".cc .cpp .cxx .hh .hpp .hxx",
    "tree_sitter_css": ".css",
    "tree_sitter_go": ".go",
    "tree_sitter_java": ".java",
    "tree_sitter_javascript": ".js .jsx .mjs .cjs",
    "tree_sitter_json": ".json",
    "tree_sitter_php:language_php": ".php",
    "tree_sitter_python": ".py .pyi .pyw",
    "tree_sitter_ruby": ".rb .rake .gemspec",
    "tree_sitter_rust": ".rs",
    "tree_sitter_toml": ".toml",
    "tree_sitter_typescript:language_tsx": ".tsx",
    "tree_sitter_typescript:language_typescript": ".ts .mts .cts",
    "tree_sitter_yaml": ".yml .yaml",
}
_BY_SUFFIX = {suffix: grammar for grammar, suffixes in _GRAMMARS.items() for suffix in suffixes.split()}


def knows(path: str) -> bool:
    """Say whether there is a grammar for the file."""
    return PurePosixPath(path).suffix.lower() in _BY_SUFFIX


def is_worse(path: str, before: str, after: str) -> bool:
    """Say whether a change leaves more errors of syntax in a file than there were.

    Where there is no grammar it never does; in a file that is too large to be read it always does, for nobody knows.
    """
    if not knows(path):
        return False
    if max(len(before), len(after)) > LARGEST:
        return True
    grammar = _BY_SUFFIX[PurePosixPath(path).suffix.lower()]
    # tree-sitter mends what it can, Python's own parser nothing: a lost indentation is seen by that one alone.
    return bool(newly_broken(path, before, after)) or _errors(grammar, after) > _errors(grammar, before)


@functools.lru_cache(maxsize=16)  # of one file several changes are tried, and its errors before are always the same
def _errors(grammar: str, text: str) -> int:
    root = Parser(_language(grammar)).parse(text.encode("utf-8", "replace")).root_node
    count, waiting = 0, [root]
    while waiting:
        node: Node = waiting.pop()
        count += node.is_error or node.is_missing
        waiting += [child for child in node.children if child.has_error or child.is_missing]
    return count


@functools.cache
def _language(grammar: str) -> Language:
    module, _, function = grammar.partition(":")
    return Language(getattr(importlib.import_module(module), function or "language")())
