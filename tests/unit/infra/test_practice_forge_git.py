"""Clone, fetch and push with the git command line, and every way to be turned away."""

import base64
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests

from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key
from infra.practice_forge.state import Token


@pytest.fixture(scope="module")
def app() -> AppSpec:
    return AppSpec(key_pem=new_app_key())


@pytest.fixture
def forge(tmp_path: Path, app: AppSpec) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path / "forge", app=app, limits=False) as forge:
        forge.create_repo("ann", "demo", {"README.md": b"# Demo\n"})
        forge.create_repo("ann", "hidden", {"README.md": b"# Hidden\n"}, private=True)
        yield forge


def git(folder: Path, *arguments: str, token: str = "", header: str = "") -> subprocess.CompletedProcess[str]:
    """Run git with the credential in its environment, as the bot does."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_AUTHOR_NAME": "T",
        "GIT_AUTHOR_EMAIL": "t@example.org",
        "GIT_COMMITTER_NAME": "T",
        "GIT_COMMITTER_EMAIL": "t@example.org",
    }
    if token:
        header = f"Authorization: Bearer {token}"
    if header:
        environment |= {"GIT_CONFIG_COUNT": "1", "GIT_CONFIG_KEY_0": "http.extraHeader", "GIT_CONFIG_VALUE_0": header}
    return subprocess.run(
        ["git", *arguments], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def cloned(forge: PracticeForge, tmp_path: Path) -> Path:
    done = git(tmp_path, "clone", "--quiet", f"{forge.url}/ann/demo.git", "demo")
    assert done.returncode == 0, done.stderr
    return tmp_path / "demo"


def bot_token(forge: PracticeForge) -> str:
    installation = forge.forge.state.installation_of("ann")
    assert installation
    token = Token(forge.forge.app.login, installation.id, forge.forge.app.permissions)
    return forge.forge.new_token(token, prefix="ghs_")


def pushed(forge: PracticeForge) -> list[str]:
    effects = requests.get(f"{forge.url}/_practice/effects", timeout=10).json()
    return [effect["actor"] for effect in effects if effect["path"].endswith("git-receive-pack")]


def test_anybody_clones_what_is_public(forge: PracticeForge, tmp_path: Path) -> None:
    assert (cloned(forge, tmp_path) / "README.md").read_text() == "# Demo\n"


def test_a_token_opens_what_is_private_as_password_or_as_bearer(forge: PracticeForge, tmp_path: Path) -> None:
    token = bot_token(forge)
    basic = base64.b64encode(f"x-access-token:{token}".encode()).decode()
    for header in (f"Authorization: Basic {basic}", f"Authorization: Bearer {token}"):
        assert "refs/heads/main" in git(tmp_path, "ls-remote", f"{forge.url}/ann/hidden", header=header).stdout


def test_what_is_private_asks_for_a_password_whether_or_not_it_is_there(forge: PracticeForge, tmp_path: Path) -> None:
    for name in ("hidden", "none"):
        reply = requests.get(f"{forge.url}/ann/{name}.git/info/refs?service=git-upload-pack", timeout=10)
        assert (reply.status_code, reply.headers["WWW-Authenticate"][:5]) == (401, "Basic")
        assert git(tmp_path, "ls-remote", f"{forge.url}/ann/{name}.git").returncode != 0
        assert git(tmp_path, "ls-remote", f"{forge.url}/ann/{name}.git", token=forge.token_for("eve")).returncode != 0
    assert git(tmp_path, "ls-remote", f"{forge.url}/ann/hidden.git", token=forge.token_for("bob")).returncode == 0
    assert git(tmp_path, "ls-remote", f"{forge.url}/ann/demo.git", token="ghs_wrong").returncode != 0


def test_a_private_clone_needs_the_contents_permission(forge: PracticeForge, tmp_path: Path) -> None:
    token = bot_token(forge)
    forge.grant({"issues": "write"})
    assert "403" in git(tmp_path, "ls-remote", f"{forge.url}/ann/hidden.git", token=token).stderr


def test_a_push_moves_the_branches_and_is_one_effect_for_each(forge: PracticeForge, tmp_path: Path) -> None:
    folder = cloned(forge, tmp_path)
    # Beyond git's 1 MiB buffer, so that the push comes in chunks of unknown number.
    (folder / "large.bin").write_bytes(os.urandom(2_000_000))
    git(folder, "add", ".")
    git(folder, "commit", "--quiet", "-m", "Large")
    done = git(folder, "push", "origin", "HEAD:refs/heads/one", "HEAD:refs/heads/two", token=bot_token(forge))
    assert done.returncode == 0, done.stderr
    sha = git(folder, "rev-parse", "HEAD").stdout.strip()
    for branch in ("one", "two"):
        url = f"{forge.url}/api/v3/repos/ann/demo/branches/{branch}"
        assert requests.get(url, timeout=10).json()["commit"]["sha"] == sha
    assert pushed(forge) == ["codex-bot[bot]"] * 2


def test_a_push_without_rights_changes_nothing(forge: PracticeForge, tmp_path: Path) -> None:
    folder = cloned(forge, tmp_path)
    git(folder, "commit", "--quiet", "--allow-empty", "-m", "A")
    token = bot_token(forge)
    forge.grant({"contents": "read", "issues": "write"})
    for secret in ("", token, forge.token_for("eve"), "ghs_wrong"):
        assert git(folder, "push", "origin", "HEAD:refs/heads/no", token=secret).returncode != 0
    assert requests.get(f"{forge.url}/api/v3/repos/ann/demo/branches/no", timeout=10).status_code == 404
    assert pushed(forge) == []


def test_what_git_itself_rejects_is_no_effect(forge: PracticeForge, tmp_path: Path) -> None:
    folder, token = cloned(forge, tmp_path), forge.token_for("bob")
    git(folder, "commit", "--quiet", "--amend", "-m", "Rewritten")
    for target in ("main", "refs/pull/7/head"):
        assert "rejected" in git(folder, "push", "origin", f"HEAD:{target}", token=token).stderr
    assert pushed(forge) == []


@pytest.mark.parametrize(
    "path",
    [
        "/ann/demo.git/HEAD",
        "/ann/demo.git/config",
        "/ann/demo.git/objects/info/packs",
        "/ann/demo.git/info/refs",
        "/ann/demo.git/info/refs?service=git-evil",
        "/ann/demo.git/info/refs?service=git-upload-archive",
        "/ann/..%2f..%2fann%2fdemo.git/info/refs?service=git-upload-pack",
        "/ann/%2e%2e/ann/demo.git/info/refs?service=git-upload-pack",
        "/ann/demo.git/../hidden.git/HEAD",
    ],
)
def test_no_path_reaches_past_the_three_services(forge: PracticeForge, path: str) -> None:
    request = requests.Request("GET", f"{forge.url}/").prepare()
    request.url = f"{forge.url}{path}"  # as it is: requests would tidy the dots away
    with requests.Session() as session:
        reply = session.send(request, timeout=10, allow_redirects=False)
    assert reply.status_code in {401, 404}
    assert b"repositoryformatversion" not in reply.content
    assert not reply.content.startswith(b"ref:")


def test_get_and_post_are_not_interchangeable(forge: PracticeForge) -> None:
    assert requests.get(f"{forge.url}/ann/demo.git/git-upload-pack", timeout=10).status_code == 404
    url = f"{forge.url}/ann/demo.git/info/refs?service=git-upload-pack"
    assert requests.post(url, timeout=10).status_code == 404
