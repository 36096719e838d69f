"""A real browser without a window, and what a person does with the pages of the practice forge."""

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from selenium import webdriver
from selenium.common.exceptions import NoSuchElementException, StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.wait import WebDriverWait

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")


@contextlib.contextmanager
def running_browser() -> Iterator[webdriver.Chrome]:
    """Run Chromium with a fresh profile; skip the test where it is not installed."""
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip("chromium or chromedriver is not installed (apt-get install chromium chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for flag in ("headless=new", "no-sandbox", "disable-gpu", "disable-background-networking"):
            options.add_argument(f"--{flag}")
        options.add_argument(f"--user-data-dir={profile}")
        driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
        try:
            yield driver
        finally:
            driver.quit()


def waiting(browser: webdriver.Chrome) -> WebDriverWait[webdriver.Chrome]:
    """Return patience with a page that is on its way, or looks again by itself."""
    passing = (NoSuchElementException, StaleElementReferenceException)
    return WebDriverWait(browser, 20, ignored_exceptions=passing)


def press(browser: webdriver.Chrome, words: str) -> None:
    place = f"//main//*[self::a or self::button][contains(normalize-space(), '{words}')]"

    def clicked(driver: webdriver.Chrome) -> bool:
        driver.find_element(By.XPATH, place).click()
        return True

    waiting(browser).until(clicked)


def write(browser: webdriver.Chrome, field: str, text: str) -> None:
    def written(driver: webdriver.Chrome) -> bool:
        driver.find_element(By.ID, field).send_keys(text)
        return True

    waiting(browser).until(written)


def shows(browser: webdriver.Chrome, text: str) -> bool:
    """Wait until the page shows a text."""
    return bool(waiting(browser).until(lambda driver: text in driver.find_element(By.TAG_NAME, "main").text))


def seen(browser: webdriver.Chrome) -> str:
    """Return the page's text, also while the page is putting itself anew."""
    return str(waiting(browser).until(lambda driver: driver.find_element(By.TAG_NAME, "main").text))


def complaints(browser: webdriver.Chrome) -> list[str]:
    """Return what the browser's console said, such as a broken rule of the content policy."""
    return [entry["message"] for entry in browser.get_log("browser")]
