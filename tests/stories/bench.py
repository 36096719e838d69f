"""A ledger whose clock the test holds, a forge in memory, and a worker slot with one scripted command."""

import dataclasses
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakes.events import command_event
from fakes.forge import FakeForge
from fakes.hands import FakeModel, hands

from bot.intake import take_in
from bot.ledger import Job, JobState, Ledger
from stories.fresh_ledger import fresh_ledger
from tasks.commands.registry import Command, discover
from tasks.commands.work import Work
from tasks.running import Runner


class Bench:
    """`runner` is the slot; `beside` makes further ones of the same worker."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        opened = fresh_ledger(folder)
        self.ledger = Ledger(opened._engine, lambda _connection: self.now)
        self.forge = FakeForge(command_event().issue)
        self.handler: Callable[[Work], str] = lambda work: "done"
        commands = {**discover(), "implement": Command("implement", "", self._handle, free=True)}
        self.runner = Runner(
            ledger=self.ledger,
            connect=lambda _name, _installation: self.forge,
            hands=hands(FakeModel("")),
            commands=commands,
            worker="w1",
            heartbeat_seconds=0.02,
        )
        self._asked = 0

    def _handle(self, work: Work) -> str:
        return self.handler(work)

    def beside(self, name: str, **how: Any) -> Runner:
        return dataclasses.replace(self.runner, worker=name, **how)

    def ask(self, text: str = "/codex implement", **how: Any) -> int:
        job_id = take_in(self.ledger, command_event(text, **how), b"").job_id
        assert job_id is not None
        return job_id

    def say(self, text: str, **how: Any) -> int:
        """Ask with a new comment."""
        self._asked += 1
        return self.ask(text, **{"guid": f"said-{self._asked}", "comment": str(900 + self._asked), **how})

    def job(self, job_id: int) -> Job:
        job = self.ledger.job(job_id)
        assert job is not None
        return job

    def run(self, job_id: int) -> Job:
        self.runner.run(job_id)
        return self.job(job_id)

    def run_until_it_rests(self, job_id: int) -> Job:
        for _ in range(20):
            if self.run(job_id).state is not JobState.QUEUED:
                break
            self.now += 10_000
        return self.job(job_id)

    def comment(self, what: str) -> str:
        """Return the one comment whose marker ends with a word: "status", "reply"."""
        (body,) = [text for text in self.forge.comments.values() if text.endswith(f" {what} -->")]
        return body


@contextmanager
def a_bench(folder: Path) -> Iterator[Bench]:
    made = Bench(folder)
    yield made
    made.ledger.close()
