"""Replies of a model in every format, and what becomes of one file under them."""

from collections.abc import Collection, Mapping

import pytest

from tasks.patch import PatchRefused, make_patch

PATH = "a.py"


def block(old: str, new: str, path: str = PATH) -> str:
    """Write a SEARCH/REPLACE block; an empty text is no line at all."""
    halves = [f"{text}\n" if text else "" for text in (old, new)]
    return f"{path}\n```\n<<<<<<< SEARCH\n{halves[0]}=======\n{halves[1]}>>>>>>> REPLACE\n```\n"


def diff(*rows: str, header: str = "@@ @@", path: str = PATH) -> str:
    """Write a unified diff of one hunk."""
    return "\n".join(["```diff", f"--- a/{path}", f"+++ b/{path}", header, *rows, "```", ""])


def envelope(*rows: str, path: str = PATH) -> str:
    """Write a Begin Patch envelope that updates one file."""
    return "\n".join(["*** Begin Patch", f"*** Update File: {path}", *rows, "*** End Patch", ""])


def whole(content: str, path: str = PATH) -> str:
    """Write a whole file."""
    return f"{path}\n````\n{content}````\n"


def applied(reply: str, before: str, path: str = PATH) -> tuple[str | None, tuple[str, ...]]:
    """Return what the file becomes, and what the first edit had to overlook."""
    patch = make_patch(reply, {path: before})
    assert set(patch.contents) <= {path}
    return patch.contents.get(path, before), tuple(patch.edits[0].loosened)


def becomes(reply: str, before: str, path: str = PATH) -> str | None:
    """Return what the file becomes."""
    return applied(reply, before, path)[0]


def is_done(reply: str, before: str, path: str = PATH) -> bool:
    """Say whether a reply is taken, and changes nothing."""
    return not make_patch(reply, {path: before}).contents


def refused(reply: str, files: Mapping[str, str] | str, unseen: Collection[str] = ()) -> PatchRefused:
    """Return the refusal of a reply; files may be the text of the only one."""
    with pytest.raises(PatchRefused) as caught:
        make_patch(reply, {PATH: files} if isinstance(files, str) else files, unseen)
    return caught.value


def reasons(reply: str, files: Mapping[str, str] | str) -> list[str]:
    """Return why the blocks of a reply are refused."""
    return [block.reason for block in refused(reply, files).refused]
