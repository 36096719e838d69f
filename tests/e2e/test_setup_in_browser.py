"""The set-up of the GitHub App in a real browser: its rules for forms and redirects let every step through."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from stories.browser import complaints, press, running_browser, shows
from stories.servers import free_port
from stories.terminal import Terminal

from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key


@pytest.fixture
def browser() -> Iterator[webdriver.Chrome]:
    with running_browser() as browser:
        yield browser


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path / "forge", app=AppSpec(key_pem=new_app_key()), limits=False) as forge:
        forge.create_repo("ann", "sums", {"a.py": b"a = 1\n"})
        yield forge


@pytest.fixture
def terminal(tmp_path: Path, forge: PracticeForge) -> Iterator[Terminal]:
    port = str(free_port())
    settings = {"DATA_DIR": str(tmp_path / "data"), "WEB_PORT": port, "GITHUB_URL": forge.url}
    words = ["setup", "github", "--no-browser", "--public-url", f"http://127.0.0.1:{port}"]
    terminal = Terminal(words, tmp_path, {f"CODEX_BOT_{name}": value for name, value in settings.items()})
    yield terminal
    terminal.close()


def test_three_buttons_connect_the_bot(browser: webdriver.Chrome, terminal: Terminal) -> None:
    browser.get(terminal.told(r"(http://127\.0\.0\.1:\d+/[\w-]{20,})\n"))
    press(browser, "Go on to 127.0.0.1")
    press(browser, "Create GitHub App")
    press(browser, "Install on ann")
    assert shows(browser, "on ann")
    assert terminal.status() == 0, terminal.err
    assert "✓ installed on ann, sees 1 repository: ann/sums" in terminal.err
    assert complaints(browser) == []
