"""A Redis server that keeps nothing, and that can be killed, emptied, frozen and started again on its port."""

import contextlib
import os
import shutil
import signal
import subprocess
from pathlib import Path
from typing import Self

import pytest
import redis
from stories.servers import free_port

from faults.nest import with_us


class RedisServer:
    """A context manager; skips where Redis is not installed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        program = shutil.which("redis-server")
        if program is None:
            pytest.skip("redis-server is not installed (apt-get install redis-server)")
        self._program = program
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True, exist_ok=True)
        self.start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.kill()

    def start(self) -> None:
        """Start it, empty, and wait until it answers."""
        options = ["--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        argv = [self._program, *options, "--dir", str(self._folder)]
        self._process = subprocess.Popen(
            argv,
            stdout=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=with_us(),  # noqa: PLW1509  # see there
        )
        with redis.Redis(port=self.port) as client:
            while True:
                with contextlib.suppress(redis.ConnectionError):
                    client.ping()
                    return

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def end(self) -> None:
        """Let it shut down in order."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait()
            self._process = None

    def flush(self) -> None:
        with redis.Redis(port=self.port) as client:
            client.flushall()

    def freeze(self) -> None:
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        assert self._process is not None
        os.kill(self._process.pid, number)
