"""A person's terminal: one command that runs, what it has said so far, and Ctrl-C."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

# Not `-m actions`: beside a checkout of another version that would run the installed one.
_PROGRAM = "import sys; from actions.cli import main; main(sys.argv[1:])"


class Terminal:
    """`codex-bot WORDS` in `folder`, with `piped` on its standard input. `out` and `err` grow while it runs."""

    def __init__(self, words: list[str], folder: Path, environment: Mapping[str, str], piped: str = "") -> None:
        argv = [sys.executable, "-W", "error", "-c", _PROGRAM, *words]
        self._process = subprocess.Popen(
            argv,
            cwd=folder,
            env={**os.environ, **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        if self._process.stdin:
            self._process.stdin.write(piped.encode())
            self._process.stdin.close()
        self._texts: dict[str, list[str]] = {"out": [], "err": []}
        self._readers = [self._reading("out", self._process.stdout), self._reading("err", self._process.stderr)]

    @property
    def out(self) -> str:
        return "".join(self._texts["out"])

    @property
    def err(self) -> str:
        return "".join(self._texts["err"])

    def told(self, pattern: str, seconds: float = 60) -> str:
        """Wait until stderr matches, and return the first group (or all of the match)."""
        deadline = time.monotonic() + seconds
        while True:
            found = re.search(pattern, self.err)
            if found:
                return found[found.re.groups and 1]
            assert self._process.poll() is None, f"it ended with {self._process.returncode}: {self.err}"
            assert time.monotonic() < deadline, self.err
            time.sleep(0.05)

    def interrupt(self) -> None:
        self._process.send_signal(signal.SIGINT)

    def status(self, seconds: float = 60) -> int:
        """Wait for the end, and return the exit code."""
        status = self._process.wait(seconds)
        for reader in self._readers:
            reader.join(seconds)
        return status

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self.status()
        for stream in (self._process.stdout, self._process.stderr):
            if stream:
                stream.close()

    def _reading(self, name: str, stream: IO[bytes] | None) -> threading.Thread:
        def read() -> None:
            for line in stream or ():
                self._texts[name].append(line.decode())

        reader = threading.Thread(target=read, daemon=True)
        reader.start()
        return reader
