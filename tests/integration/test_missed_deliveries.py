"""Deliveries that did not get through are fetched from the forge, and each is taken in once."""

import dataclasses
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests

from bot.errors import RetryableError
from bot.forges.github.client import GitHubAccess
from bot.forges.registry import Forges, github_entry
from bot.ledger import Ledger, TakenIn, Wanted, open_ledger
from infra.practice_forge.forge import AppSpec
from infra.practice_forge.server import PracticeForge, new_app_key
from tasks.missed import CatchUp

NOBODY = "http://127.0.0.1:1/webhooks/github"
SECRET = "of the test"


@dataclasses.dataclass
class Village:
    """A forge whose webhooks reach nobody, and the ledger of a bot without a public address."""

    server: PracticeForge
    access: GitHubAccess
    ledger: Ledger
    issue: int
    hinted: list[int]

    def comment(self, body: str) -> None:
        address = f"{self.server.url}/api/v3/repos/ann/sums/issues/{self.issue}/comments"
        headers = {"Authorization": f"token {self.server.token_for('ann')}"}
        requests.post(address, json={"body": body}, headers=headers, timeout=10).raise_for_status()
        self.server.forge.hookshot.wait_until_idle()

    def catch_up(self, **access: Any) -> CatchUp:
        entry = github_entry(dataclasses.replace(self.access, **access), "")
        return CatchUp(self.ledger, Forges({"github": entry}).missed(), self.hinted.append)

    def asked(self) -> list[str]:
        return [f"{job.kind} {job.argument}" for job in reversed(self.ledger.jobs())]


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    key = new_app_key()
    app = AppSpec(key_pem=key, webhook_url=NOBODY, webhook_secret=SECRET)
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    with PracticeForge(tmp_path / "forge", app=app, limits=False) as server:
        server.create_repo("ann", "sums", {"a.py": b"a = 1\n"}, private=True, roles={})
        access = GitHubAccess(web_url=server.url, app_id=str(app.id), private_key=key)
        village = Village(server, access, ledger, 0, [])
        address = f"{server.url}/api/v3/repos/ann/sums/issues"
        headers = {"Authorization": f"token {server.token_for('ann')}"}
        answer = requests.post(address, json={"title": "add() subtracts"}, headers=headers, timeout=10)
        village.issue = answer.json()["number"]
        yield village
    ledger.close()


def test_what_was_missed_is_taken_in_in_its_order_and_wakes_workers(village: Village) -> None:
    for body in ("/codex implement one", "just talk", "/codex implement two"):
        village.comment(body)
    village.catch_up().look()
    assert village.asked() == ["implement one", "implement two"]
    assert village.hinted == [job.id for job in reversed(village.ledger.jobs())]


def test_each_is_taken_in_once_whoever_looks_how_often(village: Village) -> None:
    catch_up = village.catch_up()
    village.comment("/codex implement one")
    catch_up.look()
    catch_up.look()
    village.comment("/codex implement two")
    catch_up.look()
    village.catch_up().look()  # the sweeper was started anew
    assert village.asked() == ["implement one", "implement two"]
    assert len(village.hinted) == 2


def test_a_forge_that_is_away_keeps_them_until_it_is_back(village: Village) -> None:
    village.comment("/codex implement")
    village.catch_up(web_url="http://127.0.0.1:1").look()
    assert village.asked() == []
    village.catch_up().look()
    assert village.asked() == ["implement "]


class _FullOnce(Ledger):
    full = True

    def take_in_all(self, wanted: Sequence[Wanted]) -> list[TakenIn | Exception]:
        if self.full:
            self.full = False
            return [RetryableError("database or disk is full")]
        return super().take_in_all(wanted)


def test_what_could_not_be_kept_is_fetched_again(village: Village) -> None:
    village.comment("/codex implement")
    village.ledger = _FullOnce(village.ledger._engine, village.ledger._clock)
    catch_up = village.catch_up()
    catch_up.look()
    assert village.asked() == []
    catch_up.look()
    assert village.asked() == ["implement "]
