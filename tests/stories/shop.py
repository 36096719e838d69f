"""A real worker process beside a ledger, for stories of workers that die, end, stop or go on."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
from fakes.events import command_event, issue

from bot.hints import Hints, make_app
from bot.intake import take_in
from bot.ledger import Job, JobState, Ledger
from stories.fresh_ledger import fresh_ledger

TESTS = Path(__file__).parents[1]


def until(found: Callable[[], object], what: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not found():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def has_ended(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


class Shop:
    """`options` are those of `slow_worker.py`."""

    def __init__(self, folder: Path, **options: Any) -> None:
        self.folder = folder
        self.options = options
        self.scratch = folder / "scratch"
        self.scratch.mkdir()
        self.ledger: Ledger = fresh_ledger(folder)
        self.hints = Hints(make_app(None, folder, sending=True))
        self.start()

    def start(self) -> None:
        environment = {**os.environ, "TMPDIR": str(self.scratch), "PYTHONPATH": f"{TESTS}:{TESTS.parent}"}
        argv = [sys.executable, str(TESTS / "stories" / "slow_worker.py"), str(self.folder), json.dumps(self.options)]
        with (self.folder / "worker.log").open("ab") as log:
            self.worker = subprocess.Popen(argv, env=environment, stdout=log, stderr=log, start_new_session=True)

    def ask(self, how: str = "", *, number: int = 7) -> int:
        key = str(100 + len(self.ledger.jobs()))
        event = command_event(f"/codex {how or 'implement'}", guid=key, comment=key, asked=issue(number=number))
        return take_in(self.ledger, event, b"{}").job_id or 0

    def hint(self, job_id: int) -> None:
        assert self.hints.send(job_id)

    def begun(self, job_id: int) -> psutil.Process:
        """Wait until a child works on a job; return the child."""
        until(lambda: list(self.folder.glob(f"busy-{job_id}-*")), f"the job has begun\n{self.log()}")
        return psutil.Process(int(next(self.folder.glob(f"busy-{job_id}-*")).name.rpartition("-")[2]))

    def job(self, job_id: int) -> Job:
        job = self.ledger.job(job_id)
        assert job is not None
        return job

    def wait_for(self, job_id: int, state: JobState, seconds: float = 60.0) -> Job:
        until(lambda: self.job(job_id).state is state, f"job {job_id} is {state}\n{self.log()}", seconds)
        return self.job(job_id)

    def log(self) -> str:
        return (self.folder / "worker.log").read_text()

    def close(self) -> None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.worker.pid, signal.SIGKILL)
        self.worker.wait(60)
        self.ledger.close()
