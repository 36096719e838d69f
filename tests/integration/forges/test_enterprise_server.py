"""An Enterprise Server: a certificate of the company's own authority, and an address that ends in a path."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stories.tls import behind_tls, make_authority

from actions.checks import checks
from actions.findings import Finding, examine
from bot.errors import RetryableError, SettingsError
from bot.events import Repo
from bot.forges.registry import make_forges
from bot.git import header_environment, run_git
from bot.settings import Settings, read_settings
from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key
from tasks.context.checkout import check_out
from tasks.sandbox import SelfTest

REPO = Repo("ann", "sums")


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    return make_authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[PracticeForge]:
    key = new_app_key()
    (tmp_path / "app.pem").write_text(key)
    with PracticeForge(tmp_path / "forge", app=AppSpec(key_pem=key), limits=False) as server:
        server.create_repo("ann", "sums", {"a.py": b"a = 1\n"}, private=True)
        yield server


@pytest.fixture
def address(server: PracticeForge, authority: tuple[Path, Path, Path]) -> Iterator[str]:
    with behind_tls(server, authority[1], authority[2], prefix="/forge") as address:
        yield address


def settings(tmp_path: Path, address: str, ca_file: Path | None) -> Settings:
    return read_settings(
        data_dir=tmp_path / "data",
        github_url=address,
        github_ca_file=ca_file,
        github_app_id="4242",
        github_app_key_file=tmp_path / "app.pem",
    )


def test_api_and_git_reach_it(
    tmp_path: Path, server: PracticeForge, address: str, authority: tuple[Path, Path, Path]
) -> None:
    (installation,) = server.forge.state.installations
    forge = make_forges(settings(tmp_path, address, authority[0])).connect("github", str(installation))
    assert forge.default_branch(REPO) == "main"
    head = forge.head(REPO, "main")
    assert head is not None
    clone = forge.clone(REPO)
    assert clone.url == f"{address}/ann/sums.git"
    check_out(clone, head, tmp_path / "tree", scratch=tmp_path)
    assert (tmp_path / "tree" / "a.py").read_bytes() == b"a = 1\n"


def test_without_the_authority_nothing_is_said_to_it(
    tmp_path: Path, server: PracticeForge, address: str, authority: tuple[Path, Path, Path]
) -> None:
    (installation,) = server.forge.state.installations
    forge = make_forges(settings(tmp_path, address, None)).connect("github", str(installation))
    with pytest.raises(RetryableError):
        forge.default_branch(REPO)
    clone = make_forges(settings(tmp_path, address, authority[0])).connect("github", str(installation)).clone(REPO)
    environment = header_environment(clone)
    assert environment.pop("GIT_SSL_CAINFO") == str(authority[0])
    with pytest.raises(Exception, match="certificate"):
        run_git(["ls-remote", clone.url], env_extra=environment)


def test_the_doctor_asks_it(tmp_path: Path, address: str, authority: tuple[Path, Path, Path]) -> None:
    def look(ca_file: Path | None) -> list[Finding]:
        unproven = SelfTest(ok=False, rung="none", reason="", mend="")
        asked = [check for check in checks(lambda: unproven) if check.name in {"access", "forge", "github.app"}]
        found = examine(settings(tmp_path, address, ca_file), asked)
        return [finding for finding in found if finding.name in {"forge", "github.app"}]

    assert [finding.state for finding in look(authority[0])] == ["ok", "ok"]
    away, skipped = look(None)
    assert (away.state, skipped.state) == ("fail", "skip")
    assert "CODEX_BOT_GITHUB_CA_FILE" in away.mend


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_without_certificates_is_refused_at_the_start(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / "ca.pem").write_text(content)
    with pytest.raises(SettingsError, match="CODEX_BOT_GITHUB_CA_FILE"):
        read_settings(github_ca_file=tmp_path / "ca.pem")


def test_a_proxy_of_the_environment_is_asked(
    tmp_path: Path, server: PracticeForge, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Who answers for the far host is the practice forge, which refuses names that are not loopback: 421.
    monkeypatch.setenv("http_proxy", server.url)
    monkeypatch.setenv("no_proxy", "")
    forge = make_forges(read_settings(github_url="http://github.example.org", github_token="ghp_x")).connect("github")
    with pytest.raises(Exception, match="421"):
        forge.default_branch(REPO)
