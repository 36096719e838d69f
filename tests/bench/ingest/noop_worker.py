"""The real worker, except that its commands do nothing and its forge keeps nothing: `noop_worker.py [NOTES]`.

It works with the settings of the environment. When NOTES names a file, each claim is noted there.
"""

import dataclasses
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes.events import command_event
from fakes.forge import FakeForge

from bot.hint_wiring import hint_app_of, hints_of
from bot.settings import read_settings
from tasks import worker_start
from tasks.commands.registry import Command, discover
from tasks.outward import log_to_stderr
from tasks.running import Runner
from tasks.sandbox import SelfTest
from tasks.worker import add_task


class Noting:
    """A ledger that notes when it gave out which job: lines of dedupe key and wall-clock seconds."""

    def __init__(self, ledger: Any, notes: Path) -> None:
        self._ledger = ledger
        self._notes = os.open(notes, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)

    def claim(self, *given: Any, **named: Any) -> Any:
        job = self._ledger.claim(*given, **named)
        if job is not None:
            os.write(self._notes, f"{job.dedupe_key} {time.time():.6f}\n".encode())
        return job


def main(notes: str) -> None:
    log_to_stderr()  # a log line has its price too
    settings = read_settings()
    nothing = Command("implement", "", lambda _work: "nothing done", free=True)
    unproven = SelfTest(ok=False, rung="none", reason="nothing is run here", mend="")
    make_real = worker_start.runner_maker(settings, unproven, settings.worker_slots)

    def make(slot: int, leaving: Callable[[], bool]) -> Runner:
        runner = make_real(slot, leaving)
        return dataclasses.replace(
            runner,
            ledger=Noting(runner.ledger, Path(notes)) if notes else runner.ledger,
            connect=lambda _name, _installation: FakeForge(command_event().issue),
            commands={**discover(), "implement": nothing},
        )

    app = hint_app_of(settings)
    add_task(app, hints_of(settings), make, kill_after_seconds=300.0, poll_seconds=settings.sweep_seconds)
    options = ["--concurrency", str(settings.worker_slots + 1), "--pool", "prefork", "--loglevel", "WARNING"]
    app.worker_main(["--quiet", "worker", *options, "--without-gossip", "--without-mingle", "--without-heartbeat"])


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
