"""What Python's own parser says of a text. Pure."""

import ast
import re
import symtable
import warnings

# Of what another version reads: print statements, `except A, B:`, quotes in an f-string's own quotes, `type X = Y`.
_ANOTHER_VERSION = re.compile(r"invalid syntax|expected '[(:]'|f-string|multiple exception types|Missing parentheses")


def is_clean(source: str) -> bool:
    """Say whether Python reads a text; False also where it has doubts that are no matter of syntax."""
    if not source.strip(" \t\r\n"):
        return True
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # The same parser as ast.parse, at two thirds of its cost: no tree is made of Python's objects.
            symtable.symtable(source, "patch", "exec")
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        return False
    return True


def objection(source: str) -> tuple[str, int]:
    """Return what Python objects to and on which line, from 1 (0: on none); ("", 0) when it parses, or is too deep."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except SyntaxError as error:
        return error.msg, error.lineno or 0
    except ValueError as error:  # NUL bytes, lone surrogates
        return str(error), 0
    except (MemoryError, RecursionError):  # nested too deeply to judge
        return "", 0
    return "", 0


def may_be_another_version(said: str) -> bool:
    """Say whether an objection may come of the version of Python that runs this, not of the text."""
    return bool(_ANOTHER_VERSION.match(said))
