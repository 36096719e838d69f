"""`codex-bot apply` and the bytes of files: what no line of the reply names stays as it was."""

import codecs
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

# Root may write anywhere, unless it gives these two rights away.
LIKE_ANYBODY = ["setpriv", "--bounding-set=-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
LATIN = "Größe\r\nx = 1\r\nEnde".encode("latin-1")


def run(*arguments: str, stdin: str, cwd: Path, under: Sequence[str] = ()) -> subprocess.CompletedProcess[bytes]:
    command = [*under, sys.executable, "-I", "-B", "-m", "actions", "apply", *arguments]
    # -B: a disk that is full must not leave half of a compiled module behind.
    return subprocess.run(command, input=stdin.encode(), cwd=cwd, capture_output=True, timeout=60, check=False)


def block(path: str, old: str, new: str) -> str:
    return f"{path}\n```\n<<<<<<< SEARCH\n{old}\n=======\n{new}\n>>>>>>> REPLACE\n```\n"


def everything(root: Path) -> dict[str, tuple[int, bytes]]:
    """What is there, git's own folder aside."""
    paths = [path for path in root.rglob("*") if ".git" not in path.parts]
    return {
        str(path.relative_to(root)): (path.lstat().st_mode, path.read_bytes() if path.is_file() else b"")
        for path in paths
    }


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    root = tmp_path / "repo"
    root.mkdir()
    (root / "latin.txt").write_bytes(LATIN)
    (root / "latin.txt").chmod(0o640)
    (root / "marked.cs").write_bytes(codecs.BOM_UTF8 + "using Ä;\r\nx = 1\r\n".encode())
    (root / "wide.txt").write_bytes(codecs.BOM_UTF16_LE + "Größe\r\nx = 1\r\n".encode("utf-16-le"))
    (root / "plain.txt").write_bytes(b"x = 1\n")
    subprocess.run(["git", "init", "-q", str(root)], check=True)
    return root


def edited(name: str, content: bytes, codec: str) -> bytes:
    old, new = "x = 1".encode(codec), ("x = 2" if name == "plain.txt" else "x = 'ß'").encode(codec)
    assert old in content
    return content.replace(old, new)


FILES = [("latin.txt", "latin-1"), ("marked.cs", "utf-8"), ("wide.txt", "utf-16-le"), ("plain.txt", "utf-8")]
EDITS = "".join(block(name, "x = 1", "x = 2" if name == "plain.txt" else "x = 'ß'") for name, _ in FILES)


def test_every_byte_that_is_not_edited_stays(repo: Path) -> None:
    before = everything(repo)
    assert run("-", stdin=EDITS, cwd=repo).returncode == 0
    wanted = {name: (before[name][0], edited(name, before[name][1], codec)) for name, codec in FILES}
    assert everything(repo) == wanted


def test_the_diff_of_check_fits_the_bytes_for_git(repo: Path) -> None:
    before = everything(repo)
    shown = run("--check", "-", stdin=EDITS, cwd=repo)
    assert everything(repo) == before
    subprocess.run(["git", "apply", "-"], input=shown.stdout, cwd=repo, check=True)
    for name, codec in FILES:
        assert (repo / name).read_bytes() == edited(name, before[name][1], codec)


def test_json_shows_the_diff_as_text(repo: Path) -> None:
    shown = json.loads(run("--check", "--json", "-", stdin=EDITS, cwd=repo).stdout)
    assert shown["diff"].count("+x = 'ß'\r\n") == 3
    assert " Größe\r\n" in shown["diff"]


def test_a_sign_that_a_file_cannot_hold_changes_nothing_and_is_named(repo: Path) -> None:
    before = everything(repo)
    reply = block("plain.txt", "x = 1", "x = 2") + block("latin.txt", "x = 1", "x = '😀'")
    done = run("-", stdin=reply, cwd=repo)
    assert done.returncode == 1
    told = done.stderr.decode()
    assert "latin.txt is written in latin-1, which has no 😀 (U+1F600); line 2 would hold it" in told
    assert "convert the file to UTF-8" in told
    assert everything(repo) == before


def test_a_full_disk_is_a_clear_error_and_nothing_half_done(repo: Path) -> None:
    before = everything(repo)
    full = ["sh", "-c", 'ulimit -f 8; exec "$@"', "sh"]  # no file may grow beyond a few kilobytes
    reply = block("plain.txt", "x = 1", "x = 2") + block("deep/new.txt", "", "y\n" * 40_000)
    done = run("-", stdin=reply, cwd=repo, under=full)
    assert done.returncode == 1
    told = done.stderr.decode()
    assert "deep/new.txt cannot be written: File too large" in told
    assert "Nothing was changed" in told
    assert everything(repo) == before
    assert run("-", stdin=reply, cwd=repo).returncode == 0


def test_a_folder_that_may_not_be_written_is_a_clear_error_and_nothing_half_done(repo: Path) -> None:
    (repo / "shut").mkdir()
    (repo / "shut" / "a.txt").write_text("x = 1\n")
    (repo / "shut").chmod(0o555)
    before = everything(repo)
    reply = block("plain.txt", "x = 1", "x = 2") + block("shut/a.txt", "x = 1", "x = 2")
    done = run("-", stdin=reply, cwd=repo, under=LIKE_ANYBODY)
    assert done.returncode == 1
    assert "shut/a.txt cannot be written: Permission denied" in done.stderr.decode()
    assert everything(repo) == before
    (repo / "shut").chmod(0o755)
    assert run("-", stdin=reply, cwd=repo, under=LIKE_ANYBODY).returncode == 0


def test_a_file_that_may_not_be_read_is_a_clear_error(repo: Path) -> None:
    (repo / "plain.txt").chmod(0)
    done = run("-", stdin=block("plain.txt", "x = 1", "x = 2"), cwd=repo, under=LIKE_ANYBODY)
    assert done.returncode == 1
    assert "plain.txt cannot be read: Permission denied" in done.stderr.decode()
