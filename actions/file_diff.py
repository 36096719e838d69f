"""A change of one file as a diff that `git apply` takes."""

import difflib
from collections.abc import Iterator
from dataclasses import dataclass

NO_FILE = "/dev/null"


@dataclass(frozen=True, slots=True)
class Version:
    """A file before or after a change; only bit 0o100 of `mode` is told, as git does."""

    path: str
    content: str
    mode: int = 0o644


def file_diff(old: Version | None, new: Version | None) -> Iterator[str]:
    """Yield the lines of the diff; `old` is None for a new file, `new` for one that is deleted (not both)."""
    before, after = old or new, new or old
    if before is None or after is None:
        return
    # git reads a line of its own kind before each file, and needs it for an empty new one.
    yield f"diff --git {_quoted('a/' + before.path)} {_quoted('b/' + after.path)}\n"
    if old is None:
        yield f"new file mode {_mode(after)}\n"
    elif new is None:
        yield f"deleted file mode {_mode(before)}\n"
    elif old.path != new.path:
        yield f"rename from {_quoted(old.path)}\nrename to {_quoted(new.path)}\n"
    lines = difflib.unified_diff(
        split_lines(old.content if old else ""),
        split_lines(new.content if new else ""),
        _label("a/", old),
        _label("b/", new),
    )
    for line in lines:
        yield line if line.endswith("\n") else f"{line}\n\\ No newline at end of file\n"


def split_lines(content: str) -> list[str]:
    r"""Return the lines with their endings; only \n ends one."""
    lines = content.split("\n")
    last = lines.pop()
    return [line + "\n" for line in lines] + ([last] if last else [])


def _label(side: str, version: Version | None) -> str:
    if version is None:
        return NO_FILE
    name = _quoted(side + version.path)
    return name + "\t" if " " in name else name  # else what reads it takes the rest for a date


def _quoted(path: str) -> str:
    """Write a path as git does: in quotes where it holds one, or a backslash."""
    if '"' not in path and "\\" not in path:
        return path
    escaped = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _mode(version: Version) -> str:
    return "100755" if version.mode & 0o100 else "100644"
