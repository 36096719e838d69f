"""Deliveries that GitLab could not make are fetched from it by whoever maintains the project, and taken in once."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
import requests

from bot.forges.gitlab.client import GitLabAccess
from bot.forges.registry import Forges, gitlab_entry
from bot.ledger import Ledger, open_ledger
from infra.practice_forge.server import PracticeForge
from tasks.missed import CatchUp

NOBODY = "http://127.0.0.1:1/webhooks/gitlab"


@dataclasses.dataclass
class Village:
    """A forge whose webhooks reach nobody, and the ledger of a bot without a public address."""

    server: PracticeForge
    ledger: Ledger
    hinted: list[int]

    def comment(self, body: str) -> None:
        project = quote("ann/sums", safe="")
        address = f"{self.server.url}/api/v4/projects/{project}/issues/1/notes"
        headers = {"PRIVATE-TOKEN": self.server.token_for("ann")}
        requests.post(address, json={"body": body}, headers=headers, timeout=10).raise_for_status()
        self.server.deliveries()

    def catch_up(self, who: str = "codex-bot", *, url: str = "") -> CatchUp:
        access = GitLabAccess(url or self.server.url, token=self.server.token_for(who))
        return CatchUp(self.ledger, Forges({"gitlab": gitlab_entry(access, "")}).missed(), self.hinted.append)

    def asked(self) -> list[str]:
        return [f"{job.kind} {job.argument}" for job in reversed(self.ledger.jobs())]


@pytest.fixture
def village(tmp_path: Path) -> Iterator[Village]:
    ledger = open_ledger(f"sqlite:///{tmp_path}/ledger.db")
    with PracticeForge(tmp_path / "forge", dialect="gitlab", limits=False) as server:
        roles: dict[str, Any] = {"bob": "write", "codex-bot": "maintain"}
        repo = server.create_repo("ann", "sums", {"a.py": b"a = 1\n"}, private=True, roles=roles)
        for url in (NOBODY, "http://127.0.0.1:1/others"):
            server.gitlab.add_hook(repo, url, token="sesame", events=("note_events",))
        headers = {"PRIVATE-TOKEN": server.token_for("ann")}
        address = f"{server.url}/api/v4/projects/{repo.id}/issues"
        requests.post(address, json={"title": "add() subtracts"}, headers=headers, timeout=10).raise_for_status()
        yield Village(server, ledger, [])
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
    village.catch_up(url="http://127.0.0.1:1").look()
    assert village.asked() == []
    village.catch_up().look()
    assert village.asked() == ["implement "]


def test_whoever_does_not_maintain_the_project_may_not_ask(village: Village) -> None:
    village.comment("/codex implement")
    village.catch_up("bob").look()
    assert village.asked() == []
