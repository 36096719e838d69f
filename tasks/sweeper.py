"""Finds jobs that no hint leads to any more and wakes a worker for them."""

import contextlib
import dataclasses
import logging
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from bot.errors import RetryableError
from bot.hints import Hints
from bot.ledger import Ledger

_log = logging.getLogger(__name__)


@dataclasses.dataclass(slots=True)
class Chore:
    """Something that is done now and then: at once, and every `seconds` after that."""

    act: Callable[[], object]
    seconds: float
    due_at: float = 0.0

    def do_if_due(self) -> None:
        """Do it if its time has come; one that fails is done again in the next round."""
        if time.monotonic() >= self.due_at:
            self.act()
            self.due_at = time.monotonic() + self.seconds


def sweep_once(ledger: Ledger, hints: Hints) -> int:
    """Send a hint for every job that is due; return how many. Does nothing while hints still wait to be taken."""
    due = ledger.due()
    # Workers that are away or busy take no hints: more of them would only pile up.
    if not due or hints.waiting() > 0:
        return 0
    return sum(hints.send(job_id) for job_id in due)


def sweep_for_ever(
    ledger: Ledger,
    hints: Hints,
    *,
    seconds: float,
    wait: Callable[[float], bool],
    alive: Path,
    chores: Sequence[Chore] = (),
) -> None:
    """Sweep every `seconds`, with jitter, until `wait` returns True, and do the `chores` that are due.

    The file `alive` is touched in every round, also while the ledger is away.
    """
    while not wait(seconds * random.uniform(0.8, 1.2)):  # noqa: S311  # jitter
        with contextlib.suppress(OSError):  # a full disk must not keep anybody from sweeping
            alive.touch()
        try:
            sent = sweep_once(ledger, hints)
            for chore in chores:
                chore.do_if_due()
        except RetryableError as error:
            _log.warning("sweep skipped: %s", error)
            continue
        if sent:
            _log.info("woke workers for %s forgotten jobs", sent)
