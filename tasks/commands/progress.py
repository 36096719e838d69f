"""Tells the asker how far a job is: one comment, edited as steps finish."""

import contextlib
import time
from collections.abc import Iterator, Sequence

from bot.errors import RetryableError, UserError
from tasks.commands.templates import render
from tasks.commands.work import LeavingError, StoppedError
from tasks.publish import Publisher

LEAST_SECONDS_BETWEEN_EDITS = 2.0


class Progress:
    """The checklist of one job. A forge that is away for a moment does not stop the work: the next edit tells all."""

    def __init__(
        self,
        publisher: Publisher,
        *,
        asker: str,
        command: str,
        steps: Sequence[str],
        job: int,
        is_shown: bool = True,
    ) -> None:
        """Tell of one job; nothing is told with `is_shown` False, for a job that nobody asked for."""
        self._publisher = publisher
        self._is_shown = is_shown
        self._values = {"asker": asker, "command": command, "job": job}
        self._note = ""
        self._steps = list(steps)
        self._done = 0
        self._detail = ""
        self._shown_at = 0.0

    def begin(self) -> None:
        """Show the checklist; unlike later edits, this one must succeed."""
        self._tell(self._body())
        self._shown_at = time.monotonic()

    @contextlib.contextmanager
    def shown(self) -> Iterator[None]:
        """Begin, and let the checklist not go on promising when the work inside ends early."""
        self.begin()
        try:
            yield
        except LeavingError:
            raise  # another worker goes on at once: nothing to tell
        except RetryableError:
            self.wait()
            raise
        except StoppedError as stopped:
            self.conclude(render("stopped.md.j2", **self._values, state=stopped.state.value))
            raise
        except UserError as error:
            self.conclude(render("ended.md.j2", **self._values, message=error.message))
            raise

    def note(self, text: str) -> None:
        """Add a word to the last line from the next edit on, such as the model's name."""
        self._note = text

    def finish_step(self, wording: str = "") -> None:
        """Tick the current step, worded by what it found out; shown at once, as the next one may take minutes."""
        if wording:
            self._steps[self._done] = wording
        self._done += 1
        self._detail = ""
        self._show()

    def detail(self, text: str) -> None:
        """Say where inside the current step the work is."""
        self._detail = text
        if time.monotonic() - self._shown_at >= LEAST_SECONDS_BETWEEN_EDITS:
            self._show()

    def conclude(self, body: str) -> None:
        """Put the result in the checklist's place."""
        self._tell(body)

    def wait(self) -> None:
        """Say that the job waits for something; if that is the forge itself, nobody can be told."""
        with contextlib.suppress(RetryableError):
            self._tell(render("waiting.md.j2", **self._values))

    def _show(self) -> None:
        self._shown_at = time.monotonic()
        with contextlib.suppress(RetryableError):
            self._tell(self._body())

    def _tell(self, body: str) -> None:
        if self._is_shown:
            self._publisher.status(body)

    def _body(self) -> str:
        return render(
            "progress.md.j2",
            **self._values,
            note=self._note,
            steps=[(index < self._done, text) for index, text in enumerate(self._steps)],
            number=min(self._done + 1, len(self._steps)),
            detail=self._detail,
        )
