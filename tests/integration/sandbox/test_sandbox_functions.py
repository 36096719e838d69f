"""What honest tests need must work inside: else nobody would switch the sandbox on."""

import signal
import stat
import tempfile
import threading
from pathlib import Path

import pytest

from bot.errors import UserError
from tasks.sandbox import Limits, Run, Sandbox

PYTHON = "/usr/bin/python3"

UNITTEST = """
import unittest
class Adds(unittest.TestCase):
    def test_right(self): self.assertEqual(1 + 1, 2)
    def test_wrong(self): self.assertEqual(1 + 1, 3)
"""
POOL = """
import multiprocessing
def double(x): return 2 * x
if __name__ == "__main__":
    with multiprocessing.Pool(3) as pool: print(sum(pool.map(double, range(10))))
"""
CHILD = """
import asyncio
async def main():
    child = await asyncio.create_subprocess_exec("echo", "from a child", stdout=asyncio.subprocess.PIPE)
    print((await child.communicate())[0].decode())
asyncio.run(main())
"""
SERVER = """
import http.server, threading, urllib.request
server = http.server.HTTPServer(("localhost", 0), http.server.SimpleHTTPRequestHandler)
threading.Thread(target=server.serve_forever, daemon=True).start()
print(urllib.request.urlopen(f"http://localhost:{server.server_port}/hello.txt").read().decode())
"""
TEMPFILE = """
import getpass, os, pathlib, socket, tempfile, time
with tempfile.NamedTemporaryFile() as file: file.write(b"x")
pathlib.Path("new.txt").write_text("x")
left, right = socket.socketpair()
print(pathlib.Path.home(), getpass.getuser(), os.getuid(), socket.gethostname(), time.tzname[0] != "")
"""


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        pytest.param(POOL, "90", id="multiprocessing"),
        pytest.param(CHILD, "from a child", id="asyncio subprocess"),
        pytest.param(SERVER, "hello", id="own server"),
        pytest.param(TEMPFILE, "/tmp sandbox 1000 sandbox True", id="files, user and names"),
    ],
)
def test_honest_work_succeeds(sandbox: Sandbox, tree: Path, script: str, expected: str) -> None:
    (tree / "work.py").write_text(script)
    run = sandbox.run(tree, [PYTHON, "work.py"])
    assert (run.exit_code, run.ended) == (0, "exit"), run.output
    assert expected in run.output


def test_a_test_suite_reports_its_failures(sandbox: Sandbox, tree: Path) -> None:
    (tree / "test_adds.py").write_text(UNITTEST)
    run = sandbox.run(tree, [PYTHON, "-m", "unittest", "-v"])
    assert run.exit_code == 1
    assert "test_right" in run.output
    assert "FAILED (failures=1)" in run.output


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (["true"], 0),
        (["sh", "-c", "exit 42"], 42),
        (["sh", "-c", "kill -TERM $$"], 128 + signal.SIGTERM),
        (["no-such-program"], 127),
    ],
)
def test_exit_codes_and_signals_pass_through(sandbox: Sandbox, tree: Path, argv: list[str], code: int) -> None:
    run = sandbox.run(tree, argv)
    assert (run.exit_code, run.ended) == (code, "exit")


def test_the_environment_is_five_fixed_words_and_the_callers(sandbox: Sandbox, tree: Path) -> None:
    run = sandbox.run(tree, ["env"], env={"PYTHONDONTWRITEBYTECODE": "1"})
    assert sorted(run.output.split()) == [
        "CI=1",
        "HOME=/tmp",
        "LANG=C.UTF-8",
        "PATH=/usr/bin:/bin",
        "PWD=/repo",
        "PYTHONDONTWRITEBYTECODE=1",
    ]


def test_results_come_back_and_the_checkout_stays_as_it_was(sandbox: Sandbox, tree: Path) -> None:
    run = sandbox.run(
        tree,
        ["sh", "-c", "echo spoiled >hello.txt; echo '<ok/>' >/results/junit.xml"],
        collect=["junit.xml", "absent.xml"],
    )
    assert run.results == {"junit.xml": b"<ok/>\n"}
    assert (tree / "hello.txt").read_text() == "hello\n"


def test_a_toolchain_out_of_reach_is_brought_along(tree: Path, tmp_path: Path) -> None:
    # Below a folder that only its owner may enter, as a home directory is.
    tool = tmp_path / "private" / "bin" / "greet"
    tool.parent.mkdir(parents=True)
    tool.write_text("#!/bin/sh\necho greetings\n")
    tool.chmod(0o700)
    (tmp_path / "private").chmod(stat.S_IRWXU)
    with_tool = Sandbox(mounts={"/toolchain": tmp_path / "private"})
    assert "greetings" in with_tool.run(tree, ["greet"]).output
    assert "Read-only" in with_tool.run(tree, ["sh", "-c", "echo x >/toolchain/bin/greet"]).output


def test_a_cancelled_run_ends(sandbox: Sandbox, tree: Path) -> None:
    asked = threading.Event()

    def cancelled() -> bool:
        asked.set()
        return True

    run = sandbox.run(tree, ["sleep", "60"], cancelled=cancelled)
    assert asked.is_set()
    assert run.ended == "cancelled"


def test_slots_run_side_by_side(tree: Path) -> None:
    runs: dict[int, Run] = {}

    def work(slot: int) -> None:
        runs[slot] = Sandbox(slot=slot).run(tree, ["sh", "-c", "sleep 0.3; id -u"])

    threads = [threading.Thread(target=work, args=(slot,)) for slot in (0, 1)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [runs[slot].output for slot in (0, 1)] == ["1000\n", "1000\n"]


def test_a_checkout_too_large_is_refused_with_a_mend(sandbox: Sandbox, tree: Path) -> None:
    (tree / "big").write_bytes(bytes(100_000))
    with pytest.raises(UserError, match="larger"):
        sandbox.run(tree, ["true"], limits=Limits(tree_bytes=50_000))


def test_a_scratch_folder_that_is_not_the_accounts_own_is_left_empty(tree: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/var/tmp") as name:
        scratch = Path(name)
        scratch.chmod(0o755)
        assert Sandbox(scratch=scratch).run(tree, ["/bin/true"]).exit_code == 0
        assert list(scratch.iterdir()) == []
