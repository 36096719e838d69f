"""The harness's end of the nest of workers: starts one in a tenth of a second, and hears when one has ended."""

import contextlib
import ctypes
import dataclasses
import functools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Self

from actions.supervisor import end_with
from faults.worker_program import Plan

TESTS = Path(__file__).parents[1]


class Nest:
    """A process that workers are forked from; a context manager. When it ends, they all end."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._dead: dict[int, int] = {}
        self._alive: set[int] = set()

    def __enter__(self) -> Self:
        argv = [sys.executable, str(TESTS / "faults" / "worker_program.py")]
        with (self._folder / "nest.log").open("ab") as log:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                env=environment(),
                start_new_session=True,
            )
        self._read()
        return self

    def __exit__(self, *_error: object) -> None:
        for pid in list(self._alive):
            kill_group(pid)
        self._process.kill()
        self._process.communicate()

    def start(self, plan: Plan, log: Path) -> int:
        """Start a worker; return its pid, which is its process group too."""
        with self._lock:
            pid = int(self._order(do="start", plan=dataclasses.asdict(plan), log=str(log)))
            self._alive.add(pid)
            return pid

    def ended(self, pid: int) -> int | None:
        """Return how a worker ended (an exit code, or minus a signal), or None while it lives."""
        with self._lock:
            if pid in self._alive:
                for gone, status in self._order(do="ended"):
                    self._alive.discard(gone)
                    self._dead[gone] = status
            return self._dead.get(pid)

    def _order(self, **order: Any) -> Any:
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the nest ended: {(self._folder / 'nest.log').read_text()[-2000:]}")
        return json.loads(line)


def environment(**more: str) -> dict[str, str]:
    """Return the environment of a program of ours: nobody's own settings, and our modules to be found."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CODEX_BOT_")}
    return {**kept, "PYTHONPATH": f"{TESTS}:{TESTS.parent}", **more}


_PRCTL = ctypes.CDLL(None).prctl  # loaded before any fork


def with_us() -> Callable[[], None]:
    """Return what lets a child end when the thread ends that started it: nothing outlives a suite that is killed."""
    return functools.partial(end_with, os.getpid(), _PRCTL)


def kill_group(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(pid, 9)
