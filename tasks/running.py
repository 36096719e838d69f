"""One attempt at one job: claim it, keep the lease alive, run its handler, and put every ending on record."""

import contextlib
import dataclasses
import logging
import random
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from bot.errors import ForgeAwayError, LeaseLostError, RefusalError, RetryableError, UserError
from bot.events import Event, Limit
from bot.forges.protocol import Forge
from bot.intake import EVENT, require_permission
from bot.ledger import Claimant, Job, JobState, Lease, Ledger
from tasks.commands.admission import admit, wants_silence
from tasks.commands.registry import Command
from tasks.commands.templates import render
from tasks.commands.work import Hands, LeavingError, StoppedError, Work
from tasks.publish import Publisher
from tasks.pulse import Pulse
from tasks.quoting import one_line
from tasks.scratch import scratch_folder

MOST_ERRORS = 5
MOST_LOST = 3  # attempts whose worker died; more of them means that the job itself kills workers
LONGEST_DELAY = 900.0  # seconds; likewise below
LONGEST_NAMED_DELAY = 3600.0  # no forge's budget takes longer to renew
LONGEST_OUTAGE = 24 * 3600.0
LONGEST_OUTCOME = 400  # characters of one that only whoever runs the bot can read
LONGEST_NAP = 5.0  # for the forge's sake; who has to wait longer gives the slot to another job

_log = logging.getLogger(__name__)


@dataclasses.dataclass(frozen=True, slots=True)
class Runner:
    """What one worker slot needs to run jobs. Times in seconds.

    `worker` names the slot in the ledger, `team` begins the names of all slots of its worker, which together run
    `team_jobs` at most. `limits` says what a forge takes from one installation in calls that create content.
    """

    ledger: Ledger
    connect: Callable[[str, str], Forge]
    hands: Hands
    commands: Mapping[str, Command]
    worker: str
    team: str = ""
    team_jobs: int = 1
    tenant_jobs: int = 4
    lease_seconds: float = 30.0
    heartbeat_seconds: float = 5.0
    job_seconds: float = 1800.0
    most_lost: int = MOST_LOST
    limits: Callable[[str], Sequence[Limit]] = lambda _forge: ()
    leaving: Callable[[], bool] = lambda: False
    beating: Callable[[], None] = lambda: None  # heard with every heartbeat of a job

    def run(self, only: int | None = None) -> str | None:
        """Run the next job, or `only` that one; return its outcome, or None when there was nothing to do.

        A worker that is `leaving` starts nothing, and what it is doing is put back at the next step.
        """
        if self.leaving():
            return None
        job = self.ledger.claim(self._claimant(), only)
        if job is None:
            return None
        lease = Lease(job.id, job.fence)
        _log.info("job %s (%s on %s): attempt %s", job.id, job.kind, job.subject, job.attempts)
        pulse = Pulse(
            self.ledger,
            job,
            lease_seconds=self.lease_seconds,
            heartbeat_seconds=self.heartbeat_seconds,
            job_seconds=self.job_seconds,
            leaving=self.leaving,
            beating=self.beating,
        )
        try:
            with pulse, scratch_folder() as folder:
                return self._attempt(job, lease, pulse.stopped, folder)
        except LeaseLostError:
            _log.warning("job %s: the lease is gone, leaving it to its new holder", job.id)
            return "left to another worker"

    def _claimant(self) -> Claimant:
        return Claimant(
            name=self.worker,
            team=self.team or self.worker,
            team_limit=self.team_jobs,
            tenant_limit=self.tenant_jobs,
            lease_seconds=self.lease_seconds,
        )

    def _attempt(self, job: Job, lease: Lease, stopped: Callable[[], str | None], folder: Path) -> str:
        try:
            if job.lost_attempts >= self.most_lost:
                return self._bury(job, lease, f"{job.lost_attempts} workers died while they worked on this")
            outcome = self._handle(job, lease, stopped, folder)
        except LeaseLostError:
            raise
        except LeavingError as leaving:
            self.ledger.release(lease, delay_seconds=0.0, outcome=str(leaving), counted=False)
            return str(leaving)
        except StoppedError as stop:
            return self._stop(lease, stop)
        except RetryableError as error:
            return self._stop_if_asked(lease) or self._wait(job, lease, error)
        except Exception as error:  # noqa: BLE001  # the worker must outlive every handler
            _log.exception("job %s failed", job.id)
            return self._stop_if_asked(lease) or self._try_again(job, lease, error)
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
        publisher = self._publisher(job, lease, forge, event, stopped)
        waited = job.lease_until - self.lease_seconds - (job.started_at or job.lease_until - self.lease_seconds)
        work = Work(job, event, self.ledger, lease, forge, publisher, self.hands, folder, stopped, waited=waited)
        try:
            require_permission(forge, event, job.kind)
            self._note_answer(job.forge)
            if not event.is_unasked:
                publisher.acknowledge()
            command = self.commands.get(job.kind, self.commands["help"])
            return command.run(work if command.free else admit(work, command.name))
        except UserError as error:
            if not (event.is_unasked or (isinstance(error, RefusalError) and wants_silence(work))):
                publisher.reply("\n\n".join(filter(None, [f"**Not done:** {error.message}", error.mend])))
                publisher.close_status(_last_word(job, event, error.message))
            return f"refused: {one_line(error.message)}"

    def _publisher(
        self, job: Job, lease: Lease, forge: Forge, event: Event, stopped: Callable[[], str | None]
    ) -> Publisher:
        scope = f"{job.forge}:{event.installation or job.tenant}"
        limits = self.limits(job.forge)

        def pace() -> None:
            while wait := self.ledger.spend(scope, limits):
                if wait > LONGEST_NAP or stopped() is not None:
                    raise RetryableError("the forge's limit for new content is reached", retry_after=wait)
                time.sleep(min(wait, 0.5))

        return Publisher(self.ledger, lease, forge, event, job.dedupe_key, kind=job.kind, round_=job.round, pace=pace)

    def _note_answer(self, forge: str) -> None:
        if self.ledger.failures(forge):
            self.ledger.forge_answered(forge)

    def _stop_if_asked(self, lease: Lease) -> str | None:
        """End a job that failed and that somebody asked to stop, instead of putting it back; return its outcome."""
        state = self.ledger.heartbeat(lease, lease_seconds=self.lease_seconds)
        return None if state is None else self._stop(lease, StoppedError(state))

    def _stop(self, lease: Lease, stop: StoppedError) -> str:
        job = self.ledger.job(lease.job_id)
        by = f" by {job.cancelled_by}" if job is not None and stop.state is JobState.CANCELLED else ""
        outcome = f"{stop.state.value}{by}"
        self.ledger.finish(lease, outcome=outcome, state=stop.state)
        return outcome

    def _wait(self, job: Job, lease: Lease, error: RetryableError) -> str:
        """Put a job back that a service kept from going on; that costs no attempt.

        Each wait is about as long as all before it together, and after a day the job is given up.
        """
        cause = _cause(error)
        now = job.lease_until - self.lease_seconds
        if isinstance(error, ForgeAwayError):
            self.ledger.forge_failed(job.forge, claimed_at=now)
        waited = now - (job.started_at or now)
        if waited > LONGEST_OUTAGE:
            with contextlib.suppress(RetryableError):
                self._tell_end(job, lease, "something that it needs was away for a day")
            self.ledger.finish(lease, outcome=cause, state=JobState.DEAD)
            return cause
        delay = min(LONGEST_DELAY, max(2.0, waited)) * random.uniform(0.5, 1.0)  # noqa: S311  # jitter
        named = min(LONGEST_NAMED_DELAY, error.retry_after or 0.0)
        self.ledger.release(lease, delay_seconds=max(delay, named), outcome=cause, counted=False)
        return cause

    def _end_untold(self, lease: Lease, error: UserError) -> str:
        """Give a job up whose asker the forge does not let us tell, as where the App was removed or suspended.

        Trying again would meet the same refusal; once somebody has mended it, `/codex retry` goes on.
        """
        outcome = one_line(f"nobody could be told: {error.message} {error.mend}", limit=LONGEST_OUTCOME)
        self.ledger.finish(lease, outcome=outcome, state=JobState.DEAD)
        return outcome

    def _try_again(self, job: Job, lease: Lease, error: Exception) -> str:
        """Put a job back that failed by itself, or give it up."""
        if isinstance(error, UserError):
            return self._end_untold(lease, error)
        cause = _cause(error)
        errors = job.attempts - job.lost_attempts
        if errors < MOST_ERRORS:
            ceiling = min(LONGEST_DELAY, 2.0**errors)
            self.ledger.release(lease, delay_seconds=random.uniform(0, ceiling), outcome=cause)  # noqa: S311  # jitter
            return cause
        try:
            return self._bury(job, lease, f"this failed {errors} times", outcome=cause)
        except RetryableError as away:
            return self._wait(job, lease, away)

    def _bury(self, job: Job, lease: Lease, reason: str, outcome: str = "") -> str:
        self._tell_end(job, lease, reason)
        self.ledger.finish(lease, outcome=outcome or reason, state=JobState.DEAD)
        return outcome or reason

    def _tell_end(self, job: Job, lease: Lease, reason: str) -> None:
        """Tell the asker that the job is given up, unless what broke the job breaks this as well."""
        note = (
            f"**Not done:** {reason}, and it will not be tried again by itself; `/codex retry` tries once more.\n\n"
            f"Whoever runs the bot sees the cause with `codex-bot jobs show {job.id}`."
        )
        try:
            event = EVENT.validate_json(job.event)
            forge = self.connect(job.forge, event.installation)
            publisher = self._publisher(job, lease, forge, event, lambda: None)
            publisher.reply(note)
            publisher.close_status(_last_word(job, event, reason))
        except (LeaseLostError, RetryableError):
            raise
        except Exception:  # noqa: BLE001  # a job that is given up must come to rest
            _log.exception("job %s: its end could not be told", job.id)


def _last_word(job: Job, event: Event, reason: str) -> str:
    """Return what a status comment says that would promise for ever that the job goes on."""
    return render("ended.md.j2", asker=event.asker.login, message=reason, job=job.id)


def _cause(error: Exception) -> str:
    return one_line(f"{type(error).__name__}: {error}")
