"""Changes of files, written down as their lines with the marks of a diff."""

from bot.diff import Change, FileDiff, Hunk, Kind, Line


def change(path: str, *marked: str) -> FileDiff:
    """Return the diff of a file from all its lines; each begins with " ", "+" or "-", as in a diff."""
    lines, old, new = [], 1, 1
    for text in marked:
        kind = Kind(text[0])
        lines.append(Line(kind, text[1:], old, new))
        old += kind is not Kind.ADDED
        new += kind is not Kind.REMOVED
    return FileDiff(path, path, Change.MODIFIED, (Hunk("", tuple(lines)),))


def new_file(path: str, text: str) -> FileDiff:
    """Return the diff that adds a whole file."""
    lines = tuple(Line(Kind.ADDED, line, 1, number) for number, line in enumerate(text.split("\n")[:-1], 1))
    return FileDiff(None, path, Change.ADDED, (Hunk("", lines),))
