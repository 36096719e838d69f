"""`codex-bot apply` from outside: what it prints, what it writes, how it leaves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

OLD = "def f():\n    return 1\n"


def run(*arguments: str, stdin: str = "", cwd: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-m", "actions", "apply", *arguments]
    return subprocess.run(command, input=stdin, cwd=cwd, capture_output=True, text=True, timeout=60, check=False)


def block(path: str, old: str, new: str) -> str:
    return f"{path}\n```python\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n```\n"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text(OLD)
    (root / "src" / "a.py").chmod(0o755)
    (root / "crlf.txt").write_bytes(b"one\r\ntwo")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def test_a_reply_changes_the_tree_and_names_what_it_changed(repo: Path) -> None:
    reply = block("src/a.py", "    return 1", "    return 2\n    # two") + block("crlf.txt", "one", "eins")
    (repo.parent / "reply.md").write_text(reply + "src/new/b.py\n```python\nx = 1\n```\n")
    done = run("--repo", "repo", "reply.md", cwd=repo.parent)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines() == ["crlf.txt +1 -1", "src/a.py +2 -1", "src/new/b.py +1 -0"]
    assert (repo / "src" / "a.py").read_text() == "def f():\n    return 2\n    # two\n"
    assert (repo / "src" / "a.py").stat().st_mode & 0o777 == 0o755
    assert (repo / "crlf.txt").read_bytes() == b"eins\r\ntwo"
    assert (repo / "src" / "new" / "b.py").read_text() == "x = 1\n"
    assert not [name for _, _, names in os.walk(repo) for name in names if name.endswith(".codex-bot")]


def test_applied_twice_is_nothing_to_do(repo: Path) -> None:
    reply = block("src/a.py", "    return 1", "    return 2")
    assert run("-", stdin=reply, cwd=repo).returncode == 0
    again = run("-", stdin=reply, cwd=repo)
    assert (again.returncode, again.stdout) == (0, "")
    assert "nothing to do" in again.stderr


def test_check_prints_a_diff_that_git_takes_and_writes_nothing(repo: Path) -> None:
    reply = (
        block("src/a.py", "    return 1", "    return 2")
        + block("crlf.txt", "two", "zwei")
        + block("new.py", "", "x = 1")
    )
    done = run("--check", "-", stdin=reply, cwd=repo)
    assert done.returncode == 0
    assert (repo / "src" / "a.py").read_text() == OLD
    assert not (repo / "new.py").exists()
    assert "-    return 1\n+    return 2\n" in done.stdout
    assert r"\ No newline at end of file" in done.stdout


def test_the_diff_of_check_is_what_apply_does(repo: Path) -> None:
    reply = block("src/a.py", "    return 1", "    return 2") + "e.py\n```python\n```\n" + block("new.py", "", "x = 1")
    diff = run("--check", "-", stdin=reply, cwd=repo).stdout
    subprocess.run(["git", "apply", "-"], input=diff, cwd=repo, text=True, check=True)
    again = run("-", stdin=reply, cwd=repo)
    assert "nothing to do" in again.stderr


def test_json_is_one_document(repo: Path) -> None:
    done = run("--json", "-", stdin=block("src/a.py", "    return 1", "    return 2"), cwd=repo)
    document = json.loads(done.stdout)
    assert document["items"] == [{"path": "src/a.py", "added": 1, "removed": 1}]
    assert document["written"] is True


@pytest.mark.parametrize("extra", [[], ["--json"]])
def test_a_refused_reply_changes_nothing_and_says_why(repo: Path, extra: list[str]) -> None:
    reply = block("src/a.py", "    return 1", "    return 2") + block("src/a.py", "    return 7", "    return 8")
    done = run(*extra, "-", stdin=reply, cwd=repo)
    assert done.returncode == 1
    assert (repo / "src" / "a.py").read_text() == OLD
    told = json.loads(done.stdout)["error"] if extra else {"message": done.stderr, "mend": done.stderr}
    assert "block 2 (src/a.py): the lines to replace are not in the file" in told["message"]
    assert "send these reasons back" in told["mend"]


def test_the_lines_that_come_closest_are_shown_with_their_numbers(repo: Path) -> None:
    number = OLD.split("\n").index("    return 1") + 1
    told = run("-", stdin=block("src/a.py", "    return 7", "    return 8"), cwd=repo).stderr.split("\n")
    assert f"{number:>8} |     return 1" in told
    assert "    The file has `return 1`, the block has `return 7`." in told
    nowhere = run("-", stdin=block("src/a.py", "zzz qqq", "x"), cwd=repo).stderr
    assert " | " not in nowhere


HALF = block("src/a.py", "    return 1", "    return 2") + block("crlf.txt", "nowhere", "x")


def test_a_part_is_applied_when_asked_and_the_rest_is_named(repo: Path) -> None:
    done = run("--partial", "-", stdin=HALF, cwd=repo)
    assert (done.returncode, done.stdout) == (1, "src/a.py +1 -1\n")
    assert "refused: block 2 (crlf.txt): the lines to replace are not in the file" in done.stderr
    assert (repo / "src" / "a.py").read_text() == OLD.replace("1", "2")
    assert (repo / "crlf.txt").read_bytes() == b"one\r\ntwo"


def test_the_document_of_a_part_names_the_rest(repo: Path) -> None:
    done = run("--partial", "--check", "--json", "-", stdin=HALF, cwd=repo)
    document = json.loads(done.stdout)
    assert done.returncode == 1
    assert [item["path"] for item in document["items"]] == ["src/a.py"]
    reason = "the lines to replace are not in the file"
    assert document["refused"] == [{"block": 2, "path": "crlf.txt", "reason": reason}]
    assert (document["written"], (repo / "src" / "a.py").read_text()) == (False, OLD)


def test_a_part_of_nothing_is_refused_and_all_of_it_is_no_part(repo: Path) -> None:
    done = run("--partial", "-", stdin=block("crlf.txt", "nowhere", "x"), cwd=repo)
    assert (done.returncode, done.stdout) == (1, "")
    assert "nothing was changed" in done.stderr
    whole = run("--partial", "-", stdin=block("crlf.txt", "one", "eins"), cwd=repo)
    assert (whole.returncode, whole.stderr) == (0, "")


@pytest.mark.parametrize(
    "reply", ["", "I have no idea.", block("src/a.py", "", "x = 1"), block("../b.py", "", "x = 1")]
)
def test_a_useless_reply_is_refused(repo: Path, reply: str) -> None:
    done = run("-", stdin=reply, cwd=repo)
    assert done.returncode == 1
    assert "error:" in done.stderr
    assert "hint:" in done.stderr
    assert "Traceback" not in done.stderr


def test_links_are_not_written_through(repo: Path) -> None:
    outside = repo.parent / "outside"
    outside.mkdir()
    (outside / "x.py").write_text("x = 1\n")
    (repo / "link").symlink_to(outside)
    (repo / "file.py").symlink_to(outside / "x.py")
    for path in ("link/x.py", "link/y.py", "file.py"):
        done = run("-", stdin=f"`{path}`\n```python\nx = 2\n```\n", cwd=repo)
        assert done.returncode == 1
        assert "Traceback" not in done.stderr
    assert [(file.name, file.read_text()) for file in outside.iterdir()] == [("x.py", "x = 1\n")]


def test_an_ignored_file_is_not_overwritten(repo: Path) -> None:
    (repo / ".gitignore").write_text("local.py\n")
    (repo / "local.py").write_text("secret = 1\n")
    done = run(
        "-", stdin=block("src/a.py", "    return 1", "    return 2") + "local.py\n```python\nx = 2\n```\n", cwd=repo
    )
    assert done.returncode == 1
    assert (repo / "local.py").read_text() == "secret = 1\n"
    assert (repo / "src" / "a.py").read_text() == OLD


def test_a_folder_that_is_no_repository_of_gits_will_do(tmp_path: Path) -> None:
    (tmp_path / "a.py").write_text(OLD)
    assert run("-", stdin=block("a.py", "    return 1", "    return 2"), cwd=tmp_path).returncode == 0
    assert "return 2" in (tmp_path / "a.py").read_text()


def test_a_binary_file_is_refused(repo: Path) -> None:
    (repo / "data.txt").write_bytes(b"\xff\xfe\x00")
    done = run("-", stdin=block("data.txt", "x", "y"), cwd=repo)
    assert done.returncode == 1
    assert "data.txt is not text" in done.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["missing.md"],
        ["--repo", "missing", "-"],
        ["--repo", "repo/crlf.txt", "-"],
        ["repo"],
        [],
        ["--wat", "-"],
        ["a\nb"],
    ],
)
def test_wrong_usage_leaves_with_2_and_a_hint(repo: Path, arguments: list[str]) -> None:
    done = run(*arguments, cwd=repo.parent)
    assert done.returncode == 2
    assert done.stdout == ""
    assert "Traceback" not in done.stderr


def test_control_characters_of_a_reply_do_not_reach_the_terminal(repo: Path) -> None:
    done = run("-", stdin=block("`\x1b[31mx.py`", "x", "y"), cwd=repo)
    assert done.returncode == 1
    assert "\x1b[31mx" not in done.stderr


def test_help_starts_with_examples(tmp_path: Path) -> None:
    lines = run("--help", cwd=tmp_path).stdout.splitlines()
    assert lines[2].strip() == "Examples:"
