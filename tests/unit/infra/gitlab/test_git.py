"""Git over HTTP in a GitLab world."""

import os
import subprocess
from pathlib import Path

import pytest
from fakes.door import Door

from infra.practice_forge.repos import git_program
from infra.practice_forge.server import PracticeForge
from infra.practice_forge.state import Repository


def git(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(folder), "GIT_TERMINAL_PROMPT": "0", "NO_PROXY": "*"}
    who = ("-c", "user.name=T", "-c", "user.email=t@example.com")
    return subprocess.run(
        [git_program(), *who, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


def address(forge: PracticeForge, token: str, path: str = "ann/sums") -> str:
    return f"{forge.url.replace('//', f'//oauth2:{token}@')}/{path}.git"


def clone(forge: PracticeForge, folder: Path, token: str, path: str = "ann/sums") -> Path:
    done = git(folder, "clone", "--quiet", address(forge, token, path), "work")
    assert done.returncode == 0, done.stderr
    return folder / "work"


def test_a_developer_pushes_a_branch_and_its_merge_request_follows(
    forge: PracticeForge, repo: Repository, tmp_path: Path, door: Door
) -> None:
    forge.gitlab.add_hook(repo, door.url, events=["push_events"])
    work = clone(forge, tmp_path, forge.token_for("codex-bot"))
    (work / "new.py").write_text("n = 1\n")
    assert git(work, "add", ".").returncode == git(work, "commit", "-qm", "New").returncode == 0
    pushed = git(work, "push", "-q", "origin", "HEAD:refs/heads/codex/new")
    assert pushed.returncode == 0, pushed.stderr
    headers, payload = door.next()
    assert (headers["X-Gitlab-Event"], payload["user_username"]) == ("Push Hook", "codex-bot")
    assert (payload["ref"], payload["before"]) == ("refs/heads/codex/new", "0" * 40)
    assert [commit["added"] for commit in payload["commits"]] == [["new.py"]]
    assert forge.forge.state.effects[-1].actor == "codex-bot"


def test_the_default_branch_is_protected_from_developers(
    forge: PracticeForge, repo: Repository, tmp_path: Path
) -> None:
    work = clone(forge, tmp_path, forge.token_for("bob"))
    git(work, "commit", "-q", "--allow-empty", "-m", "E")
    refused = git(work, "push", "origin", "HEAD:main")
    assert (refused.returncode != 0, "403" in refused.stderr) == (True, True)
    git(work, "remote", "set-url", "origin", address(forge, forge.token_for("ann")))
    assert git(work, "push", "-q", "origin", "HEAD:main").returncode == 0
    assert git(work, "push", "-q", "origin", ":main").returncode != 0


@pytest.mark.parametrize(("scopes", "works"), [(["read_repository"], False), (["write_repository"], True)])
def test_pushing_needs_its_scope(
    forge: PracticeForge, repo: Repository, tmp_path: Path, *, scopes: list[str], works: bool
) -> None:
    work = clone(forge, tmp_path, forge.gitlab.token("bob", scopes=scopes))
    git(work, "commit", "-q", "--allow-empty", "-m", "E")
    assert (git(work, "push", "-q", "origin", "HEAD:topic").returncode == 0) == works


def test_many_branches_at_once_are_told_to_nobody(forge: PracticeForge, repo: Repository, tmp_path: Path) -> None:
    forge.gitlab.add_hook(repo, "http://127.0.0.1:9/", events=["push_events"])
    work = clone(forge, tmp_path, forge.token_for("bob"))
    assert git(work, "push", "-q", "origin", *(f"HEAD:refs/heads/b{n}" for n in range(4))).returncode == 0
    assert forge.deliveries() == []
    assert git(work, "push", "-q", "origin", *(f"HEAD:refs/heads/c{n}" for n in range(3))).returncode == 0
    assert len(forge.deliveries()) == 3


def test_projects_in_groups_and_private_ones(forge: PracticeForge, tmp_path: Path) -> None:
    forge.create_repo("acme/team", "api.v2", {"a": b"1\n"}, private=True, roles={"bob": "read"})
    assert (clone(forge, tmp_path, forge.token_for("bob"), "acme/team/api.v2") / "a").read_text() == "1\n"
    for token in (forge.token_for("eve"), "wrong"):
        assert git(tmp_path, "ls-remote", address(forge, token, "acme/team/api.v2")).returncode != 0
    work = tmp_path / "work"
    git(work, "commit", "-q", "--allow-empty", "-m", "E")
    assert "403" in git(work, "push", "origin", "HEAD:topic").stderr
