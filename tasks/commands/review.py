"""Reviews a pull request: what is new in it is read, what was found before is answered, and all is said at once."""

from collections.abc import Callable, Mapping

from bot.diff import FileDiff
from bot.errors import RetryableError, UserError
from bot.memory import KeptReview
from bot.review import Comparison
from tasks.commands.progress import Progress
from tasks.commands.registry import command
from tasks.commands.reviewing.beside import Beside
from tasks.commands.reviewing.examine import Change, Examined, examine
from tasks.commands.reviewing.memory import Memory
from tasks.commands.reviewing.telling import Telling
from tasks.commands.work import Work
from tasks.context.checkout import check_out
from tasks.context.guidance import read_guidance
from tasks.model import Completion
from tasks.review.prompts import Brief
from tasks.review.report import Verdict
from tasks.review.scope import fresh, remember, to_read

STEPS = ("Look at the change", "Read it with tools and the model", "Say what was found")
PATIENCE = 600.0  # seconds that a review waits for a model that is away, before it says what it can without
_COMPLETE = {Verdict.CLEAN, Verdict.FINDINGS}


@command("review", help="review this pull request; what is already said is not said again")
def review(work: Work) -> str:
    """Compare, look, answer what was found before, say all at once; a push is read from where the last one ended."""
    if not work.event.issue.is_pull_request:
        raise UserError("`/codex review` works on pull requests, and this is an issue", mend="Ask on the pull request.")
    if not work.forge.issue(work.event.repo, work.event.issue.subject).is_open:
        raise UserError("this pull request is closed", mend="Open it again if it should still be reviewed.")
    if _is_automatic(work) and _trigger(work) not in work.config.review.automatic:
        return f"not reviewed: {_trigger(work)} is switched off"
    compared = work.forge.reviews.compare(work.event.repo, work.event.issue.number)
    past = work.ledger.reviewed(work.job.subject)
    if work.event.is_unasked and past and past.head == compared.head and past.verdict in _COMPLETE:
        return "not reviewed: this commit was"
    return _Story(work, compared, past).tell()


def _is_automatic(work: Work) -> bool:
    return work.event.kind == "pull_request"


def _trigger(work: Work) -> str:
    return "requested" if work.event.action == "review_requested" else work.event.action


class _Story:
    """One review, from the comparison to the verdict."""

    def __init__(self, work: Work, compared: Comparison, past: KeptReview | None) -> None:
        self.work = work
        self.compared = compared
        self.files = compared.files
        self.asked = 0
        # Whoever asks in words gets all of it read again; what was said is not said twice in any case.
        seen = past.lines if past and work.event.is_unasked else None
        self.added = fresh(self.files, seen)
        lines = None if seen is None else to_read(self.files, seen)
        self.change = Change(self.files, work.folder / "tree", lines)
        self.progress = Progress(
            work.publisher,
            asker=work.event.asker.login,
            command="review",
            steps=STEPS,
            job=work.job.id,
            is_shown=not work.event.is_unasked,
        )

    def tell(self) -> str:
        beside = Beside(self.work, self.compared.head)
        with self.progress.shown(), beside.shown():
            examined = self._examine()
            self.progress.finish_step()
            memory = Memory(self.work)
            answers = memory.answer(self.change, examined, self.compared.head)
            telling = Telling(self.work, self.compared, examined, answers)
            review_id = telling.publish()
            memory.settle(answers)
            # Whoever finds this review remembered reads nothing again: the check must have come to its end by then.
            beside.finish(telling.check())
            telling.keep(remember(self.files, unread=self._unread(examined)), review_id)
            self.progress.conclude(telling.last_word())
        return telling.outcome

    def _examine(self) -> Examined:
        work = self.work
        try:
            clone = work.forge.clone(work.event.repo)
            scratch, cancelled = work.folder, self._is_stopped
            check_out(clone, self.compared.head, self.change.tree, scratch=scratch, cancelled=cancelled)
            paths = [file.path for file in self.files]
            guidance = read_guidance(clone, self.compared.start, paths, scratch=scratch, cancelled=cancelled)
            self.progress.finish_step(f"Looked at {_count(self.files)}")
            issue = work.event.issue
            examined = examine(
                self.change,
                Brief(issue.title, issue.body, guidance, work.config.model.language),
                work.hands,
                work.config,
                once=self._ask,
                cancelled=cancelled,
                patient=work.waited < PATIENCE,
            )
        except RetryableError:
            work.check()  # which says why, if it was we who ended it
            raise
        work.check()
        return examined

    def _ask(self, name: str, make: Callable[[], Completion]) -> Completion:
        self.asked += 1
        self.progress.detail(f"question {self.asked} to the model")
        return self.work.complete_once(name, make)

    def _unread(self, examined: Examined) -> Mapping[str, frozenset[int]]:
        """Return the fresh lines that nobody came to; the next review begins with them."""
        gaps = {each.path for each in examined.reading.skipped if each.is_gap}
        return {path: lines for path, lines in self.added.items() if path in gaps}

    def _is_stopped(self) -> bool:
        return self.work.stopped() is not None


def _count(files: tuple[FileDiff, ...]) -> str:
    return "one file" if len(files) == 1 else f"{len(files)} files"
