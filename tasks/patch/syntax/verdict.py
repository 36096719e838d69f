"""Whether a change newly breaks a file: by the lines around it where that is sure, else by both files as a whole. Pure.

Most changes break nothing, and few lines say so: see `statements`, `skeleton` and `sections`. All other files are read
whole, and only what the whole file says is held against a change.
"""

from tasks.patch.syntax.grammar import PYTHON, grammar_of
from tasks.patch.syntax.parts import is_clean, parts_are_clean
from tasks.patch.syntax.whole import fault_in_file, fault_in_python

LARGEST = 1_000_000  # characters; two such files take half a second


def newly_broken(path: str, before: str | None, after: str, untouched: tuple[int, int] = (0, 0)) -> str:
    """Return what is wrong with `after` and on which line, or "" where the change breaks nothing, or nobody can tell.

    `before` is None for a new file, which must parse. `untouched` are the characters at the top and at the end that
    are the same, as far as somebody knows. What was broken before may stay so, but may not get worse.
    Nothing is said of files without a grammar, nor of those with more than `LARGEST` characters. Never raises.
    """
    grammar = grammar_of(path)
    if not grammar or max(len(before or ""), len(after)) > LARGEST or before == after:
        return ""
    if before is not None and parts_are_clean(grammar, before, after, untouched):
        return ""
    if is_clean(grammar, after):
        return ""
    return (fault_in_python if grammar == PYTHON else fault_in_file)(path, before, after)
