"""What `codex-bot run implement` refuses before it writes anything."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

START = [sys.executable, "-I", "-m", "actions", "run", "implement"]
AWAY = "http://127.0.0.1:1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    git = ["git", "-C", str(tmp_path / "kit"), "-c", "user.name=ann", "-c", "user.email=ann@localhost"]
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "kit.py").write_text("ONE = 1\n")
    (tmp_path / "issue.md").write_text("# Add TWO\n\nTo `kit.py`.\n")
    for arguments in (["init", "-q", "-b", "main"], ["add", "-A"], ["commit", "-qm", "first"]):
        subprocess.run([*git, *arguments], check=True)
    return tmp_path


def implement(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*START, "--repo", "kit", *arguments],
        stdin=subprocess.DEVNULL,
        env={**os.environ, "CODEX_BOT_MODEL_URL": AWAY},
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )


def branches(folder: Path) -> str:
    argv = ["git", "-C", str(folder / "kit"), "branch", "--format=%(refname:short)"]
    return subprocess.run(argv, check=True, capture_output=True, text=True).stdout


def test_a_model_that_is_away_leaves_with_3_before_anything_is_written(folder: Path) -> None:
    done = implement(folder, "--issue", "issue.md")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.splitlines()[-2:] == [
        f"error: The model server at {AWAY} cannot be reached.",
        "hint: Try again when it is back; `codex-bot doctor` looks closer.",
    ]
    assert (branches(folder), (folder / "codex-issue-1.md").exists()) == ("main\n", False)


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["--issue", "-"], "the issue is empty"),
        (["--issue", "gone.md"], "cannot read gone.md"),
        (["--issue", "issue.md", "--number", "0"], "0 is not in the range"),
        (["--issue", "issue.md", "--out", "gone/story.md"], "nothing can be written to"),
        (["--issue", "issue.md", "--repo", "gone"], "gone is not a folder"),
        (["--issue", "issue.md", "--repo", "."], "is no git repository"),
    ],
)
def test_wrong_usage_leaves_with_2_and_says_what_to_give(folder: Path, arguments: list[str], complaint: str) -> None:
    done = implement(folder, *arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr
