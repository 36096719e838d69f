"""Takes the README's pictures from a real run of the demo's story, in light and dark; run by `make pictures`."""

import sys
import tempfile
import time
from importlib.resources import files
from pathlib import Path

from selenium import webdriver

from actions.practice import Practice, free_ports, wait_for
from actions.supervisor import Supervisor

FOLDER = Path(__file__).parents[2] / "infra" / "pictures"
WIDTH, HEIGHT = 1100, 870
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--no-first-run")


def browser(*, dark: bool, profile: str) -> webdriver.Chrome:
    """Start a headless browser that prefers dark or light pages."""
    options = webdriver.ChromeOptions()
    options.binary_location = "/usr/bin/chromium"
    scheme = ["--blink-settings=preferredColorScheme=0"] if dark else []
    for flag in (*FLAGS, *scheme, f"--user-data-dir={profile}", f"--window-size={WIDTH},{HEIGHT}", "--hide-scrollbars"):
        options.add_argument(flag)
    return webdriver.Chrome(options=options, service=webdriver.ChromeService("/usr/bin/chromedriver"))


def story(practice: Practice) -> str:
    """Play the demo's story; return the address of the pull request."""
    visitor, sample = practice.visitor(), files("actions") / "sample"
    names = ("numberkit.py", "test_numberkit.py", "README.md")
    repo = visitor.make_repository("numberkit", {name: (sample / name).read_text() for name in names})
    title, _, body = (sample / "issue.md").read_text().partition("\n")
    issue = visitor.open_issue(repo, title.removeprefix("# "), body.strip())
    visitor.comment(repo, issue, "/codex implement")
    if not wait_for(lambda: bool(visitor.pull_requests(repo)), seconds=120, between=lambda: None):
        sys.exit("no pull request came of it")
    time.sleep(2)  # the status comment's last edit
    return visitor.pull_requests(repo)[0].url


def main() -> None:
    """Write `pull-request-light.png` and `pull-request-dark.png`."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as name, Supervisor(logs=Path(name) / "logs", tell=print) as supervisor:
        (Path(name) / "logs").mkdir()
        practice = Practice(Path(name), supervisor, ports=free_ports())
        practice.start_forge()
        practice.start_engine(None)
        practice.start_bot()
        address = story(practice)
        for scheme in ("light", "dark"):
            with browser(dark=scheme == "dark", profile=f"{name}/{scheme}") as chrome:
                chrome.get(address)
                chrome.save_screenshot(str(FOLDER / f"pull-request-{scheme}.png"))


if __name__ == "__main__":
    main()
