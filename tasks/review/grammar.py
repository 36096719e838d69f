"""Whether a suggestion leaves a file in better or worse order than it found it. Pure."""

from tasks.patch.syntax import LARGEST, knows, newly_broken


def is_worse(path: str, before: str, after: str) -> bool:
    """Say whether a change breaks a file's syntax.

    Where there is no grammar it never does; in a file that is too large to be read it always does, for nobody knows.
    """
    if not knows(path):
        return False
    return max(len(before), len(after)) > LARGEST or bool(newly_broken(path, before, after))
