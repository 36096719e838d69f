"""Whether a change newly breaks a file's syntax; Python only, with Python's own parser."""

import ast
import warnings
from pathlib import PurePosixPath

LARGEST = 1_000_000  # characters; the parser takes seconds beyond


def newly_broken(path: str, before: str | None, after: str) -> str:
    """Return what is wrong with `after` and on which line, or "" when it parses, or `before` did not either."""
    if PurePosixPath(path).suffix not in {".py", ".pyi"} or len(after) > LARGEST:
        return ""
    error = _syntax_error(after)
    if not error or (before is not None and _syntax_error(before)):
        return ""
    return error


def _syntax_error(source: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            ast.parse(source)
    except SyntaxError as error:
        line = f" on line {error.lineno}" if error.lineno else ""
        return f"{error.msg}{line}"
    except ValueError as error:  # NUL bytes
        return str(error)
    except (MemoryError, RecursionError):  # nested too deeply to judge
        return ""
    return ""
