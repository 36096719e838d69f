"""A self-managed GitLab: a certificate of the company's own authority, and an address that ends in a path."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from stories.servers import free_port
from stories.terminal import Terminal
from stories.tls import behind_tls, make_authority

from actions.checks_gitlab import gitlab_checks
from actions.findings import Finding, examine
from bot.errors import RetryableError, SettingsError
from bot.events import Repo
from bot.forges.registry import make_forges
from bot.git import header_environment, run_git
from bot.settings import Settings, read_settings
from infra.practice_forge.server import PracticeForge
from tasks.context.checkout import check_out

REPO = Repo("acme/team", "sums")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path / "forge", dialect="gitlab", limits=False) as server:
        server.create_repo(
            "acme/team", "sums", {"a.py": b"a = 1\n"}, private=True, roles={"ann": "admin", "codex-bot": "write"}
        )
        yield server


@pytest.fixture
def address(server: PracticeForge, authority: tuple[Path, Path, Path]) -> Iterator[str]:
    with behind_tls(server, authority[1], authority[2], prefix="/gitlab") as address:
        yield address


def settings(server: PracticeForge, address: str, ca_file: Path | None) -> Settings:
    return read_settings(gitlab_url=address, gitlab_ca_file=ca_file, gitlab_token=server.token_for("codex-bot"))


def test_api_and_git_reach_it(
    tmp_path: Path, server: PracticeForge, address: str, authority: tuple[Path, Path, Path]
) -> None:
    forge = make_forges(settings(server, address, authority[0])).connect("gitlab")
    assert forge.default_branch(REPO) == "main"
    head = forge.head(REPO, "main")
    assert head is not None
    clone = forge.clone(REPO)
    assert clone.url == f"{address}/acme/team/sums.git"
    check_out(clone, head, tmp_path / "tree", scratch=tmp_path)
    assert (tmp_path / "tree" / "a.py").read_bytes() == b"a = 1\n"


def test_without_the_authority_nothing_is_said_to_it(
    server: PracticeForge, address: str, authority: tuple[Path, Path, Path]
) -> None:
    with pytest.raises(RetryableError):
        make_forges(settings(server, address, None)).connect("gitlab").default_branch(REPO)
    clone = make_forges(settings(server, address, authority[0])).connect("gitlab").clone(REPO)
    environment = header_environment(clone)
    assert environment.pop("GIT_SSL_CAINFO") == str(authority[0])
    with pytest.raises(Exception, match="certificate"):
        run_git(["ls-remote", clone.url], env_extra=environment)


def test_the_doctor_asks_it(server: PracticeForge, address: str, authority: tuple[Path, Path, Path]) -> None:
    def look(ca_file: Path | None, url: str = address) -> list[Finding]:
        asked = [dataclasses.replace(check, needs=()) for check in gitlab_checks()[:3]]
        return list(examine(settings(server, url, ca_file), asked))

    assert [finding.state for finding in look(authority[0])] == ["ok", "ok", "ok"]
    away = look(None)[0]
    assert (away.state, "CODEX_BOT_GITLAB_CA_FILE" in away.mend) == ("fail", True)
    without_path = look(authority[0], address.removesuffix("/gitlab"))[0]
    assert (without_path.state, "its path included" in without_path.mend) == ("fail", True)


def test_the_setup_connects_it(
    tmp_path: Path, server: PracticeForge, address: str, authority: tuple[Path, Path, Path]
) -> None:
    (tmp_path / "token").write_text(server.token_for("ann"))
    port = str(free_port())
    environment = {
        "CODEX_BOT_DATA_DIR": str(tmp_path / "data"),
        "CODEX_BOT_GITLAB_CA_FILE": str(authority[0]),
        "CODEX_BOT_WEB_PORT": port,
    }
    words = ["--url", address, "--project", REPO.path, "--public-url", f"http://127.0.0.1:{port}"]
    terminal = Terminal(["setup", "gitlab", *words, "--token-file", str(tmp_path / "token")], tmp_path, environment)
    status = terminal.status()
    terminal.close()
    assert status == 0, terminal.err
    assert "a test delivery came through (202)" in terminal.err
    kept = (tmp_path / "data" / "gitlab.env").read_text()
    assert f"CODEX_BOT_GITLAB_URL={address}\n" in kept
    assert f"CODEX_BOT_GITLAB_CA_FILE={authority[0]}\n" in kept


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_without_certificates_is_refused_at_the_start(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    with pytest.raises(SettingsError, match="CODEX_BOT_GITLAB_CA_FILE"):
        read_settings(gitlab_ca_file=tmp_path / "ca.pem")
