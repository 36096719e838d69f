"""`codex-bot sweep` and `codex-bot up` are told to leave at the worst moment: on the way into a wait."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

PATIENCE = 120.0  # seconds for a program to load and to leave, on however busy a machine
# The signal comes in the second line of the first function `wait` outside of `subprocess`. Where a wait takes a lock,
# it takes it in its first line.
PROGRAM = """
import signal, sys

lines = 0

def trace(frame, event, _argument):
    global lines
    code = frame.f_code
    if code.co_name != "wait" or code.co_filename.endswith("subprocess.py"):
        return None
    if event == "line":
        lines += 1
        if lines == 2:
            signal.raise_signal(signal.SIGTERM)
    return trace

sys.settrace(trace)
sys.argv = ["codex-bot", *sys.argv[1:]]
from actions.cli import main
main()
"""


@pytest.mark.parametrize("command", [["sweep"], ["up", "--no-engine"]], ids=lambda command: command[0])
def test_a_signal_on_the_way_into_a_wait_is_heard(tmp_path: Path, command: list[str]) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    settings = {"DATA_DIR": tmp_path / "data", "GITHUB_WEBHOOK_SECRET": "a webhook secret", "WEB_PORT": port}
    environment = {**os.environ, **{f"CODEX_BOT_{name}": str(value) for name, value in settings.items()}}
    log = tmp_path / "log"
    with log.open("wb") as said:
        done = subprocess.run(
            [sys.executable, "-I", "-c", PROGRAM, *command],
            env=environment,
            stdout=said,
            stderr=said,
            timeout=PATIENCE,
            check=False,
        )
    assert done.returncode == 0, log.read_text()
