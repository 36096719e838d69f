"""Shows the review beside its commit from its beginning to its end, whichever end that is."""

import contextlib
from collections.abc import Iterator

from bot.check import CheckReport, Conclusion, Status
from bot.errors import RetryableError, UserError
from tasks.commands.reviewing.verdict import CHECK, check_key
from tasks.commands.work import LeavingError, StoppedError, Work
from tasks.quoting import one_line

_GOING = "The pull request is being read."


class Beside:
    """The check of one review on the commit `head`."""

    def __init__(self, work: Work, head: str) -> None:
        self._work = work
        self._head = head

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Say that the review goes on, and let that not stand there when the work inside ends early."""
        self._say(Status.IN_PROGRESS, "Reading", _GOING)
        try:
            yield
        except LeavingError:
            raise  # another worker goes on at once
        except RetryableError:
            with contextlib.suppress(RetryableError):
                self._say(Status.QUEUED, "Waiting for a service to come back", _GOING)
            raise
        except StoppedError as stopped:
            self._say(Status.COMPLETED, f"Not reviewed: {stopped.state.value}", "", Conclusion.CANCELLED)
            raise
        except UserError as error:
            words = "\n\n".join(filter(None, [error.message, error.mend]))
            self._say(Status.COMPLETED, f"Not reviewed: {one_line(error.message)}", words, self._incomplete())
            raise

    def finish(self, report: CheckReport) -> None:
        """Show the end."""
        self._show(report)

    def _incomplete(self) -> Conclusion:
        return Conclusion.FAILURE if self._work.config.review.incomplete == "failure" else Conclusion.NEUTRAL

    def _say(self, status: Status, title: str, summary: str, conclusion: Conclusion | None = None) -> None:
        key = check_key(self._work.event.issue.number)
        self._show(CheckReport(CHECK, self._head, key, status, title, summary or title, conclusion))

    def _show(self, report: CheckReport) -> None:
        # A forge that lets us comment but show no check must not undo the review.
        with contextlib.suppress(UserError):
            self._work.publisher.check(report)
