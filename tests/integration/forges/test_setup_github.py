"""`codex-bot setup github` from end to end: a terminal, a browser, and a forge that speaks GitHub's manifest flow."""

import dataclasses
import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from stories.forms import Browser
from stories.servers import free_port
from stories.terminal import Terminal

from actions.checks_github import github_checks
from actions.findings import examine
from bot.forges.registry import make_forges
from bot.settings import read_settings
from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key

LINK = r"(http://127\.0\.0\.1:\d+/[\w-]{20,})\n"
NAMES = ["github.app", "github.permissions", "github.installations", "github.hook", "github.deliveries"]
FILES = ("github-app.pem", "github-webhook.secret", "github.env")


@pytest.fixture(scope="module")
def key() -> str:
    return new_app_key()


@pytest.fixture
def forge(tmp_path: Path, key: str) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path / "forge", app=AppSpec(key_pem=key), limits=False) as forge:
        forge.forge.add_account("acme", is_org=True)
        forge.create_repo("acme", "api", {"a.py": b"a = 1\n"}, private=True)
        yield forge


@dataclasses.dataclass
class Scene:
    """The forge, and a machine with a web service's port of its own."""

    forge: PracticeForge
    folder: Path
    port: int
    type: Callable[..., Terminal]

    @property
    def public_url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def data(self) -> Path:
        return self.folder / "data"

    def make(self, *words: str) -> tuple[Terminal, Browser]:
        """Type the command and open the link that it prints."""
        terminal, browser = self.type("setup", "github", "--no-browser", *words), Browser()
        page = browser.open(terminal.told(LINK))
        assert page.status_code == 200, page.text
        return terminal, browser

    def settings(self) -> dict[str, str]:
        """Read github.env as a shell would."""
        lines = (self.data / "github.env").read_text().splitlines()
        return dict(line.split("=", 1) for line in lines if not line.startswith("#"))


@pytest.fixture
def scene(tmp_path: Path, forge: PracticeForge) -> Iterator[Scene]:
    port, terminals = free_port(), []

    def type_(*words: str, **environment: str) -> Terminal:
        settings = {
            "CODEX_BOT_DATA_DIR": str(tmp_path / "data"),
            "CODEX_BOT_WEB_PORT": str(port),
            "CODEX_BOT_GITHUB_URL": forge.url,
        }
        terminals.append(Terminal(list(words), tmp_path, settings | environment))
        return terminals[-1]

    yield Scene(forge, tmp_path, port, type_)
    for terminal in terminals:
        terminal.close()


def through_the_forge(browser: Browser) -> None:
    """Press the two buttons that make the App."""
    assert "Create GitHub App for" in browser.send().text, browser.page.text
    assert "/installations/new" in browser.send().url, browser.page.text


def test_from_nothing_to_an_installed_app_with_a_delivery(scene: Scene) -> None:
    terminal, browser = scene.make("--public-url", scene.public_url, "--org", "acme")
    terminal.told("leads here")
    through_the_forge(browser)
    browser.send(account="acme")
    assert terminal.status() == 0, terminal.err
    assert "✓ GitHub's ping came through (202)" in terminal.err
    assert "✓ installed on acme, sees 1 repository: acme/api" in terminal.err
    assert all(stat.S_IMODE((scene.data / name).stat().st_mode) == 0o600 for name in FILES)
    assert [path.name for path in scene.data.iterdir() if path.name.startswith(".")] == []
    given = scene.settings()
    assert [f"export {name}={value}" for name, value in given.items()] == terminal.out.splitlines()
    assert given["CODEX_BOT_PUBLIC_URL"] == scene.public_url
    secret, pem = ((scene.data / name).read_text() for name in FILES[1::-1])
    for text in (terminal.out, terminal.err, (scene.data / "github.env").read_text()):
        assert secret not in text
        assert pem not in text


def test_the_bot_speaks_and_listens_with_what_was_kept(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    terminal, browser = scene.make("--public-url", scene.public_url, "--org", "acme")
    through_the_forge(browser)
    browser.send(account="acme")
    assert terminal.status() == 0, terminal.err
    for name, value in scene.settings().items():
        monkeypatch.setenv(name, value)
    settings = read_settings()
    hooks = make_forges(settings).hooks("github")
    sent = scene.forge.deliveries()[0]
    assert hooks is not None
    headers = {name.lower(): value for name, value in sent.request_headers.items()}
    assert hooks.verify(headers, sent.parcel.body)
    found = list(examine(settings, [dataclasses.replace(check, needs=()) for check in github_checks()]))
    states = {finding.name: finding.state for finding in found}
    assert states == dict.fromkeys(NAMES, "ok")


def test_without_a_public_url_the_hook_points_to_nobody_and_the_bot_fetches(scene: Scene) -> None:
    terminal, browser = scene.make("--no-public-url", "--name", "Ann's colleague")
    through_the_forge(browser)
    browser.send(account="ann")
    assert terminal.status() == 0, terminal.err
    assert "No public URL" in terminal.err
    assert scene.settings()["CODEX_BOT_MISSED_SECONDS"] == "15"
    assert scene.forge.forge.webhook_url == "https://codex-bot.invalid/webhooks/github"
    assert (scene.forge.forge.app.name, scene.forge.forge.app.owner) == ("Ann's colleague", "ann")


def test_as_json_it_is_one_document(scene: Scene) -> None:
    terminal, browser = scene.make("--public-url", scene.public_url, "--org", "acme", "--json")
    through_the_forge(browser)
    browser.send(account="acme")
    assert terminal.status() == 0, terminal.err
    document = json.loads(terminal.out)
    assert list(document) == ["app", "environment", "ping", "installations"]
    assert document["ping"] == {"ok": True, "status": "OK", "status_code": 202}
    assert document["environment"] == scene.settings()
    assert document["installations"][0]["repositories"] == ["acme/api"]


def test_a_second_setup_does_not_write_over_the_first(scene: Scene) -> None:
    scene.data.mkdir()
    (scene.data / "github-app.pem").write_text("a key")
    terminal = scene.type("setup", "github", "--no-public-url")
    assert terminal.status() == 1
    assert "would be written over" in terminal.err
    assert "--update" in terminal.err
    assert (scene.data / "github-app.pem").read_text() == "a key"


def test_ctrl_c_while_the_browser_is_waited_for_leaves_nothing(scene: Scene) -> None:
    terminal, browser = scene.make("--public-url", scene.public_url)
    terminal.interrupt()
    assert terminal.status() == 130
    assert list(scene.data.iterdir()) == []
    assert "interrupted" in terminal.err
    assert browser.page.ok


def test_the_link_is_used_once_the_forge_has_answered(scene: Scene) -> None:
    terminal, browser = scene.make("--no-public-url")
    link = browser.page.url
    through_the_forge(browser)
    terminal.told("Install the App")
    with pytest.raises(requests.ConnectionError):
        browser.open(link)
    terminal.interrupt()
    assert terminal.status() == 130


def test_ctrl_c_while_an_installation_is_waited_for_keeps_the_key(scene: Scene) -> None:
    terminal, browser = scene.make("--no-public-url")
    through_the_forge(browser)
    terminal.told("Install the App")
    terminal.interrupt()
    assert terminal.status() == 130
    assert sorted(path.name for path in scene.data.iterdir()) == sorted(FILES)


def test_nobody_who_installs_it_is_told_with_the_link(scene: Scene) -> None:
    terminal, browser = scene.make("--no-public-url", "--wait", "3")
    through_the_forge(browser)
    assert terminal.status() == 1
    assert "installed nowhere yet" in terminal.err
    assert "/installations/new and install it" in terminal.err


def test_nobody_who_opens_the_browser_is_told_with_the_next_step(scene: Scene) -> None:
    terminal = scene.type("setup", "github", "--no-browser", "--no-public-url", "--wait", "1")
    assert terminal.status() == 1
    assert "Nobody made the App" in terminal.err
    assert list(scene.data.iterdir()) == []


def test_another_state_ends_it_before_the_code_is_used(scene: Scene) -> None:
    terminal, browser = scene.make("--no-public-url")
    answer = browser.open(f"{browser.page.url}/done?code=abc&state=planted")
    assert answer.status_code == 403
    assert terminal.status() == 1
    assert "a state that this set-up did not send" in terminal.err
    assert list(scene.data.iterdir()) == []


def test_a_used_code_is_told_in_terminal_and_browser(scene: Scene) -> None:
    terminal, browser = scene.make("--no-public-url")
    link = browser.page.url
    browser.send()
    state = browser.page.url.rpartition("state=")[2]
    answer = browser.open(f"{link}/done?code=used&state={state}")
    assert (answer.status_code, "used already" in answer.text) == (502, True)
    assert terminal.status() == 1
    assert "start again" in terminal.err
    assert list(scene.data.iterdir()) == []


def test_the_link_is_a_secret(scene: Scene) -> None:
    terminal, browser = scene.make("--no-public-url")
    link = browser.page.url
    assert browser.open(f"{link[:-1]}").status_code == 404
    assert browser.open(f"{link}x/done?code=a").status_code == 404
    elsewhere = requests.get(link, headers={"Host": "evil.example.org"}, timeout=9)
    assert (elsewhere.status_code, "manifest" in elsewhere.text) == (421, False)
    terminal.interrupt()
    assert terminal.status() == 130


def refused(scene: Scene, *words: str, **environment: str) -> tuple[int, dict[str, Any]]:
    terminal = scene.type("setup", "github", "--no-browser", "--json", *words, **environment)
    status = terminal.status()
    assert not scene.data.exists() or list(scene.data.iterdir()) == []
    return status, json.loads(terminal.out)["error"]


def test_a_public_url_where_nobody_is_is_told_with_the_ways_out(scene: Scene) -> None:
    status, error = refused(scene, "--public-url", "http://127.0.0.1:1")
    assert (status, error["code"]) == (3, "away")
    assert "cannot be reached" in error["message"]
    assert "--no-public-url" in error["message"]


def test_a_public_url_that_leads_elsewhere_is_told_with_the_mend(scene: Scene) -> None:
    status, error = refused(scene, "--public-url", scene.forge.url)
    assert (status, "does not lead to port" in error["message"]) == (1, True)
    assert "reverse proxy" in error["mend"]


def test_a_port_that_something_else_holds_is_told(scene: Scene) -> None:
    port = scene.forge.url.rpartition(":")[2]
    status, error = refused(scene, "--public-url", scene.forge.url, CODEX_BOT_WEB_PORT=port)
    assert (status, "which is taken" in error["message"]) == (1, True)


@pytest.mark.parametrize("url", ["http://localhost:8321", "https://10.0.0.7", "https://codex.local", "http://[::1]:80"])
def test_a_private_address_is_nothing_for_github_com(scene: Scene, url: str) -> None:
    status, error = refused(scene, "--public-url", url, "--url", "https://github.com")
    assert (status, "cannot be reached over the public Internet" in error["message"]) == (1, True)
    assert "tunnel" in error["mend"]


def test_a_host_that_is_no_github_is_told_with_the_next_step(scene: Scene) -> None:
    terminal, _ = scene.make("--no-public-url")  # its page is a web server, and no GitHub
    other = terminal.told(LINK).rpartition("/")[0]
    status, error = refused(scene, "--no-public-url", "--url", other)
    assert (status, "not as GitHub does" in error["message"], "--url" in error["mend"]) == (1, True, True)
    assert refused(scene, "--no-public-url", "--url", "http://127.0.0.1:1")[0] == 3


def test_a_folder_that_cannot_be_written_is_told_first(scene: Scene) -> None:
    (scene.folder / "file").write_text("in the way")
    status, error = refused(scene, "--no-public-url", "--secrets-dir", str(scene.folder / "file"))
    assert (status, "cannot be written" in error["message"], "--secrets-dir" in error["mend"]) == (2, True, True)


def test_a_page_port_that_is_taken_is_told_with_the_mend(scene: Scene) -> None:
    port = scene.forge.url.rpartition(":")[2]
    status, error = refused(scene, "--no-public-url", "--page-port", port)
    assert (status, "Address already in use" in error["message"], "--page-port" in error["mend"]) == (1, True, True)


@pytest.mark.parametrize(
    "words", [[], ["--public-url", "http://a", "--no-public-url"], ["--no-public-url", "--app-id", "1"]]
)
def test_options_that_make_no_sense_together_are_told(scene: Scene, words: list[str]) -> None:
    assert refused(scene, *words)[0] == 2


def test_where_there_is_a_browser_it_is_opened(scene: Scene) -> None:
    opened = scene.folder / "opened"
    program = scene.folder / "browser"
    program.write_text(f'#!/bin/sh\necho "$1" > {opened}.new && mv {opened}.new {opened}\n')
    program.chmod(0o755)
    terminal = scene.type("setup", "github", "--no-public-url", BROWSER=str(program))
    terminal.told("waiting for the browser")
    assert opened.read_text() == f"{terminal.told(LINK)}\n"
    terminal.interrupt()
    assert terminal.status() == 130


def test_without_a_browser_the_link_is_left_to_the_person(scene: Scene) -> None:
    nothing = dict.fromkeys(("DISPLAY", "WAYLAND_DISPLAY", "BROWSER"), "")
    terminal = scene.type("setup", "github", "--no-public-url", **nothing)
    terminal.told("open the link by hand")
    terminal.interrupt()
    assert terminal.status() == 130


@pytest.fixture
def app_files(scene: Scene, key: str) -> list[str]:
    path = scene.folder / "given.pem"
    path.write_text(key)
    path.chmod(0o600)
    return ["--app-id", "4242", "--key-file", str(path)]


def test_an_app_that_is_there_already_is_connected(scene: Scene, app_files: list[str]) -> None:
    scene.forge.create_repo("ann", "sums", {})
    terminal = scene.type("setup", "github", "--public-url", scene.public_url, *app_files)
    assert terminal.status() == 0, terminal.err
    assert scene.forge.forge.webhook_url == f"{scene.public_url}/webhooks/github"
    assert scene.forge.forge.app.webhook_secret == (scene.data / "github-webhook.secret").read_text()
    assert scene.settings()["CODEX_BOT_GITHUB_APP_KEY_FILE"] == app_files[-1]
    assert "installed on ann, sees 1 repository: ann/sums" in terminal.err
    assert "no ping to show" in terminal.err


def test_what_an_app_that_is_there_lacks_is_told_at_once(scene: Scene, app_files: list[str]) -> None:
    scene.forge.grant({name: level for name, level in scene.forge.forge.app.permissions.items() if name != "checks"})
    terminal = scene.type("setup", "github", "--no-public-url", *app_files)
    assert terminal.status() == 0, terminal.err
    assert '✗ github.permissions   checks is not granted on installation ann, needs "write"' in terminal.err
    assert "  mend: open " in terminal.err


def test_the_old_ping_of_an_app_is_sent_to_the_new_address(scene: Scene, app_files: list[str]) -> None:
    scene.forge.send_webhooks_to("http://127.0.0.1:1/webhooks/github")
    scene.forge.ping()
    assert [delivery.status_code for delivery in scene.forge.deliveries()] == [502, 502]
    terminal = scene.type("setup", "github", "--public-url", scene.public_url, *app_files)
    assert terminal.status() == 0, terminal.err
    assert "ping came through (202)" in terminal.err


def test_what_people_ask_during_the_setup_is_left_for_the_bot_to_fetch(scene: Scene) -> None:
    terminal, browser = scene.make("--public-url", scene.public_url, "--org", "acme")
    through_the_forge(browser)
    url = f"{scene.public_url}/webhooks/github"
    sent = [requests.post(url, json={}, headers={"X-GitHub-Event": each}, timeout=9) for each in ("ping", "issues")]
    assert [answer.status_code for answer in sent] == [202, 503]
    assert requests.get(f"{url}?proof=guess", timeout=9).status_code == 404
    terminal.interrupt()
    assert terminal.status() == 130


def test_another_apps_key_is_told(scene: Scene, app_files: list[str]) -> None:
    Path(app_files[-1]).write_text(new_app_key())
    status, error = refused(scene, "--no-public-url", *app_files)
    assert (status, "JSON web token" in error["message"]) == (1, True)


def test_an_update_points_the_hook_and_says_that_all_is_well(scene: Scene, app_files: list[str]) -> None:
    terminal = scene.type("setup", "github", "--update", "--public-url", scene.public_url, *app_files)
    assert terminal.status() == 0, terminal.err
    assert terminal.out.startswith("✓ github.permissions")
    assert scene.forge.forge.webhook_url == f"{scene.public_url}/webhooks/github"


def test_an_update_shows_what_is_lacking_and_where_to_grant_it(scene: Scene, app_files: list[str]) -> None:
    scene.forge.grant(dict(scene.forge.forge.app.permissions) | {"checks": "read"})
    terminal = scene.type("setup", "github", "--update", "--no-browser", *app_files)
    assert terminal.status() == 1
    first, so, mend = terminal.out.splitlines()
    assert first == '✗ github.permissions   checks is "read" on installation ann, needs "write"'
    assert so == "  so:   no check runs will be posted"
    (number,) = scene.forge.forge.state.installations
    page = f"{scene.forge.url}/settings/installations/{number}"
    assert mend == f"  mend: open {page} and accept, or run: codex-bot setup github --update"
    assert "/settings/apps/codex-bot/permissions" in terminal.err


def test_an_update_without_an_app_says_what_to_load(scene: Scene) -> None:
    status, error = refused(scene, "--update")
    assert (status, "github.env" in error["mend"]) == (2, True)
