"""What a handler is given: the job, the hands to do it with, and its checkpoints."""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.errors import CodexBotError, LeaseLostError, RetryableError, UserError
from bot.events import Event
from bot.forges.protocol import Forge
from bot.ledger import Job, JobState, Lease
from bot.repo_config import DEFAULTS, RepoConfig
from tasks.model import Completion, CompletionCancelledError, ModelClient
from tasks.publish import Publisher
from tasks.sandbox import Sandbox, SelfTest

if TYPE_CHECKING:
    from bot.ledger import Ledger  # which would load SQLAlchemy, also for those who open no ledger

# Why an attempt must end early; every other reason is told to the asker as it stands.
LOST, LEAVING, CANCELLED, SUPERSEDED = "lease", "leaving", "cancelled", "superseded"
_STATES = {CANCELLED: JobState.CANCELLED, SUPERSEDED: JobState.SUPERSEDED}


class StoppedError(CodexBotError):
    """Somebody asked for the job to stop, or a newer one takes its place; `state` is how it ends."""

    def __init__(self, state: JobState) -> None:
        super().__init__(f"the job was {state.value}")
        self.state = state


class LeavingError(RetryableError):
    """The worker was asked to end; another one goes on with the job at once."""


@dataclasses.dataclass(frozen=True, slots=True)
class Options:
    """The settings that handlers need; times in seconds."""

    samples: int = 0  # 0: what the model's profile says
    model_seconds: float = 300.0
    max_answer_tokens: int = 2048
    test_seconds: float = 300.0
    analysis_seconds: float = 120.0
    require_config: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Hands:
    """The tools of one worker slot; `analysers` is the sandbox of the static analysis, None where there is none."""

    model: ModelClient
    sandbox: Sandbox
    self_test: SelfTest
    options: Options
    analysers: Sandbox | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Work:
    """One attempt at one job. `stopped` says why it must end early, or returns None; `config` is the repository's.

    `waited` is how long ago the first attempt began, in seconds.
    """

    job: Job
    event: Event
    ledger: "Ledger"
    lease: Lease
    forge: Forge
    publisher: Publisher
    hands: Hands
    folder: Path  # private scratch space of this attempt, removed afterwards
    stopped: Callable[[], str | None]
    config: RepoConfig = DEFAULTS
    waited: float = 0.0

    def check(self) -> None:
        """Raise when this attempt must end: lease gone, job stopped, worker leaving, time up. Called at step edges."""
        reason = self.stopped()
        if reason is None:
            return
        if reason == LOST:
            raise LeaseLostError(f"job {self.job.id} is held by somebody else now")
        if reason == LEAVING:
            raise LeavingError("the worker was asked to end")
        if reason in _STATES:
            raise StoppedError(_STATES[reason])
        raise UserError(
            f"the job was given up: {reason}", mend="Ask for a smaller step, or raise CODEX_BOT_JOB_SECONDS."
        )

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """Return a step's output (JSON-able); an output that an earlier attempt left is used again."""
        self.check()
        kept = self.ledger.step(self.job.id, name)
        if kept is not None:
            return json.loads(kept)
        output = make()
        self.ledger.save_step(self.lease, name, json.dumps(output))
        return output

    def complete_once(self, name: str, make: Callable[[], Completion]) -> Completion:
        """Ask the model, or return the answer that an earlier attempt has paid for."""
        kept = self.ledger.step(self.job.id, name)
        if kept is not None:
            return Completion(**json.loads(kept))
        self.check()
        try:
            completion = make()
        except CompletionCancelledError:
            self.check()
            raise
        self.ledger.save_step(self.lease, name, json.dumps(dataclasses.asdict(completion)))
        self.ledger.count_tokens(
            self.lease, tokens_in=completion.prompt_tokens, tokens_out=completion.completion_tokens
        )
        return completion
