"""`codex-bot practice-forge --dialect gitlab`: a GitLab at a terminal, and a bot that its help connects to it."""

import re
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from click.testing import CliRunner
from fakes.door import Door, open_door
from stories.practice_command import demo_folder, started

from bot.events import Permission, Repo
from bot.forges.gitlab.hooks import GitLabHooks
from bot.forges.registry import make_forges
from bot.settings import read_settings
from infra.practice_forge.command import practice_forge

FILES = {"--secret-file": "hook.secret", "--bot-token-file": "bot.token", "--owner-token-file": "ann.token"}


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as door:
        yield door


@pytest.fixture
def options(tmp_path: Path, door: Door) -> list[str]:
    files = [word for option, name in FILES.items() for word in (option, str(tmp_path / name))]
    return ["--dialect", "gitlab", "--repo", f"demo={demo_folder(tmp_path)}", "--webhook-url", door.url, *files]


def ask(url: str, token: Path, path: str, body: object = None) -> requests.Response:
    headers = {"PRIVATE-TOKEN": token.read_text().strip()}
    return requests.request("POST" if body else "GET", f"{url}/api/v4{path}", headers=headers, json=body, timeout=10)


def test_ann_and_the_bot_have_their_tokens_and_the_project_its_hook(options: list[str], tmp_path: Path) -> None:
    with started(*options) as (_, url):
        assert {stat.S_IMODE((tmp_path / name).stat().st_mode) for name in FILES.values()} == {0o600}
        who = [ask(url, tmp_path / name, "/user").json()["username"] for name in ("ann.token", "bot.token")]
        assert who == ["ann", "codex-bot"]
        tree = ask(url, tmp_path / "bot.token", "/projects/ann%2Fdemo/repository/tree").json()
        assert [entry["path"] for entry in tree] == ["README.md"]
        rights = ask(url, tmp_path / "bot.token", "/projects/ann%2Fdemo").json()["permissions"]
        assert rights["project_access"]["access_level"] == 30
        [hook] = ask(url, tmp_path / "ann.token", "/projects/ann%2Fdemo/hooks").json()
        assert (hook["note_events"], hook["issues_events"]) == (True, True)


@pytest.mark.parametrize("kept", ["", "a secret token of older days"])
def test_what_the_hook_sends_is_proven_by_the_secrets_file(
    kept: str, options: list[str], door: Door, tmp_path: Path
) -> None:
    secret = tmp_path / "hook.secret"
    if kept:
        secret.write_text(kept.replace(" ", "-"))
        secret.chmod(0o600)
    with started(*options) as (_, url):
        assert ask(url, tmp_path / "ann.token", "/projects/ann%2Fdemo/issues", {"title": "T"}).status_code == 201
        sent, body = door.received.get(timeout=10)
    headers = {name.lower(): value for name, value in sent.items()}
    assert secret.read_text().startswith("a-secret" if kept else "whsec_")
    assert GitLabHooks(secret.read_text()).verify(headers, body)
    assert not GitLabHooks("another").verify(headers, body)


def test_the_settings_in_the_help_are_all_that_a_bot_needs(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = CliRunner().invoke(practice_forge, ["--help"]).output
    monkeypatch.chdir(tmp_path)
    with started(*options) as (_, url):
        for name, value in re.findall(r"export (\w+)=(\S+)", shown):
            monkeypatch.setenv(name, value.replace("http://127.0.0.1:8470", url))
        settings = read_settings()
        forges = make_forges(settings)
        assert forges.listening() == ("gitlab",)
        assert forges.connect("gitlab").permission(Repo("ann", "demo"), settings.login) is Permission.WRITE


@pytest.mark.parametrize(("dialect", "option"), [("github", "--bot-token-file"), ("gitlab", "--app-key-file")])
def test_what_belongs_to_the_other_forge_is_refused(dialect: str, option: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(practice_forge, ["--dialect", dialect, option, str(tmp_path / "file")])
    assert result.exit_code == 2
    assert f"{option} is not for {dialect}" in result.output
    assert not (tmp_path / "file").exists()


def test_a_hook_that_gitlab_would_not_take_is_one_plain_sentence(options: list[str]) -> None:
    options[options.index("--webhook-url") + 1] = "ftp://127.0.0.1/"
    result = CliRunner().invoke(practice_forge, ["--port", "0", *options])
    assert (result.exit_code, result.output) == (1, "Error: Invalid url given\n")


def test_a_token_that_others_may_read_is_refused(options: list[str], tmp_path: Path) -> None:
    (tmp_path / "bot.token").write_text("known to all")
    (tmp_path / "bot.token").chmod(0o644)
    result = CliRunner().invoke(practice_forge, ["--port", "0", *options])
    assert result.exit_code == 1
    assert "chmod 600" in result.output
    assert "known to all" not in result.output
