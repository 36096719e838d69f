"""The console script as a shell sees it: what it does with pipes, terminals and signals."""

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

START = [sys.executable, "-I", "-m", "actions"]


def environment(folder: Path, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"NO_COLOR", "FORCE_COLOR", "COLUMNS"}}
    return {**kept, "CODEX_BOT_DATA_DIR": str(folder / "data"), "TERM": "xterm", **more}


@pytest.mark.parametrize("arguments", [["--help"], ["doctor", "--settings"], ["doctor", "--settings", "--json"]])
def test_a_reader_who_leaves_early_hears_no_complaint(tmp_path: Path, arguments: list[str]) -> None:
    reading, writing = os.pipe()
    os.close(reading)  # gone before the first byte
    try:
        done = subprocess.run(
            [*START, *arguments],
            stdout=writing,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(tmp_path),
            check=False,
        )
    finally:
        os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 1


def test_an_error_that_nobody_reads_is_no_traceback_either(tmp_path: Path) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    try:
        done = subprocess.run(
            [*START, "dcotor", "--json"], stdout=writing, stderr=subprocess.PIPE, text=True, env=environment(tmp_path),
            check=False,
        )  # fmt: skip
    finally:
        os.close(writing)
    assert done.stderr == ""
    assert done.returncode == 1


def on_a_terminal(folder: Path, *arguments: str, **more: str) -> str:
    """Return what a person at a terminal would see."""
    ours, theirs = pty.openpty()
    seen = b""
    with subprocess.Popen(
        [*START, *arguments], stdin=theirs, stdout=theirs, stderr=theirs, env=environment(folder, **more)
    ) as process:
        os.close(theirs)
        try:
            while chunk := os.read(ours, 4096):
                seen += chunk
        except OSError:  # Linux says so when the last writer has left a terminal
            pass
        os.close(ours)
        process.wait(60)
    return seen.decode()


def test_a_terminal_gets_colour_unless_somebody_minds(tmp_path: Path) -> None:
    assert "\x1b[31m" in on_a_terminal(tmp_path, "dcotor")
    assert "\x1b[" not in on_a_terminal(tmp_path, "dcotor", NO_COLOR="1")
    assert "\x1b[" not in on_a_terminal(tmp_path, "dcotor", TERM="dumb")
    assert "\x1b[" not in on_a_terminal(tmp_path, "dcotor", NO_COLOR="1", FORCE_COLOR="1")


def test_a_locale_without_our_signs_is_no_reason_to_fail(tmp_path: Path) -> None:
    done = subprocess.run(
        [*START, "run", "--help"], capture_output=True, env=environment(tmp_path, PYTHONIOENCODING="ascii"), check=True
    )
    assert (done.returncode, done.stderr) == (0, b"")


def test_ctrl_c_leaves_with_130_and_no_traceback(tmp_path: Path) -> None:
    reply = tmp_path / "reply"
    os.mkfifo(reply)
    with subprocess.Popen(
        [*START, "apply", "--repo", str(tmp_path), str(reply)], stderr=subprocess.PIPE, env=environment(tmp_path)
    ) as process:
        with reply.open("wb"):  # returns when the command reads on the other side
            process.send_signal(signal.SIGINT)
            assert process.wait(60) == 130
        assert process.stderr
        assert b"Traceback" not in process.stderr.read()
