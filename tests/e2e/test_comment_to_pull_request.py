"""Somebody writes `/codex implement` on an issue; everything between the webhook and the pull request is real."""

import os
import re
import signal
from collections.abc import Iterator

import pytest
import requests
from stories.scene import ISSUE, KIT, Scene

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def no_secret_stands_in_any_log(scene: Scene) -> Iterator[None]:
    """See to it at the end of every story."""
    yield
    secrets = [path.read_text().strip() for path in (scene.practice.folder / "secrets").iterdir()]
    key_lines = {line for secret in secrets for line in secret.splitlines() if len(line) > 20 and "-----" not in line}
    assert len(key_lines) > 3
    assert len(scene.logs()) > 3
    for log in scene.logs():
        text = log.read_text()
        assert "ghs_" not in text
        assert not [line for line in key_lines if line in text]


def test_a_worker_killed_in_mid_job_leaves_one_comment_and_one_pull_request(scene: Scene) -> None:
    repo = scene.visitor.make_repository("numberkit", KIT)
    issue = scene.visitor.open_issue(repo, *ISSUE)
    scene.visitor.comment(repo, issue, "/codex implement")
    scene.wait(lambda: scene.query("SELECT 1 FROM step WHERE name = 'place'"), "the job is being worked on")
    os.killpg(scene.supervisor.pid("worker"), signal.SIGKILL)

    ((job_id, state),) = scene.query("SELECT id, state FROM job")
    assert state in {"leased", "publishing"}, "the kill must hit the job in its middle, or it proves nothing"
    scene.wait(lambda: scene.query("SELECT 1 FROM job WHERE state = 'done'"), "the job is finished after the restart")

    ((attempts, lost, outcome),) = scene.query(f"SELECT attempts, lost_attempts, outcome FROM job WHERE id = {job_id}")
    assert (attempts, lost) == (2, 1)
    assert outcome.startswith(("verified", "unverified"))
    assert len(scene.visitor.pull_requests(repo)) == 1
    (status,) = scene.bot_comments(repo, issue)
    assert status.startswith(("**Done:", "**An unverified draft:"))


def test_a_redelivered_webhook_changes_nothing(scene: Scene) -> None:
    repo = scene.visitor.make_repository("numberkit", KIT)
    issue = scene.visitor.open_issue(repo, *ISSUE)
    scene.visitor.comment(repo, issue, "/codex help")
    scene.wait(lambda: scene.query("SELECT 1 FROM job WHERE state = 'done'"), "help is given")
    page = requests.get(f"{scene.practice.forge_url}/deliveries", timeout=10)
    assert page.ok
    before = scene.visitor.comments(repo, issue)
    # The practice forge's page has a button per delivery; all of them are pressed.
    for action in set(re.findall(r'action="(/deliveries/[^"]+)"', page.text)):
        headers = {"Origin": scene.practice.forge_url}
        assert requests.post(scene.practice.forge_url + action, headers=headers, timeout=10).ok
    scene.wait(
        lambda: requests.get(f"{scene.practice.forge_url}/deliveries", timeout=10).text != page.text,
        "it is redelivered",
    )
    assert len(scene.query("SELECT 1 FROM job")) == 1
    assert scene.visitor.comments(repo, issue) == before


# The model seldom solves this one and then rambles on: two answers are enough for a verdict, and no good one is longer.
FEW_WORDS = {"CODEX_BOT_MODEL_SAMPLES": "2", "CODEX_BOT_MAX_ANSWER_TOKENS": "512"}


@pytest.mark.parametrize("scene", [FEW_WORDS], indirect=True)
def test_a_second_repository_gets_an_honest_verdict(scene: Scene) -> None:
    files = {
        "src/inventory/__init__.py": "",
        "src/inventory/stock.py": (
            '"""What lies in the store."""\n\n\nclass Stock:\n    def __init__(self):\n        self.items = {}\n\n'
            "    def add(self, name, count):\n        self.items[name] = self.items.get(name, 0) + count\n\n"
            "    def remove(self, name, count):\n        self.items[name] = self.items[name] - count\n"
        ),
        "tests/test_stock.py": (
            "from inventory.stock import Stock\n\n\ndef test_add():\n    stock = Stock()\n    stock.add('nut', 2)\n"
            "    assert stock.items['nut'] == 2\n"
        ),
    }
    body = (
        "`Stock.remove` in `src/inventory/stock.py` lets the count fall below zero. It must raise ValueError.\n\n"
        "```python\nimport pytest\nfrom inventory.stock import Stock\n\ndef test_remove_too_many():\n"
        "    stock = Stock()\n    stock.add('nut', 1)\n"
        "    with pytest.raises(ValueError):\n        stock.remove('nut', 2)\n```\n"
    )
    repo = scene.visitor.make_repository("inventory", files)
    issue = scene.visitor.open_issue(repo, "Stock can become negative", body)
    scene.visitor.comment(repo, issue, "/codex implement")
    scene.wait(lambda: scene.query("SELECT 1 FROM job WHERE state = 'done'"), "there is a verdict", seconds=240)

    ((outcome,),) = scene.query("SELECT outcome FROM job")
    pulls = scene.visitor.pull_requests(repo)
    print(f"verdict: {outcome}")
    if outcome.startswith("verified"):
        assert not pulls[0].is_draft
        assert "| test from the issue | ✗ 1 failed | ✓ 1 passed |" in pulls[0].body
    elif outcome.startswith("unverified"):
        assert pulls[0].is_draft
        assert "**Not verified:**" in pulls[0].body
    else:
        assert (outcome, pulls) == ("nothing to propose", [])
        assert any(comment.startswith("**Not done:") for comment in scene.bot_comments(repo, issue))
