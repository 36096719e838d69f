"""`codex-bot locate` from outside: what it prints and how it leaves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Root may read every folder, unless it gives these two rights away.
LIKE_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []


def run(*arguments: str, stdin: str = "", cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [*LIKE_ANYBODY, sys.executable, "-I", "-m", "actions", "locate", *arguments]
    return subprocess.run(command, input=stdin, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(
        "def discount(percent):\n    return percent\n\n\ndef receipt():\n    return 'paper'\n"
    )
    (tmp_path / "test_shop.py").write_text("def test_discount():\n    assert discount(5)\n")
    (tmp_path / "bug.md").write_text("# Wrong discount\n\nThe discount percent is off.\n")
    return tmp_path


def test_it_prints_the_places_best_first(repo: Path) -> None:
    done = run("--issue", "bug.md", "--limit", "2", cwd=repo)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[0] == "shop.py::discount"
    assert len(done.stdout.splitlines()) == 2


def test_json_has_lines_and_scores(repo: Path) -> None:
    done = run("--issue", "-", "--json", stdin="discount percent", cwd=repo)
    first = json.loads(done.stdout)["items"][0]
    assert first.pop("score") > 0
    assert first == {"path": "shop.py", "symbol": "discount", "start_line": 1, "end_line": 2}


@pytest.mark.parametrize(
    "arguments",
    [
        ["--issue", "gone.md"],
        ["--issue", "-"],
        ["--repo", "gone", "--issue", "bug.md"],
        [],
        ["--issue", "bug.md", "--limit", "0"],
    ],
)
def test_wrong_usage_leaves_with_2_and_says_what_to_give(repo: Path, arguments: list[str]) -> None:
    done = run(*arguments, cwd=repo)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_wrong_usage_in_json_is_one_document(repo: Path) -> None:
    done = run("--issue", "gone.md", "--json", cwd=repo)
    assert "gone.md" in json.loads(done.stdout)["error"]["message"]


def test_nothing_found_is_said_with_a_hint(repo: Path) -> None:
    done = run("--issue", "-", stdin="zzzz qqqq", cwd=repo)
    assert done.returncode == 1
    assert "hint:" in done.stderr


def test_bytes_that_are_no_text_are_refused(repo: Path) -> None:
    (repo / "bug.bin").write_bytes(b"\xff\xfe")
    assert run("--issue", "bug.bin", cwd=repo).returncode == 2


def test_an_unreadable_folder_is_said_with_a_hint(repo: Path) -> None:
    closed = repo / "closed"
    closed.mkdir()
    closed.chmod(0)
    done = run("--repo", "closed", "--issue", "bug.md", cwd=repo)
    closed.chmod(0o700)
    assert done.returncode == 2
    assert "hint:" in done.stderr


def test_help_starts_with_examples(tmp_path: Path) -> None:
    assert run("--help", cwd=tmp_path).stdout.splitlines()[2].strip() == "Examples:"
