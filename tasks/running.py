"""One attempt at one job: claim it, keep the lease alive, run its handler, and put every ending on record."""

import contextlib
import dataclasses
import logging
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from bot.errors import LeaseLostError, RetryableError, UserError
from bot.forges.protocol import Forge
from bot.intake import EVENT, require_permission
from bot.ledger import Job, Lease, Ledger
from tasks.commands.registry import Command
from tasks.commands.work import LEAVING, LOST, Hands, Work
from tasks.publish import Publisher
from tasks.quoting import one_line
from tasks.scratch import scratch_folder

MOST_ATTEMPTS = 5
MOST_LOST = 3  # attempts whose worker died; more of them means that the job itself kills workers
LONGEST_DELAY = 900.0  # seconds; likewise below
LONGEST_NAMED_DELAY = 3600.0  # no forge's budget takes longer to renew
LONGEST_OUTAGE = 24 * 3600.0

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Runner:
    """What one worker slot needs to run jobs. `worker` names it in the ledger; times in seconds."""

    ledger: Ledger
    connect: Callable[[str, str], Forge]
    hands: Hands
    commands: Mapping[str, Command]
    worker: str
    lease_seconds: float = 30.0
    heartbeat_seconds: float = 5.0
    job_seconds: float = 1800.0
    leaving: Callable[[], bool] = lambda: False

    def run(self, job_id: int) -> str | None:
        """Run a job if it is to be had; return its outcome, or None when there was nothing to do.

        A worker that is `leaving` starts nothing, and what it is doing is put back at the next step.
        """
        if self.leaving():
            return None
        job = self.ledger.claim(job_id, worker=self.worker, lease_seconds=self.lease_seconds)
        if job is None:
            return None
        lease = Lease(job.id, job.fence)
        _log.info("job %s (%s on %s): attempt %s", job.id, job.kind, job.subject, job.attempts)
        try:
            with self._pulse(lease) as stopped, scratch_folder() as folder:
                return self._attempt(job, lease, stopped, folder)
        except LeaseLostError:
            _log.warning("job %s: the lease is gone, leaving it to its new holder", job.id)
            return None

    @contextlib.contextmanager
    def _pulse(self, lease: Lease) -> Iterator[Callable[[], str | None]]:
        """Renew the lease from a thread; yield a function that says why the work must stop, or None."""
        over, lost = threading.Event(), threading.Event()
        deadline = time.monotonic() + self.job_seconds

        def beat() -> None:
            try:
                while not over.wait(self.heartbeat_seconds):
                    self._beat_once(lease)
            except LeaseLostError:
                pass
            finally:
                lost.set()  # even if a bug of ours ended the pulse: without one, the lease will not hold

        def stopped() -> str | None:
            if lost.is_set():
                return LOST
            if self.leaving():
                return LEAVING
            return f"it took longer than {self.job_seconds:.0f} s" if time.monotonic() > deadline else None

        thread = threading.Thread(target=beat, name=f"pulse-{lease.job_id}", daemon=True)
        thread.start()
        try:
            yield stopped
        finally:
            over.set()
            thread.join()

    def _beat_once(self, lease: Lease) -> None:
        try:
            self.ledger.heartbeat(lease, lease_seconds=self.lease_seconds)
        except RetryableError as error:
            _log.warning("job %s: heartbeat missed: %s", lease.job_id, error)

    def _attempt(self, job: Job, lease: Lease, stopped: Callable[[], str | None], folder: Path) -> str:
        try:
            outcome = self._handle(job, lease, stopped, folder)
        except LeaseLostError:
            raise
        except RetryableError as error:
            return self._wait(job, lease, error)
        except Exception as error:  # noqa: BLE001  # the worker must outlive every handler
            _log.exception("job %s failed", job.id)
            return self._try_again(job, lease, error)
        self.ledger.finish(lease, outcome=outcome)
        _log.info("job %s: %s", job.id, outcome)
        return outcome

    def _handle(self, job: Job, lease: Lease, stopped: Callable[[], str | None], folder: Path) -> str:
        event = EVENT.validate_json(job.event)
        try:
            forge = self.connect(job.forge, event.installation)
        except UserError as error:
            # Without a way in nobody can be told; whoever runs the bot can mend it, and the job waits for that.
            raise RetryableError(f"{error.message} {error.mend}") from error
        publisher = Publisher(self.ledger, lease, forge, event, job.dedupe_key)
        try:
            _refuse_killer(job)
            require_permission(forge, event)
            publisher.acknowledge()
            handler = self.commands.get(job.kind, self.commands["help"])
            return handler.run(Work(job, event, self.ledger, lease, forge, publisher, self.hands, folder, stopped))
        except UserError as error:
            publisher.reply("\n\n".join(filter(None, [f"**Not done:** {error.message}", error.mend])))
            return f"refused: {one_line(error.message)}"

    def _wait(self, job: Job, lease: Lease, error: RetryableError) -> str:
        """Put a job back that a service kept from going on; that costs no attempt.

        Each wait is about as long as all before it together, and after a day the job is given up.
        """
        cause = _cause(error)
        now = job.lease_until - self.lease_seconds
        waited = now - (job.started_at or now)
        if waited > LONGEST_OUTAGE:
            with contextlib.suppress(RetryableError):
                self._tell_end(job, lease, "something that it needs was away for a day")
            self.ledger.bury(lease, outcome=cause)
            return cause
        delay = min(LONGEST_DELAY, max(2.0, waited)) * random.uniform(0.5, 1.0)  # noqa: S311  # jitter
        named = min(LONGEST_NAMED_DELAY, error.retry_after or 0.0)
        self.ledger.release(lease, delay_seconds=max(delay, named), outcome=cause, counted=False)
        return cause

    def _try_again(self, job: Job, lease: Lease, error: Exception) -> str:
        """Put a job back that failed by itself, or give it up."""
        cause = _cause(error)
        if job.attempts < MOST_ATTEMPTS:
            ceiling = min(LONGEST_DELAY, 2.0**job.attempts)
            self.ledger.release(lease, delay_seconds=random.uniform(0, ceiling), outcome=cause)  # noqa: S311  # jitter
            return cause
        try:
            self._tell_end(job, lease, f"this failed {job.attempts} times")
        except RetryableError as away:
            return self._wait(job, lease, away)
        self.ledger.bury(lease, outcome=cause)
        return cause

    def _tell_end(self, job: Job, lease: Lease, reason: str) -> None:
        """Tell the asker that the job is given up, unless what broke the job breaks this as well."""
        note = (
            f"**Not done:** {reason}, and it will not be tried again by itself.\n\n"
            f"Whoever runs the bot sees the cause with `codex-bot jobs show {job.id}`."
        )
        try:
            event = EVENT.validate_json(job.event)
            forge = self.connect(job.forge, event.installation)
            Publisher(self.ledger, lease, forge, event, job.dedupe_key).reply(note)
        except (LeaseLostError, RetryableError):
            raise
        except Exception:  # noqa: BLE001  # a job that is given up must come to rest
            _log.exception("job %s: its end could not be told", job.id)


def _cause(error: Exception) -> str:
    return one_line(f"{type(error).__name__}: {error}")


def _refuse_killer(job: Job) -> None:
    if job.lost_attempts >= MOST_LOST:
        raise UserError(
            f"{job.lost_attempts} workers died while they worked on this",
            mend="Whoever runs the bot finds the cause in its log.",
        )
