"""Discussions of GitLab's about lines of a merge request, in our words."""

from collections.abc import Iterable, Iterator
from typing import Any

from bot.events import Account, Comment
from bot.forges.gitlab.parts import is_bot
from bot.review import Thread

_DOWN = "thumbsdown"  # its skin tones are called after it: "thumbsdown_tone1"


def as_thread(number: int, discussion: dict[str, Any], own: int, thumbs_down: Iterable[str] = ()) -> Thread:
    """Return a discussion as a conversation; `own` is our account's id.

    GitLab writes into discussions too, in the name of whoever pushed ("changed this line in version 2 of the diff"):
    nobody said that, so it is no comment.
    """
    notes = discussion["notes"]
    position = notes[0]["position"]
    resolvers = [note["resolved_by"] for note in notes if note.get("resolved_by")]
    people = [*(note["author"] for note in notes), *resolvers]
    return Thread(
        id=discussion["id"],
        path=position.get("new_path") or position.get("old_path") or "",
        line=position.get("new_line"),
        is_resolved=all(note.get("resolved", False) for note in notes if note.get("resolvable")),
        comments=tuple(as_comment(number, note) for note in notes if not note.get("system")),
        resolved_by=resolvers[0]["username"] if resolvers else "",
        thumbs_down=tuple(thumbs_down),
        us=next((person["username"] for person in people if person["id"] == own), ""),
    )


def as_comment(number: int, note: Any) -> Comment:
    """Return a note as a comment."""
    author = note["author"]["username"]
    return Comment(f"merge_requests/{number}/notes/{note['id']}", note["body"] or "", Account(author, is_bot(author)))


def thumbs_down(awards: Iterable[Any]) -> Iterator[str]:
    """Return the logins of those who put a thumb down, of all who awarded an emoji."""
    for award in awards:
        if str(award["name"]).startswith(_DOWN) and award.get("user"):
            yield award["user"]["username"]
