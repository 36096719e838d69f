"""The Celery app and its one task: run the job that a hint names."""

import logging
import mmap
import os
import socket
from collections.abc import Callable

from billiard import current_process
from celery import Celery
from celery.signals import worker_process_init, worker_ready, worker_shutting_down

from bot.hints import TASK_NAME, Hints
from tasks.running import Runner
from tasks.scratch import remove_leftovers

# Builds what one worker slot needs, in the slot's own process: the slot's number picks its sandbox account, the
# question is whether the worker is leaving.
MakeRunner = Callable[[int, Callable[[], bool]], Runner]

READY = "ready for jobs"  # in the log once hints are heard

_log = logging.getLogger(__name__)


class Ending:
    """Lets the children of a worker know that it was asked to end; made before they are, and shared with them."""

    def __init__(self) -> None:
        # Memory without a lock: a child that is killed while it looks must not block the others.
        self._asked = mmap.mmap(-1, 1)

    def ask(self, **_signal: object) -> None:
        """Note that the worker was asked to end."""
        self._asked[0] = 1

    def __call__(self) -> bool:
        """Return whether a child should put back what it is doing."""
        return self._asked[0] == 1


class Slot:
    """One child of the worker: builds its tools after the fork, because connections must not cross one."""

    def __init__(self, hints: Hints, make_runner: MakeRunner, leaving: Callable[[], bool]) -> None:
        self._hints = hints
        self._leaving = leaving
        self._make_runner = make_runner
        self._runner: Runner | None = None

    def start(self, **_signal: object) -> None:
        """Build the tools ahead of the first job, so that the first job is as fast as the others."""
        remove_leftovers()
        self._runner = self._make_runner(getattr(current_process(), "index", 0), self._leaving)

    def run(self, job_id: int) -> None:
        """Run one job, then wake a worker for what waited for its subject."""
        if self._runner is None:
            self.start()
        assert self._runner is not None  # noqa: S101  # start() sets it
        if self._runner.run(job_id) is not None:
            for waiting in self._runner.ledger.due(limit=5):
                self._hints.send(waiting)


def add_task(app: Celery, hints: Hints, make_runner: MakeRunner, *, kill_after_seconds: float) -> None:
    """Register the one task on the app; `hints` wakes workers for what waited for a job to end.

    A slot that is stuck in one job for `kill_after_seconds` is killed; its heartbeat would hold the job for ever.
    """
    ending = Ending()
    slot = Slot(hints, make_runner, ending)
    worker_process_init.connect(slot.start, weak=False)
    worker_shutting_down.connect(ending.ask, weak=False)
    worker_ready.connect(_say_ready, weak=False)

    @app.task(name=TASK_NAME, time_limit=kill_after_seconds)  # type: ignore[untyped-decorator]  # celery is not typed
    def run_job(job_id: int) -> None:
        slot.run(int(job_id))


def _say_ready(**_signal: object) -> None:
    _log.info(READY)


def worker_name(slot: int) -> str:
    """Return the name under which this process holds leases."""
    return f"{socket.gethostname()}:{os.getpid()}:{slot}"
