"""Writes drafts down as models do: one function a format, and what stands round a patch in a reply."""

from collections.abc import Callable, Sequence
from itertools import accumulate

from edits.changes import Draft, Hunk, Row, lines_of

SEARCH_REPLACE, UNIFIED, BEGIN_PATCH, WHOLE = "search/replace", "unified diff", "begin patch", "whole file"
FORMATS = (SEARCH_REPLACE, UNIFIED, BEGIN_PATCH, WHOLE)
MARKS = ("<<<<<<< SEARCH", "=======", ">>>>>>> REPLACE")
NO_NEWLINE = "\\ No newline at end of file"
LANGUAGES = {
    "py": "python",
    "md": "markdown",
    "sh": "bash",
    "css": "css",
    "html": "html",
    "json": "json",
    "toml": "toml",
    "yaml": "yaml",
    "j2": "jinja",
}

Heading = Callable[[Hunk], str | None]


def search_replace(draft: Draft, *, path: str = "", fence: str = "```", marks: Sequence[str] = MARKS) -> str:
    """Write SEARCH/REPLACE blocks; the fence belongs to each block, an empty one leaves it out."""
    head, middle, tail = marks
    blocks, opening = [], f"{fence}{language(draft.path)}"
    for hunk in draft.hunks:
        body = [head, *hunk.old, middle, *hunk.new, tail]
        blocks.append([path or draft.path, *([opening, *body, fence] if fence else body), ""])
    return "\n".join(line for block in blocks for line in block)


def unified(draft: Draft, *, path: str = "", heading: Heading | None = None, tag: str = " ") -> str:
    """Write a unified diff with right numbers; `heading` writes the line above a hunk otherwise, None: no line."""
    name = path or draft.path
    return "\n".join([f"--- a/{name}", f"+++ b/{name}", *unified_hunks(draft, heading or numbered, tag), ""])


def unified_hunks(draft: Draft, heading: Heading, tag: str = " ") -> list[str]:
    """Write the hunks alone, with the sign of a file whose last line has no end."""
    lines: list[str] = []
    before, after = draft.change.before, draft.change.after
    ends = (len(lines_of(before)), len(lines_of(after)))
    open_ends = (bool(before) and not before.endswith("\n"), bool(after) and not after.endswith("\n"))
    for hunk in draft.hunks:
        title = heading(hunk)
        lines += [] if title is None else [title]
        old_at = list(accumulate((row.sign != "+" for row in hunk.rows), initial=hunk.start))[1:]
        new_at = list(accumulate((row.sign != "-" for row in hunk.rows), initial=hunk.new_start))[1:]
        for row, old, new in zip(hunk.rows, old_at, new_at, strict=True):
            lines.append(tagged(row, tag))
            last_old = row.sign != "+" and old == ends[0] and open_ends[0]
            last_new = row.sign != "-" and new == ends[1] and open_ends[1]
            lines += [NO_NEWLINE] if last_old or last_new else []
    return lines


def tagged(row: Row, tag: str = " ") -> str:
    return (tag if row.sign == " " else row.sign) + row.text


def numbered(hunk: Hunk) -> str:
    """Write the line above a hunk as diff does: the first line and the count of both sides."""
    old, new = len(hunk.old), len(hunk.new)
    return f"@@ -{hunk.start + bool(old)},{old} +{hunk.new_start + bool(new)},{new} @@"


def begin_patch(draft: Draft, *, path: str = "", heading: Heading | None = None, tag: str = " ") -> str:
    """Write a patch between `*** Begin Patch` and `*** End Patch`."""
    return "\n".join(
        ["*** Begin Patch", *update_section(draft, path=path, heading=heading, tag=tag), "*** End Patch", ""]
    )


def update_section(draft: Draft, *, path: str = "", heading: Heading | None = None, tag: str = " ") -> list[str]:
    """Write the part of one file."""
    lines = [f"*** Update File: {path or draft.path}"]
    for hunk in draft.hunks:
        title = heading(hunk) if heading else "@@"
        lines += [] if title is None else [title]
        lines += [tagged(row, tag) for row in hunk.rows]
    return lines


def whole(draft: Draft, *, path: str = "", fence: str = "") -> str:
    """Write the whole file in a fence that is longer than any in it."""
    lines = lines_of(draft.change.after)
    marker = fence or longer_fence(lines)
    return "\n".join([path or draft.path, f"{marker}{language(draft.path)}", *lines, marker, ""])


def language(path: str) -> str:
    """Return the word that stands behind a fence for such a file."""
    return LANGUAGES.get(path.rpartition(".")[2], "")


def longer_fence(lines: Sequence[str]) -> str:
    runs = [len(bare) - len(bare.lstrip("`")) for bare in map(str.strip, lines)]
    return "`" * max(3, 1 + max(runs, default=0))


def fenced(patch: str, language: str = "diff", fence: str = "```") -> str:
    return f"{fence}{language}\n{patch}{fence}\n"


WRITERS: dict[str, Callable[..., str]] = {
    SEARCH_REPLACE: search_replace,
    UNIFIED: unified,
    BEGIN_PATCH: begin_patch,
    WHOLE: whole,
}
