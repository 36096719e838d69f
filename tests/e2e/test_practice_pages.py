"""A person at the practice forge: opens a repository, writes an issue, asks the bot, reads what it says."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from selenium import webdriver
from selenium.webdriver.common.by import By
from stories.browser import complaints, press, running_browser, seen, shows, waiting, write

from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key
from infra.practice_forge.state import Token

REPLY = """<!-- codex-bot:job=1 -->
**Codex Bot is working on this** for @ann

- [x] Read the issue
- [ ] Change

<details>
<summary>Log</summary>

```
all quiet
```

</details>

<script>document.title = "taken"</script>
"""


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path, app=AppSpec(key_pem=new_app_key()), limits=False) as forge:
        forge.create_repo("ann", "slugs", {"README.md": b"# slugs\n\nTurns titles into *slugs*.\n"})
        yield forge


@pytest.fixture
def browser() -> Iterator[webdriver.Chrome]:
    with running_browser() as browser:
        yield browser


def bot_says(forge: PracticeForge, path: str, body: dict[str, str]) -> None:
    installation = forge.forge.state.installation_of("ann")
    assert installation
    token = Token(forge.forge.app.login, installation.id, forge.forge.app.permissions)
    headers = {"Authorization": f"Bearer {forge.forge.new_token(token, prefix='ghs_')}"}
    reply = requests.post(f"{forge.url}/api/v3/repos/ann/slugs{path}", json=body, headers=headers, timeout=10)
    assert reply.status_code == 201, reply.text


def test_a_person_asks_and_reads_the_answer(forge: PracticeForge, browser: webdriver.Chrome) -> None:
    browser.get(forge.url)
    press(browser, "slugs")
    assert shows(browser, "Turns titles into slugs.")
    browser.find_element(By.PARTIAL_LINK_TEXT, "Issues").click()
    press(browser, "New issue")
    write(browser, "title", "Umlauts are dropped")
    write(browser, "body", "`Über` should become **ueber**")
    press(browser, "Open issue")
    assert shows(browser, "Über should become ueber")
    assert browser.find_element(By.CSS_SELECTOR, ".prose strong").text == "ueber"
    write(browser, "body", "/codex implement")
    press(browser, "Comment")
    assert shows(browser, "Watching for the bot")
    waiting(browser).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "meta[http-equiv=refresh]"))
    bot_says(forge, "/issues/1/comments", {"body": REPLY})
    press(browser, "Stop and write")
    assert shows(browser, "Comment as ann")
    assert shows(browser, "Codex Bot is working on this for @ann")
    assert "codex-bot:job" not in seen(browser)
    assert "all quiet" not in seen(browser)
    browser.find_element(By.CSS_SELECTOR, ".prose summary").click()
    assert shows(browser, "all quiet")
    assert len(browser.find_elements(By.CSS_SELECTOR, ".prose input[type=checkbox]")) == 2
    assert browser.title.startswith("Umlauts are dropped")
    assert complaints(browser) == []


def test_another_visitor_sees_what_they_may(forge: PracticeForge, browser: webdriver.Chrome) -> None:
    forge.create_repo("ann", "hidden", {}, private=True)
    browser.get(forge.url)
    assert shows(browser, "hidden")
    browser.find_element(By.CSS_SELECTOR, "button[value=eve]").click()
    waiting(browser).until(lambda driver: driver.find_elements(By.CSS_SELECTOR, "button[value=eve][aria-pressed]"))
    assert "hidden" not in seen(browser)


def test_a_pull_request_is_read_and_merged(forge: PracticeForge, browser: webdriver.Chrome) -> None:
    repo = forge.forge.state.repositories["ann", "slugs"]
    git = forge.forge.git(repo)
    main = git.branches()["main"]
    headers = {"Authorization": f"Bearer {forge.token_for('ann')}"}

    def post(path: str, body: object) -> dict[str, str]:
        reply = requests.post(f"{forge.url}/api/v3/repos/ann/slugs{path}", json=body, headers=headers, timeout=10)
        assert reply.status_code == 201, reply.text
        return reply.json()

    entry = {"path": "README.md", "mode": "100644", "content": "# slugs\n\nTurns titles into **good** slugs.\n"}
    tree = post("/git/trees", {"base_tree": main, "tree": [entry]})["sha"]
    sha = post("/git/commits", {"message": "Praise", "tree": tree, "parents": [main]})["sha"]
    post("/git/refs", {"ref": "refs/heads/praise", "sha": sha})
    post("/issues", {"title": "Praise is missing"})
    bot_says(forge, "/pulls", {"title": "Praise", "body": "Fixes #1", "head": "praise", "base": "main"})
    browser.get(f"{forge.url}/ann/slugs/issues/1")
    press(browser, "Praise #2")
    assert shows(browser, "Nothing stands in the way")
    assert browser.find_element(By.CSS_SELECTOR, "tr.added .text").text == "Turns titles into **good** slugs."
    assert browser.find_element(By.CSS_SELECTOR, "tr.removed .text").text == "Turns titles into *slugs*."
    press(browser, "Merge pull request")
    assert shows(browser, "ann merged this")
    browser.get(f"{forge.url}/ann/slugs/issues/1")
    assert browser.find_element(By.CSS_SELECTOR, ".state").text == "Closed"
    browser.get(f"{forge.url}/ann/slugs")
    assert shows(browser, "Turns titles into good slugs.")
    assert complaints(browser) == []
