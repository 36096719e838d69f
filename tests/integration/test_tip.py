"""One file of the default branch's newest commit, read from repositories and forges as they are."""

import subprocess
from pathlib import Path

import pytest

from bot.errors import RetryableError, UserError
from bot.events import Clone, Repo
from bot.forges.github.access import GitHubAccess
from bot.forges.github.adapter import GitHubForge
from infra.practice_forge.forge import AppSpec
from infra.practice_forge.server import PracticeForge, new_app_key
from tasks.context.tip import Tip, read_tip

FILE = ".codex.toml"


def git(folder: Path, *args: str) -> str:
    who = ["-c", "user.name=ann", "-c", "user.email=ann@localhost"]
    return subprocess.run(["git", "-C", folder, *who, *args], check=True, capture_output=True, text=True).stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    folder = tmp_path / "kit"
    subprocess.run(["git", "init", "-q", "-b", "trunk", str(folder)], check=True)
    (folder / FILE).write_text("# trunk\n")
    (folder / "large.py").write_text("x = 1\n")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "one")
    return folder


def read(folder: Path, scratch: Path, largest: int = 100) -> Tip:
    return read_tip(Clone(str(folder)), FILE, scratch=scratch, largest=largest)


def test_the_file_comes_with_the_commit_and_nothing_stays_behind(repository: Path, tmp_path: Path) -> None:
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    assert read(repository, scratch) == Tip(git(repository, "rev-parse", "HEAD"), b"# trunk\n")
    assert list(scratch.iterdir()) == []


def test_no_other_branch_and_no_tag_has_a_say(repository: Path, tmp_path: Path) -> None:
    git(repository, "checkout", "-q", "-b", "codex/issue-7")
    (repository / FILE).write_text("# mine\n")
    git(repository, "commit", "-qam", "mine")
    git(repository, "tag", "trunk")  # the same word, another commit
    git(repository, "checkout", "-q", "refs/heads/trunk")
    git(repository, "symbolic-ref", "HEAD", "refs/heads/trunk")
    assert read(repository, tmp_path).content == b"# trunk\n"


def test_only_that_file_is_asked_for_where_the_forge_can_leave_files_out(repository: Path, tmp_path: Path) -> None:
    git(repository, "config", "uploadpack.allowFilter", "true")
    blob = git(repository, "rev-parse", "HEAD:large.py")
    (repository / ".git" / "objects" / blob[:2] / blob[2:]).unlink()  # whoever asks for it, fails
    assert read(repository, tmp_path).content == b"# trunk\n"
    git(repository, "config", "uploadpack.allowFilter", "false")
    with pytest.raises(RetryableError):
        read(repository, tmp_path)


def test_a_commit_without_the_file_and_a_repository_without_a_commit_have_none(
    repository: Path, tmp_path: Path
) -> None:
    git(repository, "rm", "-q", FILE)
    git(repository, "commit", "-qm", "gone")
    assert read(repository, tmp_path) == Tip(git(repository, "rev-parse", "HEAD"), None)
    subprocess.run(["git", "init", "-q", str(tmp_path / "empty")], check=True)
    assert read(tmp_path / "empty", tmp_path) == Tip("", None)


def test_a_repository_that_stands_on_no_branch_is_read_where_it_stands(repository: Path, tmp_path: Path) -> None:
    git(repository, "checkout", "-q", "--detach")
    assert read(repository, tmp_path).content == b"# trunk\n"


@pytest.mark.parametrize("kind", ["link", "folder", "large"])
def test_what_is_no_plain_small_file_is_refused(repository: Path, tmp_path: Path, kind: str) -> None:
    (repository / FILE).unlink()
    if kind == "link":
        (repository / FILE).symlink_to("large.py")
    elif kind == "folder":
        (repository / FILE).mkdir()
        (repository / FILE / "a").write_text("a")
    else:
        (repository / FILE).write_text("#" * 101)
    git(repository, "add", "-A")
    git(repository, "commit", "-qm", kind)
    with pytest.raises(UserError, match="is no plain file" if kind != "large" else "has 101 bytes; at most 100"):
        read(repository, tmp_path)


def test_a_repository_that_is_gone_and_a_forge_that_is_away_differ(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="git clone failed"):
        read(tmp_path / "none", tmp_path)
    clone = Clone("http://127.0.0.1:1/o/r.git", {"Authorization": "Basic c2VjcmV0LXRva2Vu"})
    with pytest.raises(RetryableError) as caught:
        read_tip(clone, FILE, scratch=tmp_path, largest=100)
    assert "c2VjcmV0" not in str(caught.value)


def test_a_private_repository_is_read_over_http(tmp_path: Path) -> None:
    with PracticeForge(tmp_path / "forge", app=AppSpec(key_pem=new_app_key()), limits=False) as server:
        files = {FILE: b"# private\n", "large.py": b"x = 1\n"}
        server.create_repo("ann", "kit", files, private=True)
        (repository,) = (tmp_path / "forge").rglob("kit.git")
        git(repository, "config", "uploadpack.allowFilter", "true")
        forge = GitHubForge(GitHubAccess(web_url=server.url, token=server.token_for("ann")))
        tip = read_tip(forge.clone(Repo("ann", "kit")), FILE, scratch=tmp_path, largest=100)
        assert tip == Tip(forge.head(Repo("ann", "kit"), "main") or "", b"# private\n")
        with pytest.raises(UserError):
            read_tip(Clone(f"{server.url}/ann/kit.git"), FILE, scratch=tmp_path, largest=100)
