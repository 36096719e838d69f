"""Deliveries that did not get through are fetched from the forge, and each is taken in once."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import requests
from stories.fresh_ledger import fresh_ledger

from bot.errors import RetryableError
from bot.forges.github.access import GitHubAccess
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.missed import MissedDeliveries
from bot.forges.hearing import Hearing
from bot.forges.registry import Entry, Forges, github_entry, gitlab_entry
from bot.ledger import Ledger, TakenIn, Wanted
from infra.practice_forge.forge import AppSpec
from infra.practice_forge.server import PracticeForge, new_app_key
from tasks.missed import CatchUp

NOBODY = "http://127.0.0.1:1"
FILES = {"a.py": b"a = 1\n"}


@dataclasses.dataclass
class Village:
    """A forge whose webhooks reach nobody, and the ledger of a bot without a public address.

    `say` lets ann comment on an issue; `entry` makes the bot's own of a forge at an address.
    """

    server: PracticeForge
    ledger: Ledger
    say: Callable[[str], object]
    entry: Callable[[str], Entry]
    hinted: list[int] = dataclasses.field(default_factory=list)

    def comment(self, body: str) -> None:
        self.say(body)
        self.server.deliveries()

    def catch_up(self, entry: Entry | None = None, *, url: str = "") -> CatchUp:
        forges = Forges({"forge": entry or self.entry(url or self.server.url)})
        return CatchUp(self.ledger, forges.missed(), self.hinted.append)

    def asked(self) -> list[str]:
        return [f"{job.kind} {job.argument}" for job in reversed(self.ledger.jobs())]


def _post(address: str, headers: dict[str, str], **fields: str) -> Any:
    answer = requests.post(address, json=fields, headers=headers, timeout=10)
    answer.raise_for_status()
    return answer.json()


@contextlib.contextmanager
def _github(folder: Path, ledger: Ledger) -> Iterator[Village]:
    key = new_app_key()
    app = AppSpec(key_pem=key, webhook_url=f"{NOBODY}/webhooks/github", webhook_secret="of the test")
    with PracticeForge(folder, app=app, limits=False) as server:
        server.create_repo("ann", "sums", FILES, private=True, roles={})
        headers = {"Authorization": f"token {server.token_for('ann')}"}
        issues = f"{server.url}/api/v3/repos/ann/sums/issues"
        number = _post(issues, headers, title="add() subtracts")["number"]

        def entry(url: str) -> Entry:
            return github_entry(GitHubAccess(web_url=url, app_id=str(app.id), private_key=key), "")

        yield Village(server, ledger, lambda body: _post(f"{issues}/{number}/comments", headers, body=body), entry)


@contextlib.contextmanager
def _gitlab(folder: Path, ledger: Ledger) -> Iterator[Village]:
    with PracticeForge(folder, dialect="gitlab", limits=False) as server:
        roles: dict[str, Any] = {"bob": "write", "codex-bot": "maintain"}
        repo = server.create_repo("ann", "sums", FILES, private=True, roles=roles)
        for path in ("/webhooks/gitlab", "/others"):
            server.gitlab.add_hook(repo, f"{NOBODY}{path}", token="sesame", events=("note_events",))
        headers = {"PRIVATE-TOKEN": server.token_for("ann")}
        issues = f"{server.url}/api/v4/projects/{repo.id}/issues"
        number = _post(issues, headers, title="add() subtracts")["iid"]

        def entry(url: str) -> Entry:
            return gitlab_entry(GitLabAccess(url, token=server.token_for("codex-bot")), "")

        yield Village(server, ledger, lambda body: _post(f"{issues}/{number}/notes", headers, body=body), entry)


VILLAGES = {"github": _github, "gitlab": _gitlab}


@pytest.fixture(params=sorted(VILLAGES))
def village(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Village]:
    ledger = fresh_ledger(tmp_path)
    with VILLAGES[request.param](tmp_path / "forge", ledger) as made:
        yield made
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
    village.catch_up(url=NOBODY).look()
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


def test_at_gitlab_only_who_maintains_the_project_may_ask(tmp_path: Path) -> None:
    ledger = fresh_ledger(tmp_path)
    with _gitlab(tmp_path / "forge", ledger) as village:
        village.comment("/codex implement")
        look = {
            who: MissedDeliveries(GitLabAccess(village.server.url, token=village.server.token_for(who)), Hearing())
            for who in ("ann", "bob")
        }
        assert [len(list(look[who]())) for who in ("ann", "bob")] == [1, 0]
    ledger.close()
