"""`/codex configure` at a forge with rules of its own: the practice forge, the real adapter, a person who answers."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from fakes.events import command_event, issue
from fakes.hands import FakeModel, hands
from stories.fresh_ledger import fresh_ledger

from bot.events import FileChange, Repo
from bot.forges.github.access import GitHubAccess
from bot.forges.github.adapter import GitHubForge
from bot.intake import take_in
from bot.ledger import Ledger
from infra.practice_forge.forge import AppSpec
from infra.practice_forge.server import PracticeForge, new_app_key
from tasks.commands.registry import discover
from tasks.running import Runner

REPO = Repo("ann", "kit")
FILES = {"kit.py": b"x = 1\n", "test_kit.py": b"def test_x():\n    pass\n"}


class Town:
    """A practice forge with one repository and one issue, and the bot beside it, which is bob there."""

    def __init__(self, server: PracticeForge, ledger: Ledger) -> None:
        self.server = server
        self.ledger = ledger
        self.forge = GitHubForge(GitHubAccess(web_url=server.url, token=server.token_for("bob")))
        self.issue = self.call("POST", "issues", title="Set it up", body="Please.")["number"]
        self.asked = 0

    def call(self, method: str, path: str, **fields: Any) -> Any:
        """Do as ann does."""
        answer = requests.request(
            method,
            f"{self.server.url}/api/v3/repos/{REPO.path}/{path}",
            json=fields or None,
            headers={"Authorization": f"token {self.server.token_for('ann')}"},
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()

    def ask(self, text: str) -> str:
        self.asked += 1
        comment = str(self.call("POST", f"issues/{self.issue}/comments", body=text)["id"])
        event = dataclasses.replace(
            command_event(text, guid=f"g-{self.asked}", comment=comment, asked=issue(number=self.issue)), repo=REPO
        )
        job_id = take_in(self.ledger, event, b"").job_id or 0
        Runner(
            ledger=self.ledger,
            connect=lambda _name, _installation: self.forge,
            hands=hands(FakeModel("")),
            commands=discover(),
            worker="w",
        ).run(job_id)
        job = self.ledger.job(job_id)
        assert job is not None
        return job.outcome


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    ledger = fresh_ledger(tmp_path)
    with PracticeForge(tmp_path / "forge", app=AppSpec(key_pem=new_app_key()), limits=False) as server:
        server.create_repo(REPO.owner, REPO.name, FILES, private=True, roles={"bob": "write"})
        yield Town(server, ledger)
    ledger.close()


def test_it_is_proposed_and_closing_it_is_a_no(town: Town) -> None:
    assert town.ask("/codex configure").startswith("opened: http://")
    (pull,) = town.call("GET", "pulls")
    (file,) = town.call("GET", f"pulls/{pull['number']}/files")
    assert (pull["title"], pull["draft"], file["filename"]) == ("Configure Codex Bot", False, ".codex.toml")
    assert town.ask("/codex configure") == f"open: {pull['html_url']}"
    town.call("PATCH", f"pulls/{pull['number']}", state="closed")
    assert town.ask("/codex configure") == "closed: .codex.toml"
    assert town.call("GET", "pulls") == []


def test_what_a_person_puts_there_counts_from_then_on(town: Town) -> None:
    town.ask("/codex configure")
    sha = town.call("GET", "git/ref/heads/codex/configure")["object"]["sha"]
    town.call("PATCH", "git/refs/heads/main", sha=sha)
    assert town.ask("/codex configure") == "there: .codex.toml"
    off = FileChange(".codex.toml", b'[commands]\ndisabled = ["implement"]\n')
    town.forge.commit(REPO, branch="main", parent=sha, message="Off", changes=[off])
    assert town.ask("/codex implement").startswith("refused: /codex implement is switched off")
