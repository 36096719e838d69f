"""Stays with a running sandbox until it ends, and ends it at a limit."""

import contextlib
import dataclasses
import json
import os
import selectors
import signal
import subprocess
import time
from collections.abc import Callable

from tasks.sandbox.failures import Failure, explain, unavailable
from tasks.sandbox.launch import Started
from tasks.sandbox.limits import CANCELLED, EXIT, OUTPUT, WALL, Limits
from tasks.sandbox.output import Output
from tasks.sandbox.watch import LOOKING_SHARE, PERIOD, Watch

KILLED = 128 + signal.SIGKILL
NOT_FOUND = 127
GONE_SECONDS = 10.0
_CHUNK = 65536


@dataclasses.dataclass(frozen=True, slots=True)
class Ending:
    """How it ended: the command's exit code, why, after how many seconds, and what it printed."""

    exit_code: int
    ended: str
    seconds: float
    text: str


def attend(started: Started, limits: Limits, watch: Watch, cancelled: Callable[[], bool]) -> Ending:
    """Collect output, look at the limits, kill when one is reached; return when nothing of the run lives.

    Raises `SandboxUnavailable` when bubblewrap gave up before the command began.
    """
    begin = time.monotonic()
    output = Output(limits.output_bytes)
    ended = _wait(started, output, _Judge(limits, watch, cancelled, output, begin))
    _make_sure_all_is_gone(started)
    _read_rest(started, output)
    seconds = time.monotonic() - begin
    if ended != EXIT:
        return Ending(KILLED, ended, seconds, output.text())
    # The last look may have been half a second ago: what the kernel refused since then is still counted.
    return Ending(_exit_code(started, output), watch.last_word() or EXIT, seconds, output.text())


class _Judge:
    """Asks every question in turn, the costly ones only twice a second."""

    def __init__(
        self, limits: Limits, watch: Watch, cancelled: Callable[[], bool], output: Output, begin: float
    ) -> None:
        self._limits = limits
        self._watch = watch
        self._cancelled = cancelled
        self._output = output
        self._begin = begin
        self._next_look = begin + PERIOD / 5

    def patience(self) -> float:
        """Return for how many seconds nobody needs to ask again."""
        return max(min(self._begin + self._limits.wall_seconds, self._next_look) - time.monotonic(), 0)

    def verdict(self) -> str | None:
        now = time.monotonic()
        if now - self._begin >= self._limits.wall_seconds:
            return WALL
        if self._output.is_flood:
            return OUTPUT
        if now < self._next_look:
            return None
        verdict = CANCELLED if self._cancelled() else self._watch.verdict()
        spent = time.monotonic() - now
        self._next_look = now + max(PERIOD, spent / LOOKING_SHARE)
        return verdict


def _wait(started: Started, output: Output, judge: _Judge) -> str:
    """Return why it ended; reads output all the while, for a full pipe would hold the command."""
    handle = os.pidfd_open(started.process.pid)
    try:
        with selectors.DefaultSelector() as selector:
            selector.register(started.output, selectors.EVENT_READ)
            selector.register(handle, selectors.EVENT_READ)
            while True:
                ready = {key.fd for key, _ in selector.select(judge.patience())}
                if started.output in ready and not _read(started.output, output):
                    selector.unregister(started.output)
                if handle in ready:
                    return EXIT
                if verdict := judge.verdict():
                    return verdict
    finally:
        os.close(handle)


def _read(descriptor: int, output: Output) -> bool:
    chunk = os.read(descriptor, _CHUNK)
    output.feed(chunk)
    return bool(chunk)


def _make_sure_all_is_gone(started: Started) -> None:
    """Kill bubblewrap and pid 1 inside; the kernel takes the rest of a pid namespace along with its pid 1."""
    if started.process.poll() is None:
        started.process.kill()
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(started.first_handle, signal.SIGKILL)
    with contextlib.suppress(subprocess.TimeoutExpired), selectors.DefaultSelector() as selector:
        started.process.wait(timeout=GONE_SECONDS)
        selector.register(started.first_handle, selectors.EVENT_READ)
        if selector.select(GONE_SECONDS):
            return
    raise unavailable(
        Failure("a run does not die", "Look for its processes (uid 59000 and up) and restart the worker.")
    )


def _read_rest(started: Started, output: Output) -> None:
    os.set_blocking(started.output, False)
    with contextlib.suppress(BlockingIOError):
        while not output.is_flood and _read(started.output, output):
            pass


def _exit_code(started: Started, output: Output) -> int:
    """Read the exit code that bubblewrap noted; it notes none when the command never began."""
    os.set_blocking(started.status, False)
    with contextlib.suppress(BlockingIOError):
        for line in os.read(started.status, _CHUNK).splitlines():
            code = json.loads(line).get("exit-code")
            if code is not None:
                return int(code)
    words = output.text()
    if "bwrap: execvp" in words:
        return NOT_FOUND
    raise unavailable(explain(words))
