"""Tries R1 to R19: whatever a run does, it ends, the host stays well, and nothing of it is left."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
import uuid
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from tasks.sandbox import Limits, Run, Sandbox
from tasks.sandbox.cgroup import find_delegated
from tasks.sandbox.limits import MIB

PYTHON = "/usr/bin/python3"
TIGHT = Limits(wall_seconds=10, cpu_seconds=10, memory_bytes=150 * MIB, processes=40, file_bytes=32 * MIB)
SMALL_TREE = Limits(wall_seconds=10, tree_bytes=8 * MIB, file_bytes=4 * MIB)

# Ten times what is allowed, and no more: should every wall fail, it must not take the machine along.
FORK_BOMB = """
import os, time
for _ in range(400):
    try:
        if os.fork() == 0: break
    except OSError: pass
time.sleep(60)
"""
MEMORY = "data = b'x' * (300 << 20); import time; time.sleep(60)"
MEMORY_IN_MANY = """
import os, time
for _ in range(8):
    if os.fork() == 0: break
data = bytearray(os.urandom(1 << 20) * 30)
time.sleep(60)
"""
MEMFD = """
import os, time
files = [os.memfd_create("m") for _ in range(10)]
for file in files: os.write(file, bytes(30 << 20))
time.sleep(60)
"""
TMPFS = """
import time
for n in range(10): open(f"/tmp/{n}", "wb").write(bytes(25 << 20))
time.sleep(60)
"""
SPIN = """
import threading
def spin():
    while True: pass
for _ in range(4): threading.Thread(target=spin).start()
"""
MANY_FILES = """
import time
for n in range(40000): open(f"/repo/{n}", "w").close()
time.sleep(60)
"""
MANY_BYTES = """
import time
for n in range(20): open(f"/results/{n}", "wb").write(bytes(1 << 20))
time.sleep(60)
"""
DELETED_FILES = """
import os, time
files = [open(f"/repo/{n}", "wb", buffering=0) for n in range(20)]
for n, file in enumerate(files):
    file.write(bytes(1 << 20))
    os.unlink(f"/repo/{n}")
time.sleep(60)
"""
DEEP = """
import os
for _ in range(3000):
    os.mkdir("deeper-and-deeper")
    os.chdir("deeper-and-deeper")
"""


@pytest.mark.parametrize(
    ("script", "limits", "ended"),
    [
        pytest.param(FORK_BOMB, TIGHT, "processes", id="R1 fork bomb"),
        pytest.param(MEMORY, TIGHT, "memory", id="R3 memory in one process"),
        pytest.param(MEMORY_IN_MANY, TIGHT, "memory", id="R3 memory in many"),
        pytest.param(MEMFD, TIGHT, "memory", id="R3 memory in memfds"),
        pytest.param(TMPFS, TIGHT, "memory", id="R3 memory in tmpfs"),
        pytest.param("import time; time.sleep(60)", Limits(wall_seconds=0.5), "wall", id="R5 sleep"),
        pytest.param("import os; os.kill(os.getpid(), 19)", Limits(wall_seconds=0.5), "wall", id="R14 stop oneself"),
        pytest.param(MANY_BYTES, SMALL_TREE, "disk", id="R6 many bytes"),
        pytest.param(MANY_FILES, SMALL_TREE, "disk", id="R7 many empty files"),
        pytest.param(DELETED_FILES, SMALL_TREE, "disk", id="R6 bytes in deleted files"),
        pytest.param("while True: print('x' * 65536)", Limits(output_bytes=10_000), "output", id="R16 flood"),
    ],
)
def test_the_whole_tree_is_killed_at_a_limit(
    script: str, limits: Limits, ended: str, sandbox: Sandbox, tree: Path
) -> None:
    run = sandbox.run(tree, [PYTHON, "-c", script], limits=limits)
    assert (run.ended, run.exit_code) == (ended, 128 + signal.SIGKILL)
    assert len(run.output) < limits.output_bytes + 100
    assert run.limiter.endswith("watchdog")


def test_r1_work_within_the_limits_is_let_alone(sandbox: Sandbox, tree: Path) -> None:
    script = "import subprocess\nfor _ in range(5): subprocess.Popen(['sleep', '1'])\ndata = b'x' * (60 << 20)"
    run = sandbox.run(tree, [PYTHON, "-c", script], limits=TIGHT)
    assert (run.ended, run.exit_code) == ("exit", 0), run.output


def test_r2_two_fork_bombs_do_not_eat_each_others_share(tree: Path) -> None:
    script = """
import os, time
count = 0
for _ in range(100):
    try: child = os.fork()
    except OSError: break
    if child == 0: time.sleep(60)
    count += 1
print(count)
"""
    # Most processes of all that a limit of 30 allows, less pid 1; the watchdog would only end it half a second later.
    runs: dict[int, Run] = {}

    def work(number: int) -> None:
        # The same slot on purpose: the same account must not share a count.
        runs[number] = Sandbox().run(tree, [PYTHON, "-c", script], limits=Limits(wall_seconds=10, processes=30))

    threads = [threading.Thread(target=work, args=(number,)) for number in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    counts = [int(run.output) for run in runs.values() if run.output]
    assert all(25 <= count <= 30 for count in counts)
    assert {run.ended for run in runs.values()} <= {"exit", "processes"}


def test_a_cgroup_that_was_handed_over_is_used_and_removed(sandbox: Sandbox, tree: Path) -> None:
    groups = find_delegated() or _own_pids_cgroup()
    if not groups:
        pytest.skip("no cgroup here is ours to divide")
    marker = _marker()
    seen: dict[Path, int] = {}

    def look() -> bool:
        """Note the sizes of the groups that our command is in; other runs may be beside it."""
        found = psutil.process_iter(["cmdline"])
        mine = {process.pid for process in found if marker in (process.info["cmdline"] or ())}
        for file in (file for group in groups for file in group.glob("codex-sandbox-*/cgroup.procs")):
            with contextlib.suppress(OSError):  # a run beside ours has ended
                members = {int(pid) for pid in file.read_text().split()}
                if members & mine:
                    seen[file.parent] = len(members)
        return True

    run = Sandbox(cgroups=groups).run(tree, ["sh", "-c", 'sleep "$0" & sleep "$0"', marker], cancelled=look)
    assert run.limiter.startswith("cgroup v")
    assert max(seen.values()) >= 3  # pid 1, the shell and two sleepers, less one that may not have started yet
    assert [folder for folder in seen if folder.exists()] == []


def _own_pids_cgroup() -> tuple[Path, ...]:
    """Where a v1 hierarchy counts processes and we may write: enough for a test, though not ours to take unasked."""
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, names, path = line.split(":", 2)
        folder = Path("/sys/fs/cgroup/pids") / path.lstrip("/")
        if names == "pids" and os.access(folder / "cgroup.procs", os.W_OK):
            return (folder,)
    return ()


@pytest.mark.parametrize(
    ("script", "refusal"),
    [
        pytest.param("open('/repo/big', 'wb').write(bytes(64 << 20))", "File too large", id="R6 one big file"),
        pytest.param("open('/dev/shm/x', 'wb').write(bytes(100 << 20))", "No space left", id="R8 fill /dev/shm"),
        pytest.param("open('/dev/x', 'wb')", "Read-only file system", id="R8 fill /dev"),
        pytest.param("open('/repo/s', 'wb').truncate(1 << 40)", "File too large", id="R9 sparse file"),
        pytest.param("import os; os.memfd_create('m'); os.kill(1, 9)", "", id="R14 kill pid 1"),
    ],
)
def test_the_kernel_refuses_what_is_too_much(script: str, refusal: str, sandbox: Sandbox, tree: Path) -> None:
    limits = Limits(wall_seconds=10, file_bytes=(200 if "shm" in script else 32) * MIB)
    run = sandbox.run(tree, [PYTHON, "-c", script], limits=limits)
    assert refusal in run.output
    assert run.ended == "exit"


def test_r4_threads_that_spin_end_with_their_cpu_time(sandbox: Sandbox, tree: Path) -> None:
    run = sandbox.run(tree, [PYTHON, "-c", SPIN], limits=Limits(cpu_seconds=1, wall_seconds=20))
    assert (run.ended, run.exit_code) == ("exit", 128 + signal.SIGKILL)


@pytest.mark.parametrize(
    "spoil",
    [
        pytest.param([PYTHON, "-c", DEEP], id="R10 deep folders"),
        pytest.param(["sh", "-c", "mkdir -p a/b; touch a/b/c; chmod 000 a/b a ."], id="closed folders"),
        pytest.param(["sh", "-c", "mkfifo pipe; ln -s / root; ln -s loop loop; touch -- -rf"], id="odd files"),
    ],
)
def test_whatever_was_left_is_deleted(spoil: list[str], tree: Path, scratch: Path) -> None:
    run = Sandbox(scratch=scratch).run(tree, spoil)
    assert run.ended in {"exit", "disk"}
    assert list(scratch.iterdir()) == []


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("trap '' TERM; {sleep}", id="R11 ignore SIGTERM"),
        pytest.param("setsid {sleep} >/dev/null 2>&1 & sleep 0.1", id="R12 daemon"),
        pytest.param("(setsid sh -c '{sleep} & {sleep} &' &) >/dev/null 2>&1; sleep 0.1", id="R13 double fork"),
    ],
)
def test_no_process_outlives_the_run(script: str, sandbox: Sandbox, tree: Path) -> None:
    marker = _marker()
    seen: list[int] = []

    def look() -> bool:
        seen.append(_alive(marker))
        return False

    argv = ["sh", "-c", script.format(sleep=f"sleep {marker}") + "; sleep 1.2"]
    sandbox.run(tree, argv, limits=Limits(wall_seconds=2), cancelled=look)
    assert max(seen) >= 1, "it must have lived, or its death proves nothing"
    assert _alive(marker) == 0


WORKER = """
import pathlib, sys
from tasks.sandbox import Sandbox
Sandbox(scratch=pathlib.Path(sys.argv[1])).run(pathlib.Path(sys.argv[2]), sys.argv[3:])
"""


def test_r15_nothing_is_left_when_the_worker_is_killed(sandbox: Sandbox, tree: Path, scratch: Path) -> None:
    marker = _marker()
    worker = subprocess.Popen([sys.executable, "-c", WORKER, str(scratch), str(tree), "sleep", marker])
    assert _becomes(lambda: ["sleep", marker] in _commands())  # bubblewrap is through with its preparations
    assert _alive(marker) >= 3  # the worker, the outer bubblewrap, and inside
    worker.kill()
    worker.wait()
    assert _becomes(lambda: _alive(marker) == 0)
    # Its workspace is nobody's now: the next run takes it along, unless it is so young that it may be in the making.
    (orphan,) = scratch.iterdir()
    Sandbox(scratch=scratch).run(tree, ["true"])
    assert list(scratch.iterdir()) == [orphan]
    os.utime(orphan, (0, 0))
    Sandbox(scratch=scratch).run(tree, ["true"])
    assert list(scratch.iterdir()) == []


def test_a_living_run_is_not_swept_away(sandbox: Sandbox, tree: Path, scratch: Path) -> None:
    checked: list[str] = []

    def run_another() -> bool:
        (place,) = scratch.iterdir()
        os.utime(place, (0, 0))
        checked.append(Sandbox(scratch=scratch).run(tree, ["cat", "hello.txt"]).output)
        return True

    assert Sandbox(scratch=scratch).run(tree, ["sleep", "60"], cancelled=run_another).ended == "cancelled"
    assert checked == ["hello\n"]


def _marker() -> str:
    """A number of seconds that no other sleep sleeps."""
    return f"300.{uuid.uuid4().int % 10**12}"


def _commands() -> list[list[str]]:
    """Return the command lines of all processes but ours."""
    others = (process for process in psutil.process_iter(["cmdline"]) if process.pid != os.getpid())
    return [process.info["cmdline"] or [] for process in others]


def _alive(marker: str) -> int:
    return sum(any(marker in word for word in words) for words in _commands())


def _becomes(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.05)
    return False
