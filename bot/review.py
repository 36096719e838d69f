"""A review as we mean it: what is said, and where in the diff. The adapter puts it into its forge's words. Pure."""

import dataclasses
import re

from bot.diff import FileDiff, Place, Side
from bot.events import Comment


@dataclasses.dataclass(frozen=True, slots=True)
class Comparison:
    """What a pull request changes, by full shas.

    `base` is the commit where it left the branch that it goes to, `start` that branch's tip as the forge compared it,
    `head` its own last commit. `files` is the exact diff from `base` to `head`.
    """

    base: str
    start: str
    head: str
    files: tuple[FileDiff, ...]


@dataclasses.dataclass(frozen=True, slots=True)
class ReviewComment:
    """One thing that a review says: Markdown, at a place of the diff (see `bot.diff.place`).

    `suggestion` is what should stand there instead of the place's lines, without the last LF; empty deletes them.
    Only lines of the new file can be replaced: raises `ValueError` for a suggestion anywhere else.
    """

    place: Place
    body: str
    suggestion: str | None = None

    def __post_init__(self) -> None:
        """Refuse a suggestion for lines that the new file does not have."""
        if self.suggestion is not None and (self.place.last is None or self.place.side is not Side.NEW):
            raise ValueError("only lines of the new file can be replaced")


@dataclasses.dataclass(frozen=True, slots=True)
class Review:
    """One review: its summary and its comments, posted at once, so that people are told once.

    `compared` is what its places were computed from; a forge takes positions for that diff only.
    """

    compared: Comparison
    body: str
    comments: tuple[ReviewComment, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Thread:
    """A conversation at a place of a pull request; `line` counts in the new file, None where there is none.

    `resolved_by` is the login of whoever settled it, empty where the forge does not tell. `thumbs_down` are the logins
    of those who put a thumb down on its first comment; a forge may leave them out where that comment is not ours.
    `us` is our own account's login there, empty where nothing in the conversation is by us.
    """

    id: str
    path: str
    line: int | None
    is_resolved: bool
    comments: tuple[Comment, ...]
    resolved_by: str = ""
    thumbs_down: tuple[str, ...] = ()
    us: str = ""

    @property
    def is_ours(self) -> bool:
        """Return whether we began it."""
        return bool(self.us) and bool(self.comments) and self.comments[0].author.login == self.us

    @property
    def people(self) -> tuple[str, ...]:
        """Return the logins of the humans who spoke in it, each once: whoever is neither we nor a program."""
        others = [said.author for said in self.comments if said.author.login != self.us and not said.author.is_bot]
        return tuple(dict.fromkeys(author.login for author in others))

    @property
    def may_be_settled(self) -> bool:
        """Return whether we may settle it: it is ours, open, and no human ever spoke in it."""
        return self.is_ours and not self.is_resolved and not self.people


def suggestion_block(suggestion: str, info: str = "suggestion") -> str:
    """Return a suggestion as a code block that nothing in it can end; `info` tells the forge what to replace."""
    longest = max((len(run) for run in re.findall("`+", suggestion)), default=0)
    fence = "`" * max(3, longest + 1)
    content = f"{suggestion}\n" if suggestion else ""
    return f"{fence}{info}\n{content}{fence}"
