"""What one job says about the diff of its pull request: one review, and words in the conversations of earlier ones."""

import contextlib
import dataclasses
import functools
from collections.abc import Callable
from typing import TYPE_CHECKING

from bot.errors import UserError
from bot.events import Event
from bot.forges.protocol import Forge
from bot.ledger import Lease
from bot.review import Review, Thread
from tasks.effects import Effects, mark
from tasks.quoting import cut

if TYPE_CHECKING:
    from bot.ledger import Ledger  # which would load SQLAlchemy, also for those who open no ledger


def at_once() -> None:
    """Wait for nothing."""


class Discussions:
    """Speaks for one attempt at a job, each thing exactly once; `key` names the request in every marker."""

    def __init__(
        self, ledger: "Ledger", lease: Lease, forge: Forge, event: Event, *, key: str, pace: Callable[[], None]
    ) -> None:
        self._ledger = ledger
        self._lease = lease
        self._effects = Effects(ledger, lease)
        self._pace = pace
        self._forge = forge
        self._repo = event.repo
        self._subject = event.issue.subject
        self.key = key

    def review(self, given: Review) -> str:
        """Give the job's one review of its pull request, or find the one that an earlier attempt gave; return its id.

        There is one for each head: an attempt that finds newer commits than the one before it has more to say.
        Its texts are defused already; the summary is cut. Left open: no forge takes a review back, so a worker that is
        frozen right before the write, for longer than its lease and the time a write gets, gives a second one.
        """
        name = f"review {given.compared.head[:12]}"
        marker = self._marker(name)
        marked = dataclasses.replace(given, body=f"{cut(given.body)}\n\n{marker}")
        reviews, number = self._forge.reviews, self._subject.number

        def create() -> str:
            self._pace()  # one act to the forges that count
            return reviews.submit(self._repo, number, marked)

        find = functools.partial(reviews.find, self._repo, number, marker)
        return self._effects.once(name, marker, find=find, create=create, for_good=True)[0]

    def answer_thread(self, thread: str, body: str, name: str) -> str:
        """Write the job's one answer of that `name` in a conversation; return its id, empty where it cannot be given.

        `name` is plain: letters, digits and single hyphens. Raises `UserError` never: a conversation that somebody
        deleted or locked must not undo the work that is told in it.
        """
        marker = self._marker(f"answer {name}")

        def find() -> str | None:
            found = self._thread(thread)
            ours = [each for each in found.comments if each.author.login == found.us] if found else []
            return next((each.id for each in ours if marker in each.body), None)

        def create() -> str:
            self._pace()
            text = f"{cut(body)}\n\n{marker}"
            with contextlib.suppress(UserError):
                return self._forge.reviews.reply(self._repo, self._subject.number, thread, text).id
            return ""

        def settle(mine: str) -> str:
            oldest = find() or mine
            if oldest != mine:
                self._forge.delete_comment(self._repo, mine)
            return oldest

        return self._effects.once(f"answer {name}", marker, find=find, create=create, settle=settle)[0]

    def resolve_thread(self, thread: str, name: str) -> bool:
        """Settle a conversation of ours, once; return whether it is settled by us.

        One in which a human spoke is left alone, and so is one that somebody opened again after we had settled it.
        """
        before = self._thread(thread)
        if before is None or not before.may_be_settled:
            return before is not None and before.is_resolved and before.resolved_by == before.us

        def create() -> str:
            with contextlib.suppress(UserError):
                self._forge.reviews.resolve(self._repo, self._subject.number, thread)
                return thread
            return ""

        what = f"resolve {name}"
        settled, made = self._effects.once(what, self._marker(what), find=lambda: None, create=create)
        return made and bool(settled)

    def _thread(self, thread: str) -> Thread | None:
        with contextlib.suppress(UserError):
            return self._forge.reviews.thread(self._repo, self._subject.number, thread)
        return None

    def _marker(self, what: str) -> str:
        return mark(self.key, what)
