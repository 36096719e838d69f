"""A reply as the formats read it: its edits, or the one block that cannot be used."""

from collections.abc import Sequence

from tasks.patch.edits import Edit, Replacement
from tasks.patch.formats import read_reply
from tasks.patch.refusal import RefusedBlock


def edits(reply: str, *paths: str) -> Sequence[Edit]:
    """Return the edits of a reply about some files; nothing of it may be refused."""
    reading = read_reply(reply.split("\n"), dict.fromkeys(paths, "a\nb\nd\n"))
    assert not reading.refused
    return reading.edits


def only(reply: str, *paths: str) -> Replacement:
    """Return the one edit of a reply."""
    (edit,) = edits(reply, *paths)
    assert isinstance(edit, Replacement)
    return edit


def refused(reply: str, *paths: str) -> RefusedBlock:
    """Return the one block of a reply that is refused."""
    (block,) = read_reply(reply.split("\n"), dict.fromkeys(paths, "a\nb\nd\n")).refused
    return block
