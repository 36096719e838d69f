"""Keeps a set of processes alive: starts them in order, restarts what dies, ends them all together."""

import contextlib
import ctypes
import dataclasses
import functools
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import IO, Any, Self

import requests

from bot.errors import RetryableError, UserError

_PR_SET_PDEATHSIG = 1
_SHOWN_BYTES, _SHOWN_LINES = 4096, 8


def console_script() -> tuple[str, ...]:
    """Return the command line of `codex-bot` in this environment; no file of the current folder can shadow it."""
    return (sys.executable, "-I", "-m", "actions")


@dataclasses.dataclass(frozen=True, slots=True)
class Service:
    """One process: `arguments` of a program, and the URL that answers 200 when it is ready."""

    name: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    ready_url: str = ""
    ready_seconds: float = 60.0
    program: Sequence[str] = dataclasses.field(default_factory=console_script)


@dataclasses.dataclass(frozen=True, slots=True)
class Timing:
    """How patient a supervisor is, in seconds.

    The pause before a restart doubles from `first_pause` to `longest_pause`; a process that lived for `stable`
    is restarted at once. Who is asked to end gets `grace`.
    """

    first_pause: float = 1.0
    longest_pause: float = 30.0
    stable: float = 60.0
    grace: float = 15.0


@dataclasses.dataclass(slots=True)
class _Child:
    service: Service
    process: subprocess.Popen[bytes]
    started: float
    failures: int = 0
    restart_at: float | None = None


def _wait(seconds: float) -> bool:
    time.sleep(seconds)
    return False


class Supervisor:
    """Runs services until it is closed; use it as a context manager, in one thread that outlives it.

    `logs` is a folder for one log file per service, or None to let them write to our own stderr. `wait` waits
    for so many seconds, and returns True as soon as everything is to end. When this process is killed, the kernel ends
    its services.
    """

    def __init__(
        self,
        *,
        logs: Path | None,
        tell: Callable[[str], None],
        wait: Callable[[float], bool] = _wait,
        timing: Timing = Timing(),
    ) -> None:
        self._logs = logs
        self._tell = tell
        self._wait = wait
        self._timing = timing
        self._children: dict[str, _Child] = {}
        # Loaded before any fork: between fork and exec, loading a library could wait for a lock for ever.
        self._prctl = ctypes.CDLL(None, use_errno=True).prctl
        self._web = requests.Session()
        self._web.trust_env = False  # services are on this machine: no proxy, no .netrc

    def __enter__(self) -> Self:
        """Return the supervisor; nothing runs yet."""
        return self

    def __exit__(self, *_error: object) -> None:
        """End every process, the last started first."""
        self.close()

    def start(self, service: Service) -> bool:
        """Start a service and wait until it is ready; False when everything is to end before that.

        Raises `UserError` when it ends instead, and `RetryableError` when it takes too long, both with the end
        of its log.
        """
        child = _Child(service, self._spawn(service), time.monotonic())
        self._children[service.name] = child
        return not service.ready_url or self._wait_ready(child)

    def pid(self, name: str) -> int:
        """Return the process id of a service."""
        return self._children[name].process.pid

    def watch(self) -> None:
        """Keep every service alive until everything is to end."""
        while not self._wait(0.25):
            self.keep_alive()

    def keep_alive(self) -> None:
        """Restart every service that died; call it again and again."""
        now = time.monotonic()
        for child in self._children.values():
            if child.restart_at is None and child.process.poll() is not None:
                self._plan_restart(child, now)
            if child.restart_at is not None and now >= child.restart_at:
                child.process, child.started, child.restart_at = self._spawn(child.service), now, None

    def _plan_restart(self, child: _Child, now: float) -> None:
        timing = self._timing
        _signal(child.process, signal.SIGKILL)  # what it left behind would hold its port
        child.failures = 0 if now - child.started > timing.stable else child.failures + 1
        doubled = timing.first_pause * 2.0 ** (child.failures - 1)
        pause = min(timing.longest_pause, doubled) if child.failures else 0.0
        child.restart_at = now + pause
        self._tell(f"{child.service.name} ended ({_meaning(child.process)}), starting it again in {pause:g} s")

    def close(self) -> None:
        """Ask every process to end, the last started first; kill what does not within the grace time."""
        children = list(reversed(self._children.values()))
        for child in children:
            _signal(child.process, signal.SIGTERM)
        deadline = time.monotonic() + self._timing.grace
        for child in children:
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.process.wait(max(0.1, deadline - time.monotonic()))
            _signal(child.process, signal.SIGKILL)
            child.process.wait()
        self._children.clear()
        self._web.close()

    def _spawn(self, service: Service) -> subprocess.Popen[bytes]:
        with self._log(service) as log:
            return subprocess.Popen(
                [*service.program, *service.arguments],
                env={**os.environ, **service.environment},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=functools.partial(end_with, os.getpid(), self._prctl),  # noqa: PLW1509  # see __init__
            )

    def _log(self, service: Service) -> contextlib.AbstractContextManager[IO[bytes] | int]:
        if self._logs is None:
            return contextlib.nullcontext(sys.stderr.fileno())
        return (self._logs / f"{service.name}.log").open("ab")

    def _wait_ready(self, child: _Child) -> bool:
        service = child.service
        deadline = child.started + service.ready_seconds
        while time.monotonic() < deadline:
            if child.process.poll() is not None:
                words = f"{service.name} did not start ({_meaning(child.process)}). {self._log_end(service)}"
                raise UserError(words, mend="Mend what it complains about; `codex-bot doctor` looks closer.")
            with contextlib.suppress(requests.RequestException):
                if self._web.get(service.ready_url, timeout=2).ok:
                    return True
            if self._wait(0.05):
                return False
        words = f"{service.name} was not ready after {service.ready_seconds:g} s. {self._log_end(service)}"
        raise RetryableError(words)

    def _log_end(self, service: Service) -> str:
        if self._logs is None:
            return "Its own words stand above."
        with (self._logs / f"{service.name}.log").open("rb") as log:
            log.seek(max(0, log.seek(0, os.SEEK_END) - _SHOWN_BYTES))
            lines = log.read().decode(errors="replace").strip().splitlines()
        return "\n".join(["The end of its log:", *lines[-_SHOWN_LINES:]]) if lines else "It said nothing."


def end_with(parent: int, prctl: Any) -> None:
    """Let the kernel end this process with SIGTERM when its parent ends; runs between fork and exec.

    `prctl` is libc's. The kernel means the thread that forked, not the process (man 2 prctl).
    """
    prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
    # A parent that died before the call above sends no signal any more: somebody else has adopted us.
    if os.getppid() != parent:
        os._exit(1)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    # SIGTERM goes to the main process, which ends its own children in order; SIGKILL to the whole group.
    with contextlib.suppress(ProcessLookupError):
        if number is signal.SIGKILL:
            os.killpg(process.pid, number)
        elif process.poll() is None:
            process.send_signal(number)


def _meaning(process: subprocess.Popen[bytes]) -> str:
    status = process.returncode
    return f"killed by signal {-status}" if status < 0 else f"exit code {status}"
