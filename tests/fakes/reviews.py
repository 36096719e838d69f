"""Reviews in memory: speaks the protocol, keeps what was said, places everything where it was asked to stand."""

import dataclasses
from collections.abc import Sequence

from bot.errors import RetryableError, UserError
from bot.events import Account, Comment, Repo
from bot.review import Comparison, Review, Thread

BOT = Account("codex-bot[bot]", is_bot=True)


@dataclasses.dataclass
class FakeReviews:
    """`compared` is what every pull request changes.

    `fail_before` and `fail_after` name methods that answer with an error, once per entry, before or after the write.
    """

    compared: Comparison = dataclasses.field(default_factory=lambda: Comparison("base", "start", "head", ()))
    given: list[tuple[int, Review]] = dataclasses.field(default_factory=list)
    talks: dict[str, tuple[int, Thread]] = dataclasses.field(default_factory=dict)
    calls: list[str] = dataclasses.field(default_factory=list)
    fail_before: list[str] = dataclasses.field(default_factory=list)
    fail_after: list[str] = dataclasses.field(default_factory=list)

    def _called(self, method: str) -> None:
        self.calls.append(method)
        if method in self.fail_before:
            self.fail_before.remove(method)
            raise RetryableError(f"{method}: 502")

    def _applied(self, method: str) -> None:
        if method in self.fail_after:
            self.fail_after.remove(method)
            raise RetryableError(f"{method}: time-out after the write")

    def speak(self, thread: str, login: str, body: str) -> None:
        """Let somebody answer in a conversation."""
        number, talk = self.talks[thread]
        said = Comment(f"{thread}-{len(talk.comments) + 1}", body, Account(login))
        self.talks[thread] = number, dataclasses.replace(talk, comments=(*talk.comments, said))

    def forget(self, comment_id: str) -> None:
        """Delete a comment of a conversation, as `delete_comment` of the forge does."""
        for id_, (number, talk) in self.talks.items():
            left = tuple(each for each in talk.comments if each.id != comment_id)
            self.talks[id_] = number, dataclasses.replace(talk, comments=left)

    def compare(self, repo: Repo, number: int) -> Comparison:
        return self.compared

    def find(self, repo: Repo, number: int, marker: str) -> str | None:
        self._called("find")
        found = (str(id_) for id_, (about, review) in enumerate(self.given, 1) if about == number)
        return next((id_ for id_ in found if marker in self.given[int(id_) - 1][1].body), None)

    def summaries(self, repo: Repo, number: int) -> Sequence[str]:
        return tuple(review.body for about, review in self.given if about == number)

    def submit(self, repo: Repo, number: int, review: Review) -> str:
        self._called("submit")
        self.given.append((number, review))
        for comment in review.comments:
            if comment.place.file and comment.place.last:
                id_ = f"thread-{len(self.talks) + 1}"
                said = (Comment(f"{id_}-1", comment.body, BOT),)
                file, last = comment.place.file, comment.place.last
                self.talks[id_] = number, Thread(id_, file.path, last.new, False, said, us=BOT.login)
        id_ = str(len(self.given))
        self._applied("submit")
        return id_

    def threads(self, repo: Repo, number: int) -> Sequence[Thread]:
        return tuple(thread for about, thread in self.talks.values() if about == number)

    def thread(self, repo: Repo, number: int, thread: str) -> Thread | None:
        return next((each for each in self.threads(repo, number) if each.id == thread), None)

    def reply(self, repo: Repo, number: int, thread: str, body: str) -> Comment:
        self._called("reply")
        talk = self._talk(number, thread)
        said = Comment(f"{thread}-{len(talk.comments) + 1}", body, BOT)
        self.talks[thread] = number, dataclasses.replace(talk, comments=(*talk.comments, said))
        self._applied("reply")
        return said

    def resolve(self, repo: Repo, number: int, thread: str) -> None:
        self._called("resolve")
        talk = self._talk(number, thread)
        self.talks[thread] = number, dataclasses.replace(talk, is_resolved=True, resolved_by=BOT.login)
        self._applied("resolve")

    def _talk(self, number: int, thread: str) -> Thread:
        about, talk = self.talks.get(thread, (0, None))
        if talk is None or about != number:
            raise UserError("Not Found")
        return talk
