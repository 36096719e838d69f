"""What a newcomer sees: `codex-bot demo`."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from infra.practice_forge.tape import FOLDER

ARGV = [sys.executable, "-I", "-m", "actions", "demo"]
pytestmark = [pytest.mark.timeout(400), pytest.mark.usefixtures("model_is_here")]


@pytest.fixture
def folder() -> Iterator[Path]:
    # Not below pytest's own folders: started as root, the sandbox's account could not pass through them.
    made = Path(tempfile.mkdtemp(prefix="demo-test-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def environment(folder: Path) -> dict[str, str]:
    tape = os.environ.get(FOLDER, "")
    return {FOLDER: tape, "PATH": "/usr/bin:/bin", "HOME": str(folder), "TMPDIR": str(folder), "COLUMNS": "120"}


def demo(folder: Path, *options: str) -> subprocess.CompletedProcess[str]:
    argv = [*ARGV, *options]
    return subprocess.run(
        argv, env=environment(folder), cwd=folder, capture_output=True, text=True, timeout=360, check=False
    )


@pytest.mark.parametrize(
    ("forge", "page"), [("github", "/ann/numberkit/pull/2"), ("gitlab", "/ann/numberkit/-/merge_requests/1")]
)
def test_an_issue_becomes_a_verified_pull_request(forge: str, page: str, folder: Path) -> None:
    shown = demo(folder, "--forge", forge)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "/codex implement" in shown.stdout
    assert page in shown.stdout
    assert "+def is_even" in shown.stdout
    assert "test from the issue" in shown.stdout
    assert "✓ verified" in shown.stdout
    told = shown.stderr.splitlines()  # not a terminal: one line a stage
    assert "loading the model" in told
    assert [line[:11] for line in told if line.startswith("✓")][:2] == ["✓ Delivered", "✓ Read the "]
    assert "· Write the change" in told
    assert list(folder.glob("codex-bot-demo-*")) == [], "a demo that went well leaves nothing behind"


def test_a_demo_that_gets_no_answer_says_so_and_keeps_the_logs(folder: Path) -> None:
    shown = demo(folder, "--seconds", "0.5")
    assert shown.returncode == 1
    assert "error: no result after" in shown.stderr
    (kept,) = folder.glob("codex-bot-demo-*")
    assert str(kept) in shown.stderr
    assert (kept / "logs" / "worker.log").exists()


def test_a_model_that_is_not_there_is_a_clear_error(folder: Path) -> None:
    shown = demo(folder, "--model", "/no/such/model.gguf")
    assert shown.returncode == 1
    assert "engine did not start" in shown.stderr
    assert "/no/such/model.gguf" in shown.stderr
    assert "Traceback" not in shown.stderr


def left_running(folder: Path) -> list[str]:
    """Return the command lines of the processes that were started for a demo in `folder`."""
    left = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            if process.environ().get("TMPDIR") == str(folder):
                left.append(" ".join(process.cmdline()))
    return left


@pytest.mark.parametrize("stage", ["starting the practice forge", "loading the model", "Run the tests as they are"])
def test_an_interrupted_demo_leaves_nothing_running_and_tells_its_folder(folder: Path, stage: str) -> None:
    with subprocess.Popen(ARGV, env=environment(folder), cwd=folder, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        told = next(line for line in process.stderr if stage in line)
        time.sleep(0.3)  # in the middle of the stage: in the instant of a fork, Python drops an interrupt
        process.send_signal(signal.SIGINT)
        told += process.stderr.read()
    assert process.returncode in {130, -signal.SIGINT}
    assert "error: interrupted" in told
    assert "Traceback" not in told
    (kept,) = folder.glob("codex-bot-demo-*")
    assert str(kept) in told
    assert left_running(folder) == []
