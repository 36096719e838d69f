"""What is known of a pull request from earlier reviews, and what becomes of it after this one."""

from collections.abc import Sequence

from bot.events import Permission
from bot.memory import KeptFinding
from bot.review import Thread
from tasks.commands.reviewing.examine import Change, Examined
from tasks.commands.work import Work
from tasks.review.carry import Answers, Look, answer
from tasks.review.markers import recovered
from tasks.review.signs import Dismissal, dismissals
from tasks.review.whereabouts import Head


class Memory:
    """The earlier findings of the pull request that a job is about, from the ledger and from what the forge shows."""

    def __init__(self, work: Work) -> None:
        self._work = work
        self._may: dict[str, bool] = {}
        repo, number, reviews = work.event.repo, work.event.issue.number, work.forge.reviews
        self.threads: Sequence[Thread] = reviews.threads(repo, number)
        kept = work.ledger.known_findings(work.job.subject)
        # Of findings without a line only the summaries tell, if the ledger was lost.
        summaries = [] if kept else reviews.summaries(repo, number)
        self.known: Sequence[KeptFinding] = recovered(kept, self.threads, summaries)

    def answer(self, change: Change, examined: Examined, head: str) -> Answers:
        """Say of every earlier finding what became of it, and which of the new ones are to be told."""
        texts = change.texts([each.path for each in self.known])
        gaps = {each.path for each in examined.reading.skipped if each.is_gap}
        look = Look(
            head=Head(change.files, texts),
            sha=head,
            covered={file.path for file in change.files} - gaps,
            content=examined.content,
            fresh=change.fresh,
        )
        return answer(self.known, examined.findings, look, self._dismissed())

    def _dismissed(self) -> dict[str, Dismissal]:
        return dismissals(self.threads, self._may_write)

    def _may_write(self, login: str) -> bool:
        if login not in self._may:
            work = self._work
            self._may[login] = work.forge.permission(work.event.repo, login) >= Permission.WRITE
        return self._may[login]

    def settle(self, answers: Answers) -> None:
        """Settle the conversations about what is fixed or gone, if nobody but us spoke in them."""
        threads = {thread.id: thread for thread in self.threads}
        for kept in answers.over:
            thread = threads.get(kept.thread)
            if thread is not None and thread.may_be_settled:
                self._work.publisher.resolve_thread(thread.id, kept.fingerprint)
