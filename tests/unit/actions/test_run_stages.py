"""What a person sees while a job runs: a live line on a terminal, one line a stage elsewhere."""

import os
import pty
import subprocess
import sys

import pytest

from actions.stages import Stages

FIRST = """**Codex Bot is working on this** for @you: step 1 of 3

- [ ] Read the issue
- [ ] Run the tests
- [ ] Write the change

<sub>`/codex implement`</sub>"""
THIRD = """**Codex Bot is working on this** for @you: step 3 of 3, answer 2 of at most 4

- [x] Read the issue and, whole, one file
- [x] Tests as they are: 1 pass
- [ ] Write the \x1b[2J change
"""
DONE = "**Done: file:///story.md** for @you."


def test_each_stage_is_told_once_where_stderr_is_no_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    with Stages("working") as stages:
        for comment in (FIRST, FIRST, THIRD, THIRD, DONE):
            stages.hear(comment)
    out, err = capsys.readouterr()
    assert out == ""
    assert err.splitlines() == [
        "working",
        "· Read the issue",
        "✓ Read the issue and, whole, one file",
        "✓ Tests as they are: 1 pass",
        "· Write the \\x1b[2J change: answer 2 of at most 4",
    ]


def on_a_terminal(term: str) -> str:
    script = (
        "import sys, time; from actions.stages import Stages\n"
        "with Stages('working') as stages:\n"
        "    for comment in sys.argv[1:]: stages.hear(comment); time.sleep(0.5)\n"
    )
    ours, theirs = pty.openpty()
    seen = b""
    argv = [sys.executable, "-I", "-c", script, FIRST, THIRD]
    with subprocess.Popen(argv, stdout=theirs, stderr=theirs, env={**os.environ, "TERM": term}):
        os.close(theirs)
        try:
            while chunk := os.read(ours, 4096):
                seen += chunk
        except OSError:  # Linux says so when the last writer has left a terminal
            pass
        os.close(ours)
    return seen.decode()


def test_a_terminal_has_a_live_line_and_keeps_what_was_done() -> None:
    seen = on_a_terminal("xterm")
    assert "\x1b[?25l" in seen, "the cursor is hidden while a line is live"
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l"), "and comes back"
    assert "Write the \\x1b[2J change: answer 2 of at most 4" in seen
    assert seen.count("✓ Tests as they are: 1 pass") == 1


def test_a_dumb_terminal_gets_plain_lines() -> None:
    seen = on_a_terminal("dumb")
    assert "\x1b" not in seen
    assert "· Read the issue\r\n" in seen
