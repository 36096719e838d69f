"""Commits that git can hold and machines that git is set up on, checked out byte for byte."""

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.errors import RetryableError, UserError
from bot.events import Clone
from tasks.context.checkout import check_out
from tasks.context.tree import walk_files

LFS = "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 3\n"


class Repository:
    """A repository whose commits are made blob by blob, so that nothing on this machine touches their bytes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        subprocess.run(["git", "init", "-q", "--bare", str(folder)], check=True)

    def git(self, *args: str | bytes, stdin: bytes = b"") -> str:
        who = ["-c", "user.name=ann", "-c", "user.email=ann@localhost"]
        done = subprocess.run(["git", "-C", self.folder, *who, *args], check=True, input=stdin, capture_output=True)
        return done.stdout.decode().strip()

    def commit(self, files: Mapping[bytes, tuple[str, bytes]]) -> str:
        lines = []
        for path, (mode, content) in files.items():
            sha = content.decode() if mode == "160000" else self.git("hash-object", "-w", "--stdin", stdin=content)
            lines.append(f"{mode} {sha}\t".encode() + path + b"\0")
        self.git("update-index", "-z", "--index-info", stdin=b"".join(lines))
        sha = self.git("commit-tree", "-m", "one", self.git("write-tree"))
        self.git("update-ref", "refs/heads/main", sha)
        return sha


FILES = {
    b"crlf.py": ("100644", b"a\r\nb\r\n"),
    b"keyword.py": ("100644", b"$Id$\n"),
    b"run.sh": ("100755", b"#!/bin/sh\n"),
    b"README": ("100644", b"upper"),
    b"readme": ("100644", b"lower"),
    b"-rf": ("100644", b"dash"),
    b"new\nline.py": ("100644", b"line"),
    b"\xff.py": ("100644", b"bytes"),
    b"data.bin": ("100644", LFS.encode()),
    b"out": ("120000", b"/etc"),
    b"nowhere": ("120000", b"missing"),
    b"folder/x.py": ("100644", b"x = 1\n"),
    b"link": ("120000", b"folder"),
    b"module": ("160000", b"1" * 40),
    b".gitattributes": ("100644", b"* text eol=crlf ident filter=evil\n*.bin filter=lfs\n*.py export-ignore\n"),
}
SETTINGS = """[core]
autocrlf = true
symlinks = false
fileMode = false
sparseCheckout = true
fsmonitor = touch {marker}
hooksPath = {hooks}
[init]
defaultObjectFormat = sha256
templateDir = {hooks}
[filter "evil"]
smudge = touch {marker}; cat
required = true
[submodule]
recurse = true
"""


@contextmanager
def home(folder: Path) -> Iterator[None]:
    before = os.environ.get("HOME", "")
    os.environ["HOME"] = str(folder)
    try:
        yield
    finally:
        os.environ["HOME"] = before


@pytest.mark.parametrize("settings", ["", SETTINGS])
def test_what_lies_in_the_commit_lies_on_the_disk(tmp_path: Path, settings: str) -> None:
    marker, hooks = tmp_path / "ran", tmp_path / "hooks"
    for hook in ("post-checkout", "reference-transaction", "post-index-change"):
        (hooks / "hooks").mkdir(parents=True, exist_ok=True)
        for place in (hooks, hooks / "hooks"):
            (place / hook).write_text(f"#!/bin/sh\ntouch {marker}\n")
            (place / hook).chmod(0o755)
    repository = Repository(tmp_path / "r.git")
    sha = repository.commit(FILES)
    (tmp_path / ".gitconfig").write_text(settings.format(marker=marker, hooks=hooks))
    tree = tmp_path / "work" / "tree"
    with home(tmp_path):
        check_out(Clone(str(repository.folder)), sha, tree, scratch=tmp_path / "work")
    for name, (mode, content) in FILES.items():
        path = tree / os.fsdecode(name)
        if mode == "120000":
            assert str(path.readlink()) == content.decode()
        elif mode == "160000":
            assert not list(path.iterdir())
        else:
            assert path.read_bytes() == content
            assert bool(path.stat().st_mode & 0o111) == (mode == "100755")
    assert [path.name for path in tree.parent.iterdir()] == ["tree"]
    assert not marker.exists()
    assert "folder/x.py" in set(walk_files(tree))
    assert not {"link/x.py", "out", "new\nline.py"} & set(walk_files(tree))


def test_a_commit_that_is_gone_says_so_and_what_to_do(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "r.git")
    repository.commit({b"a": ("100644", b"a")})
    with pytest.raises(UserError) as caught:
        check_out(Clone(str(repository.folder)), "f" * 40, tmp_path / "tree", scratch=tmp_path)
    assert caught.value.message == "the commit ffffffffffff, on which this was begun, is gone from the repository"
    assert caught.value.mend.startswith("Ask again")


def test_a_repository_that_is_gone_says_what_git_says(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="git fetch failed"):
        check_out(Clone(str(tmp_path / "no.git")), "f" * 40, tmp_path / "tree", scratch=tmp_path)


def test_a_large_file_arrives_whole(tmp_path: Path) -> None:
    repository = Repository(tmp_path / "r.git")
    sha = repository.commit({b"large.bin": ("100644", bytes(8 * 1024 * 1024))})
    check_out(Clone(str(repository.folder)), sha, tmp_path / "tree", scratch=tmp_path)
    assert (tmp_path / "tree" / "large.bin").stat().st_size == 8 * 1024 * 1024


def test_a_forge_that_is_away_is_retryable_and_no_token_is_told(tmp_path: Path) -> None:
    clone = Clone("http://127.0.0.1:1/o/r.git", {"Authorization": "Basic c2VjcmV0LXRva2Vu"})
    with pytest.raises(RetryableError) as caught:
        check_out(clone, "f" * 40, tmp_path / "tree", scratch=tmp_path)
    assert "c2VjcmV0" not in str(caught.value)
