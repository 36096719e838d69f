"""A person with nothing but a browser: writes an issue, asks the bot, watches, and reads the pull request."""

from collections.abc import Iterator

import pytest
from selenium import webdriver
from selenium.webdriver.common.by import By
from stories.browser import complaints, press, running_browser, seen, shows, waiting, write
from stories.scene import KIT, Scene

pytestmark = pytest.mark.timeout(300)
BODY = """Add a function `is_even(number)` to `numberkit.py`. It returns True if the number is even.

```python
from numberkit import is_even

assert is_even(4)
assert not is_even(9)
```
"""


@pytest.fixture
def browser(scene: Scene) -> Iterator[webdriver.Chrome]:
    with running_browser() as browser:
        yield browser


def test_a_person_asks_watches_and_reads_the_pull_request(scene: Scene, browser: webdriver.Chrome) -> None:
    scene.visitor.make_repository("numberkit", KIT)
    browser.get(scene.practice.forge_url)
    press(browser, "numberkit")
    waiting(browser).until(lambda driver: driver.find_element(By.PARTIAL_LINK_TEXT, "Issues")).click()
    press(browser, "New issue")
    write(browser, "title", "Even numbers are missing")
    write(browser, "body", BODY)
    press(browser, "Open issue")
    assert shows(browser, "assert not is_even(9)")

    write(browser, "body", "/codex implement")
    press(browser, "Comment")
    eyes = (By.CSS_SELECTOR, ".faces li[title=eyes]")
    scene.wait(lambda: browser.find_elements(*eyes), "the page shows the eyes by itself", seconds=30)
    scene.wait(lambda: "Codex Bot is working on this" in seen(browser), "the page shows the status", seconds=30)
    scene.wait(lambda: scene.query("SELECT 1 FROM job WHERE state = 'done'"), "the job is done")
    ((outcome,),) = scene.query("SELECT outcome FROM job")
    if outcome == "nothing to propose":  # a small model may fail; then it must say so
        assert shows(browser, "Not done:")
        return
    scene.wait(lambda: "is working on this" not in seen(browser), "the page shows the end by itself", seconds=30)
    press(browser, "#2")
    assert shows(browser, "test from the issue")
    assert browser.find_elements(By.CSS_SELECTOR, "tr.added .text"), "the diff is there"
    assert complaints(browser) == []
