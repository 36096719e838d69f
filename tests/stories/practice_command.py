"""The command `codex-bot practice-forge` as a process of its own."""

import contextlib
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

SCRIPT = "from infra.practice_forge.command import practice_forge; practice_forge()"


def demo_folder(parent: Path) -> Path:
    """Make the files of a repository, with a `.git` that the forge must not take."""
    demo = parent / "demo"
    (demo / ".git").mkdir(parents=True)
    (demo / ".git" / "config").write_text("not for the forge")
    (demo / "README.md").write_text("# Demo\n")
    return demo


@contextlib.contextmanager
def started(*options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Start the command on a free port; give the process and its address."""
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, "--port", "0", *options],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout
        line = process.stdout.readline()
        address = re.search(r"http://127\.0\.0\.1:\d+", line)
        assert address, line
        assert "for practice only" in line
        yield process, address.group()
    finally:
        process.kill()
        process.communicate()
