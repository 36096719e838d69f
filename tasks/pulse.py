"""The heartbeat of one attempt: keeps its lease alive and knows why the work must stop."""

import logging
import threading
import time
from collections.abc import Callable
from typing import Self

from bot.errors import LeaseLostError, RetryableError
from bot.ledger import Job, JobState, Lease, Ledger
from tasks.commands.work import CANCELLED, LEAVING, LOST, SUPERSEDED

_REASONS = {JobState.CANCELLED: CANCELLED, JobState.SUPERSEDED: SUPERSEDED}

_log = logging.getLogger(__name__)


class Pulse:
    """Renews a job's lease from a thread while its context is open; times in seconds."""

    def __init__(
        self,
        ledger: Ledger,
        job: Job,
        *,
        lease_seconds: float,
        heartbeat_seconds: float,
        job_seconds: float,
        leaving: Callable[[], bool],
        beating: Callable[[], None],
    ) -> None:
        self._ledger = ledger
        self._lease = Lease(job.id, job.fence)
        self._lease_seconds = lease_seconds
        self._heartbeat_seconds = heartbeat_seconds
        self._job_seconds = job_seconds
        self._deadline = time.monotonic() + job_seconds
        self._leaving = leaving
        self._beating = beating
        self._over, self._lost = threading.Event(), threading.Event()
        # Asked of a worker that died before it could do it.
        self._asked = JobState.CANCELLED if job.cancelled_by else JobState.SUPERSEDED if job.superseded_by else None
        self._thread = threading.Thread(target=self._beat, name=f"pulse-{job.id}", daemon=True)

    def __enter__(self) -> Self:
        """Begin to beat."""
        self._thread.start()
        return self

    def __exit__(self, *_error: object) -> None:
        """Beat no more."""
        self._over.set()
        self._thread.join()

    def stopped(self) -> str | None:
        """Say why the work must stop, or return None."""
        if self._lost.is_set():
            return LOST
        if self._asked is not None:
            return _REASONS[self._asked]
        if self._leaving():
            return LEAVING
        if time.monotonic() > self._deadline:
            return f"it took longer than {self._job_seconds:.0f} s"
        return None

    def _beat(self) -> None:
        try:
            while not self._over.wait(self._heartbeat_seconds):
                self._beat_once()
        except LeaseLostError:
            pass
        finally:
            self._lost.set()  # even if a bug of ours ended the pulse: without one, the lease will not hold

    def _beat_once(self) -> None:
        self._beating()
        try:
            self._asked = self._ledger.heartbeat(self._lease, lease_seconds=self._lease_seconds) or self._asked
        except RetryableError as error:
            _log.warning("job %s: heartbeat missed: %s", self._lease.job_id, error)
