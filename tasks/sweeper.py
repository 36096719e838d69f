"""Finds jobs that no hint leads to any more and wakes a worker for them."""

import contextlib
import logging
import random
import time
from collections.abc import Callable
from pathlib import Path

from bot.errors import RetryableError
from bot.hints import Hints
from bot.ledger import Ledger

PURGE_SECONDS = 3600.0

_log = logging.getLogger(__name__)


def sweep_once(ledger: Ledger, hints: Hints) -> int:
    """Send a hint for every job that is due; return how many. Does nothing while hints still wait to be taken."""
    due = ledger.due()
    # Workers that are away or busy take no hints: more of them would only pile up.
    if not due or hints.waiting() > 0:
        return 0
    return sum(hints.send(job_id) for job_id in due)


def sweep_for_ever(ledger: Ledger, hints: Hints, *, seconds: float, wait: Callable[[float], bool], alive: Path) -> None:
    """Sweep every `seconds`, with jitter, until `wait` returns True; forget old deliveries now and then.

    The file `alive` is touched in every round, also while the ledger is away.
    """
    purge_at = time.monotonic()
    while not wait(seconds * random.uniform(0.8, 1.2)):  # noqa: S311  # jitter
        with contextlib.suppress(OSError):  # a full disk must not keep anybody from sweeping
            alive.touch()
        try:
            sent = sweep_once(ledger, hints)
            if time.monotonic() >= purge_at:
                ledger.purge()
                purge_at = time.monotonic() + PURGE_SECONDS
        except RetryableError as error:
            _log.warning("sweep skipped: %s", error)
            continue
        if sent:
            _log.info("woke workers for %s forgotten jobs", sent)
