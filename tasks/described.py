"""The bot's own part of a pull request's body: known to the letter as ours, put in, found again, replaced. Pure.

A body belongs to whoever wrote it. Markers alone prove nothing, as people copy and edit them; so the first one holds
the digest of what stands between them, and only what is as we wrote it is ever replaced.
"""

import hashlib
import re

_NAME = "codex-bot:described"
_BLOCK = re.compile(
    rf"(?s)<!-- {_NAME} (?P<digest>[0-9a-f]{{20}}) -->\r?\n(?P<inside>.*?)\r?\n<!-- /{_NAME} -->",
)
_MARKER = re.compile(rf"<!-- /?{_NAME}\b")


def with_block(body: str, inside: str) -> str:
    """Return a body that holds this as our part, in the place of the last one or, where there is none, at the end.

    Everything outside is kept byte for byte. Raises `ValueError` if `inside` holds a marker of ours.
    """
    if _MARKER.search(inside):
        raise ValueError("the part holds a marker of its own")
    block = f"<!-- {_NAME} {_digest(inside)} -->\n{inside}\n<!-- /{_NAME} -->"
    found = _last(body)
    if found is not None:
        return f"{body[: found.start()]}{block}{body[found.end() :]}"
    if not body:
        return block
    # An empty line before it, or a list or a paragraph of theirs would go on.
    gap = "\n" if body.endswith("\n") else "\n\n"
    return f"{body}{gap}{block}"


def without_block(body: str) -> str:
    """Return what people wrote: the body without our part."""
    found = _last(body)
    return body if found is None else f"{body[: found.start()]}{body[found.end() :]}".rstrip()


def _last(body: str) -> re.Match[str] | None:
    """Return the last part that stands as we wrote it."""
    starts = [marker.start() for marker in _MARKER.finditer(body)]
    for start in reversed(starts):
        found = _BLOCK.match(body, start)
        if found and found["digest"] == _digest(found["inside"]):
            return found
    return None


def _digest(inside: str) -> str:
    """Digest the words and their lines; forges may change how a line ends."""
    lines = [line.rstrip() for line in inside.replace("\r\n", "\n").split("\n")]
    return hashlib.sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:20]
