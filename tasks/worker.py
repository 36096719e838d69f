"""The Celery app and its one task: a hint wakes a slot, and the slot works until there is nothing left to do."""

import contextlib
import dataclasses
import gc
import logging
import os
import random
import signal
import socket
import threading
import time
from collections.abc import Callable
from pathlib import Path

from billiard import current_process
from celery import Celery
from celery.signals import (
    worker_before_create_process,
    worker_process_init,
    worker_process_shutdown,
    worker_ready,
    worker_shutting_down,
)

from bot.errors import RetryableError
from bot.hints import TASK_NAME, Hints
from tasks.ending import Ending, expect_no_listener
from tasks.outward import READY
from tasks.running import Runner
from tasks.scratch import remove_leftovers

# Builds what one worker slot needs, in the slot's own process: the slot's number picks its sandbox account, the
# question is whether the worker is leaving.
MakeRunner = Callable[[int, Callable[[], bool]], Runner]

SLICE_SECONDS = 5.0  # after so long a slot hints itself and begins anew, so that Celery's time limit means one job
_LEAVING_SECONDS = 25.0

_log = logging.getLogger(__name__)


class Slot:
    """One child of the worker: builds its tools after the fork, because connections must not cross one.

    Beside the hints it looks into the ledger every `poll_seconds`, so that jobs go on with a hint carrier that is
    away. With each look, and each heartbeat of a job, it touches a file in the folder `alive`. Stuck in one job for
    `kill_after_seconds` it kills itself: Celery's own limit does not know of a job that the slot found by itself.
    """

    def __init__(
        self,
        hints: Hints,
        make_runner: MakeRunner,
        leaving: Callable[[], bool],
        *,
        kill_after_seconds: float,
        poll_seconds: float,
        alive: Path | None = None,
    ) -> None:
        self._hints = hints
        self._leaving = leaving
        self._make_runner = make_runner
        self._kill_after_seconds = kill_after_seconds
        self._poll_seconds = poll_seconds
        self._alive = alive
        self._sign: Path | None = None
        self._runner: Runner | None = None
        self._busy = threading.Lock()
        self._begun_at = 0.0
        self._over = threading.Event()
        self._poller: threading.Thread | None = None

    def start(self, **_signal: object) -> None:
        """Build the tools ahead of the first job, so that the first job is as fast as the others."""
        remove_leftovers()
        number = getattr(current_process(), "index", 0)
        self._sign = self._alive / f"slot-{number}" if self._alive else None
        self._runner = dataclasses.replace(self._make_runner(number, self._leaving), beating=self._beat)
        self._poller = threading.Thread(target=self._poll, name="poller", daemon=True)
        self._poller.start()

    def stop(self, **_signal: object) -> None:
        """Let a job that the poller found be put back before this process ends."""
        self._over.set()
        if self._poller is not None:
            self._poller.join(_LEAVING_SECONDS)

    def work(self) -> None:
        """Run jobs, one after the other, until none is to be had or the slice is over."""
        if self._runner is None or not self._busy.acquire(blocking=False):
            return  # the poller is at it
        try:
            until = time.monotonic() + SLICE_SECONDS
            while self._run_one(self._runner):
                if time.monotonic() > until:
                    self._hints.send(0)
                    return
        finally:
            self._busy.release()

    def _run_one(self, runner: Runner) -> bool:
        self._begun_at = time.monotonic()
        return runner.run() is not None

    def _beat(self) -> None:
        self._touch()
        if time.monotonic() > self._begun_at + self._kill_after_seconds:
            _log.error("stuck in one job for %.0f s: this slot is killed", self._kill_after_seconds)
            os.kill(os.getpid(), signal.SIGKILL)

    def _poll(self) -> None:
        while not self._over.wait(self._poll_seconds * random.uniform(0.8, 1.2)):  # noqa: S311  # jitter
            self._touch()
            try:
                self.work()
            except RetryableError as error:
                _log.warning("cannot look for jobs: %s", error)
            except Exception:  # noqa: BLE001  # the slot must go on looking
                _log.exception("stumbled over the look for jobs")

    def _touch(self) -> None:
        if self._sign is not None:
            with contextlib.suppress(OSError):  # a full disk must not keep anybody from working
                self._sign.touch()


def add_task(
    app: Celery,
    hints: Hints,
    make_runner: MakeRunner,
    *,
    kill_after_seconds: float,
    poll_seconds: float = 5.0,
    alive: Path | None = None,
) -> None:
    """Register the one task on the app; with `hints` a slot wakes itself again.

    A slot that is stuck in one job for `kill_after_seconds` is killed; its heartbeat would hold the job for ever.
    """
    ending = Ending()
    slot = Slot(
        hints,
        make_runner,
        ending,
        kill_after_seconds=kill_after_seconds,
        poll_seconds=poll_seconds,
        alive=alive,
    )
    expect_no_listener()
    worker_before_create_process.connect(_keep_sharing, weak=False)
    worker_process_init.connect(slot.start, weak=False)
    worker_process_shutdown.connect(slot.stop, weak=False)
    worker_shutting_down.connect(ending.ask, weak=False)
    worker_ready.connect(_say_ready, weak=False)

    limit = kill_after_seconds + SLICE_SECONDS

    @app.task(name=TASK_NAME, time_limit=limit)  # type: ignore[untyped-decorator]  # celery is not typed
    def run_job(_job_id: int) -> None:
        """Go to work; which job it is, the ledger decides."""
        slot.work()


def _keep_sharing(**_signal: object) -> None:
    """Let the garbage collector leave alone what a child is about to have from its parent.

    It would write to each of those objects, in either of them, and so make a copy of that memory: about 40 MB.
    """
    gc.collect()  # or what is garbage now would be kept for good
    gc.freeze()


def _say_ready(**_signal: object) -> None:
    _log.info(READY)


def team_name() -> str:
    """Return what the names of all slots of this process's worker begin with; called in a slot."""
    return f"{socket.gethostname()}:{os.getppid()}:"


def worker_name(slot: int) -> str:
    """Return the name under which a slot holds leases; a slot that was born again has the name of its former self."""
    return f"{team_name()}{slot}"
