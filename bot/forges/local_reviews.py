"""Reviews of a repository on this machine: kept in memory, shown in the forge's Markdown file."""
# ruff: noqa: ARG002 - there is one repository here, so nobody needs to look which one is meant

import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from bot.diff import Place, Side
from bot.errors import UserError
from bot.events import Account, Comment, PullRequest, Repo
from bot.forges.git_compare import compare_here
from bot.forges.review_text import comment_body, summary
from bot.review import Comparison, Review, Thread

BOT = Account("codex-bot", is_bot=True)
_LONGEST = 1_000_000  # characters; nobody refuses more here, but nobody reads it either


@dataclasses.dataclass(frozen=True, slots=True)
class _Talk:
    """A conversation, and which review of which pull request it belongs to."""

    number: int
    review: str
    where: str
    thread: Thread


class LocalReviews:
    """What is said about the pull requests of one `LocalForge`.

    `pull` finds one of them by its number, `changed` is called after every act.
    """

    __slots__ = ("_changed", "_pull", "_repository", "_said", "_talks")

    def __init__(self, repository: Path, pull: Callable[[int], PullRequest], changed: Callable[[], None]) -> None:
        self._repository = repository
        self._pull = pull
        self._changed = changed
        self._said: dict[str, tuple[int, str]] = {}  # review -> pull request and summary
        self._talks: dict[str, _Talk] = {}

    def compare(self, repo: Repo, number: int) -> Comparison:
        """Return what the pull request changes, as git compares it."""
        pull = self._pull(number)
        return compare_here(self._repository, f"refs/heads/{pull.base}", f"refs/heads/{pull.head}")

    def find(self, repo: Repo, number: int, marker: str) -> str | None:
        """Return the id of the oldest review whose summary contains `marker`."""
        found = (id_ for id_, (about, body) in self._said.items() if about == number and marker in body)
        return next(found, None)

    def summaries(self, repo: Repo, number: int) -> Sequence[str]:
        """Return the summaries of all reviews, the oldest first."""
        return tuple(body for about, body in self._said.values() if about == number)

    def submit(self, repo: Repo, number: int, review: Review) -> str:
        """Post a review; what stands on a file or nowhere goes into the summary."""
        self._pull(number)
        id_ = str(len(self._said) + 1)
        folded = [comment for comment in review.comments if comment.place.last is None]
        self._said[id_] = number, summary(review.body, folded, limit=_LONGEST)
        for comment in review.comments:
            if comment.place.file is not None and comment.place.last is not None:
                body = comment_body(comment, limit=_LONGEST)
                line = comment.place.last.new if comment.place.side is Side.NEW else None
                said = Comment(self._next_comment(), body, BOT)
                path = comment.place.file.path
                thread = Thread(said.id, path, line, is_resolved=False, comments=(said,), us=BOT.login)
                self._talks[thread.id] = _Talk(number, id_, _where(comment.place), thread)
        self._changed()
        return id_

    def threads(self, repo: Repo, number: int) -> Sequence[Thread]:
        """Return the conversations about lines, the oldest first."""
        return tuple(talk.thread for talk in self._talks.values() if talk.number == number)

    def thread(self, repo: Repo, number: int, thread: str) -> Thread | None:
        """Return one of the conversations, or None when there is none of that name."""
        return next((each for each in self.threads(repo, number) if each.id == thread), None)

    def reply(self, repo: Repo, number: int, thread: str, body: str) -> Comment:
        """Answer in one of the conversations."""
        talk = self._talk(number, thread)
        said = Comment(self._next_comment(), body, BOT)
        self._keep(talk, dataclasses.replace(talk.thread, comments=(*talk.thread.comments, said)))
        return said

    def resolve(self, repo: Repo, number: int, thread: str) -> None:
        """Mark a conversation as settled; one that is settled already is no error."""
        talk = self._talk(number, thread)
        self._keep(talk, dataclasses.replace(talk.thread, is_resolved=True, resolved_by=BOT.login))

    def sections(self) -> Iterator[str]:
        """Return everything that was said, as Markdown."""
        for id_, (number, body) in self._said.items():
            yield f"## Review {id_} of pull request {number}\n\n{body}"
            for talk in self._talks.values():
                if talk.review == id_:
                    settled = " (settled)" if talk.thread.is_resolved else ""
                    yield f"### {talk.where}{settled}"
                    yield from (comment.body for comment in talk.thread.comments)

    def _talk(self, number: int, thread: str) -> _Talk:
        talk = self._talks.get(thread)
        if talk is None or talk.number != number:
            raise UserError(f"There is no conversation {thread}.", mend="Look which ones there are.")
        return talk

    def _keep(self, talk: _Talk, thread: Thread) -> None:
        self._talks[thread.id] = dataclasses.replace(talk, thread=thread)
        self._changed()

    def _next_comment(self) -> str:
        return str(1 + sum(len(talk.thread.comments) for talk in self._talks.values()))


def _where(place: Place) -> str:
    if place.file is None or place.first is None or place.last is None:
        return "Everywhere"
    first, last = place.first.number(place.side), place.last.number(place.side)
    path = place.file.path.replace("`", "'").encode("utf-8", "replace").decode()
    of = "" if place.side is Side.NEW else " of the old file"
    return f"`{path}`, line {first}{of}" if first == last else f"`{path}`, lines {first} to {last}{of}"
