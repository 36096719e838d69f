"""Finds the acceptance test in an issue: a Python block that asserts something."""

import ast

from markdown_it import MarkdownIt

_LANGUAGES = {"", "python", "py", "python3", "pytest"}


def asked_test(issue_body: str) -> str | None:
    """Return a pytest file made from the issue's first block of assertions or tests, or None.

    A block that defines tests is taken as it is; bare assertions become the body of one test, so that a
    missing name is a failing test and not a file that cannot be collected.
    """
    for token in MarkdownIt("commonmark").parse(issue_body):
        if token.type == "fence" and token.info.strip().lower() in _LANGUAGES:
            test = _as_test(token.content)
            if test is not None:
                return test
    return None


def _as_test(block: str) -> str | None:
    try:
        module = ast.parse(block)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    if any(_is_test(node) for node in module.body):
        return block
    # Only assertions of the block's own: one inside a proposed function is no test.
    if not any(isinstance(node, ast.Assert) for node in module.body):
        return None
    outside = [node for node in module.body if _must_stay_outside(node)]
    inside = [node for node in module.body if not _must_stay_outside(node)]
    body = "\n".join(ast.unparse(node) for node in inside)
    indented = "\n".join(f"    {line}" if line else "" for line in body.split("\n"))
    head = "".join(f"{ast.unparse(node)}\n" for node in outside)
    return f"{head}def test_as_asked():\n{indented}\n"


def _is_test(node: ast.stmt) -> bool:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return node.name.startswith("test")
    return isinstance(node, ast.ClassDef) and (node.name.startswith("Test") or node.name.endswith("Test"))


def _must_stay_outside(node: ast.stmt) -> bool:
    if not isinstance(node, ast.ImportFrom):
        return False
    return node.module == "__future__" or any(alias.name == "*" for alias in node.names)
