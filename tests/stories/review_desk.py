"""One job that reviews a pull request, attempt after attempt, on a clock of the story's own."""

import dataclasses
import itertools
from collections.abc import Callable
from pathlib import Path

from fakes.breaking import KilledError

from bot.check import CheckReport, Conclusion, Status
from bot.errors import LeaseLostError, RetryableError
from bot.events import Account, Comment, Event, Issue, Repo
from bot.forges.protocol import Forge
from bot.intake import take_in
from bot.ledger import Lease, Ledger
from bot.review import Comparison, Review, ReviewComment
from stories.fresh_ledger import fresh_ledger
from stories.ledger import claimant
from tasks.discussions import at_once
from tasks.publish import Publisher

_FAILURES = (KilledError, RetryableError, LeaseLostError)
_WAIT = 25.0  # seconds: longer than a write gets to arrive, shorter than a lease


class ReviewDesk:
    """A ledger, and one request after the other for a review of pull request `number`."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        self._opened = fresh_ledger(folder)
        self.ledger = Ledger(self._opened._engine, lambda _connection: self.now)
        self._requests = itertools.count(1)

    def close(self) -> None:
        self._opened.close()

    def ask(self, repo: Repo, number: int, kind: str = "review") -> "Asked":
        """Take in one request."""
        request = next(self._requests)
        ann = Account("ann")
        event = Event(
            forge="github",
            guid=f"g-{repo.path}-{request}",
            kind="comment",
            action="created",
            repo=repo,
            issue=Issue(number, "T", "", ann, is_pull_request=True),
            comment=Comment(f"{5000 + request}", f"/codex {kind}", ann),
            sender=ann,
        )
        job_id = take_in(self.ledger, event, b"").job_id
        assert job_id
        return Asked(self, event, job_id)


@dataclasses.dataclass
class Asked:
    """One request and its job."""

    desk: ReviewDesk
    event: Event
    job_id: int

    def attempt(self, forge: Forge, *, ledger: Ledger | None = None, pace: Callable[[], None] = at_once) -> Publisher:
        """Claim the job as the next worker does once the last one is gone, and return what speaks for it."""
        job = self.desk.ledger.job(self.job_id)
        assert job is not None
        if job.fence:
            self.desk.now = max(self.desk.now, job.lease_until + 1)
        job = self.desk.ledger.claim(claimant("w"), self.job_id)
        assert job is not None
        used = ledger or self.desk.ledger
        return Publisher(used, Lease(job.id, job.fence), forge, self.event, job.dedupe_key, kind="review", pace=pace)

    def until_done(self, act: Callable[[Publisher], object], forge: Forge, ledger: Ledger | None = None) -> None:
        """Try until an attempt goes through."""
        for _ in range(6):
            publisher = self.attempt(forge, ledger=ledger)
            try:
                act(publisher)
            except _FAILURES:
                self.desk.now += _WAIT
            else:
                return
        raise AssertionError("nothing gets through any more")


def checked(sha: str) -> CheckReport:
    return CheckReport("codex review", sha, "key", Status.COMPLETED, "Two findings", "Text", Conclusion.NEUTRAL)


def given(compared: Comparison, *comments: ReviewComment) -> Review:
    return Review(compared, "Two things.", comments)
