"""Kills workers at every moment of a run's start, and counts what of the run is left: nothing, ever."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tasks.sandbox import Sandbox, SandboxUnavailable
from tasks.sandbox.account import account_for
from tasks.sandbox.guard import post_guard

TRIES = 100
# Whoever loses its parent becomes this program's child, so what is left of a run is counted without asking for names.
# The moments are spread evenly over twice the time that it takes until a command runs.
HARNESS = """
import ctypes, json, os, pathlib, signal, sys, time
from tasks.sandbox import Sandbox

PR_SET_CHILD_SUBREAPER, PATIENCE = 36, 20.0
scratch, tree, tries = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), int(sys.argv[3])

def left():
    deadline = time.monotonic() + PATIENCE
    try:
        while time.monotonic() < deadline:
            if os.waitpid(-1, os.WNOHANG) == (0, 0):
                time.sleep(0.005)
    except ChildProcessError:
        return 0
    (children,) = pathlib.Path("/proc/self/task").glob("*/children")
    pids = children.read_text().split()
    for pid in pids:
        os.kill(int(pid), signal.SIGKILL)
    return len(pids)

sandbox = Sandbox(scratch=scratch)
assert sandbox.prove().ok
starts = []
for _ in range(5):
    begin = time.monotonic()
    sandbox.run(tree, ["true"])
    starts.append(time.monotonic() - begin)
assert ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0
counts = []
for number in range(tries):
    worker = os.fork()
    if worker == 0:
        sandbox.run(tree, ["sleep", "300"])
        os._exit(1)
    time.sleep(2 * sorted(starts)[2] * number / tries)
    os.kill(worker, signal.SIGKILL)
    counts.append(left())
    if counts[-1]:
        break
print(json.dumps(counts))
"""


def test_a_worker_that_is_killed_at_whatever_moment_leaves_nothing(sandbox: Sandbox, tree: Path, scratch: Path) -> None:
    argv = [sys.executable, "-c", HARNESS, str(scratch), str(tree), str(TRIES)]
    done = subprocess.run(argv, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == [0] * TRIES


def test_without_its_guard_no_command_begins() -> None:
    block_end, block = os.pipe()
    with os.fdopen(block_end, "rb"), os.fdopen(block, "wb"), contextlib.ExitStack() as keep:
        guard = post_guard(account_for(0), block, keep)
        os.kill(guard.group, signal.SIGKILL)
        os.waitid(os.P_PID, guard.group, os.WEXITED | os.WNOWAIT)
        with pytest.raises(SandboxUnavailable, match="guard"):
            guard.tell(2**30)
