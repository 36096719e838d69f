"""The embedded engine in a process of its own, with the small model that came along."""

import re
import signal
import subprocess
import sys


class Engine:
    """A running `engine` subcommand; `said` is what it printed until it listened."""

    def __init__(self, *arguments: str) -> None:
        start = "from infra.engine.command import engine; engine()"
        argv = [sys.executable, "-I", "-c", start, "--port", "0", "--threads", "1", *arguments]
        self.process = subprocess.Popen(argv, stderr=subprocess.PIPE, text=True)
        assert self.process.stderr is not None
        self.said = ""
        for line in self.process.stderr:
            self.said += line
            if line.startswith("Listening"):
                break
        found = re.search(r"http://127\.0\.0\.1:\d+", self.said)
        self.url = found.group() if found else ""

    def stop(self) -> int:
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(20)

    def clear_away(self) -> None:
        if self.process.poll() is None:
            self.stop()
        assert self.process.stderr is not None
        self.process.stderr.close()
