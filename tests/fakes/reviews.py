"""Reviews in memory: speaks the protocol, keeps what was said, places everything where it was asked to stand."""

import dataclasses
from collections.abc import Sequence

from bot.errors import UserError
from bot.events import Account, Comment, Repo
from bot.review import Comparison, Review, Thread

BOT = Account("codex-bot[bot]", is_bot=True)


@dataclasses.dataclass
class FakeReviews:
    """`compared` is what every pull request changes."""

    compared: Comparison = dataclasses.field(default_factory=lambda: Comparison("base", "start", "head", ()))
    given: list[tuple[int, Review]] = dataclasses.field(default_factory=list)
    talks: dict[str, tuple[int, Thread]] = dataclasses.field(default_factory=dict)

    def compare(self, repo: Repo, number: int) -> Comparison:
        return self.compared

    def find(self, repo: Repo, number: int, marker: str) -> str | None:
        found = (str(id_) for id_, (about, review) in enumerate(self.given, 1) if about == number)
        return next((id_ for id_ in found if marker in self.given[int(id_) - 1][1].body), None)

    def submit(self, repo: Repo, number: int, review: Review) -> str:
        self.given.append((number, review))
        for comment in review.comments:
            if comment.place.file and comment.place.last:
                id_ = f"thread-{len(self.talks) + 1}"
                said = (Comment(f"{id_}-1", comment.body, BOT),)
                file, last = comment.place.file, comment.place.last
                self.talks[id_] = number, Thread(id_, file.path, last.new, False, said, us=BOT.login)
        return str(len(self.given))

    def threads(self, repo: Repo, number: int) -> Sequence[Thread]:
        return tuple(thread for about, thread in self.talks.values() if about == number)

    def thread(self, repo: Repo, number: int, thread: str) -> Thread | None:
        return next((each for each in self.threads(repo, number) if each.id == thread), None)

    def reply(self, repo: Repo, number: int, thread: str, body: str) -> Comment:
        talk = self._talk(number, thread)
        said = Comment(f"{thread}-{len(talk.comments) + 1}", body, BOT)
        self.talks[thread] = number, dataclasses.replace(talk, comments=(*talk.comments, said))
        return said

    def resolve(self, repo: Repo, number: int, thread: str) -> None:
        talk = self._talk(number, thread)
        self.talks[thread] = number, dataclasses.replace(talk, is_resolved=True, resolved_by=BOT.login)

    def _talk(self, number: int, thread: str) -> Thread:
        about, talk = self.talks.get(thread, (0, None))
        if talk is None or about != number:
            raise UserError("Not Found")
        return talk
