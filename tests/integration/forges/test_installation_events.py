"""An owner suspends, removes and installs the App: one worker that never starts anew tells each change at once."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import requests
from fakes.door import Door, open_door
from fakes.hands import FakeModel, hands
from stories.fresh_ledger import fresh_ledger

from bot.events import Event, Unwanted
from bot.forges.github.access import GitHubAccess
from bot.forges.registry import Forges, github_entry
from bot.intake import take_in
from bot.ledger import Job, JobState, Ledger
from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key
from tasks.commands.registry import Command, discover
from tasks.commands.work import Work
from tasks.running import Runner

SECRET = "of the test"


def answer(work: Work) -> str:
    work.publisher.reply("Done.")
    return "done"


class Firm:
    """A practice forge with an issue of ann's, the door of a bot, and one worker of it."""

    def __init__(self, server: PracticeForge, door: Door, ledger: Ledger, key: str) -> None:
        self.server = server
        self.door = door
        self.ledger = ledger
        server.create_repo("ann", "sums", {"a.py": b"a = 1\n"}, private=True)
        access = GitHubAccess(web_url=server.url, app_id=str(AppSpec().id), private_key=key)
        self.forges = Forges({"github": github_entry(access, SECRET)})
        commands = {**discover(), "implement": Command("implement", "", answer, free=True)}
        self.runner = Runner(
            ledger=ledger, connect=self.forges.connect, hands=hands(FakeModel("")), commands=commands, worker="w"
        )
        self.issue = f"{server.url}/api/v3/repos/ann/sums/issues/{self._ask('issues', title='Sums')['number']}"
        self.heard()

    def _ask(self, path: str, **fields: str) -> Any:
        headers = {"Authorization": f"token {self.server.token_for('ann')}"}
        answer = requests.post(
            path if "://" in path else f"{self.server.url}/api/v3/repos/ann/sums/{path}",
            json=fields,
            headers=headers,
            timeout=10,
        )
        answer.raise_for_status()
        return answer.json()

    def click(self, page: str, **fields: str) -> None:
        """Send a form of the forge's pages, as ann does in her browser."""
        answer = requests.post(f"{self.server.url}{page}", data=fields, headers={"Origin": self.server.url}, timeout=10)
        answer.raise_for_status()

    def page(self) -> str:
        (record,) = self.server.forge.state.installations.values()
        return f"/settings/installations/{record.id}"

    def heard(self) -> list[Event | Unwanted]:
        """Return what came through the door since the last time, each checked and read."""
        self.server.deliveries()
        hooks, found = self.forges.hooks("github"), []
        assert hooks is not None
        while not self.door.received.empty():
            headers, body = self.door.received.get()
            lower = {name.lower(): value for name, value in headers.items()}
            assert hooks.verify(lower, body)
            found.append(hooks.read(lower, body))
        return found

    def says(self, text: str) -> int:
        """Let ann comment; return the job that comes of it."""
        self._ask(f"{self.issue}/comments", body=text)
        (event,) = [each for each in self.heard() if isinstance(each, Event)]
        job_id = take_in(self.ledger, event, b"").job_id
        assert job_id is not None
        return job_id

    def run(self, job_id: int) -> Job:
        self.runner.run(job_id)
        job = self.ledger.job(job_id)
        assert job is not None
        return job


@pytest.fixture
def firm(tmp_path: Path) -> Iterator[Firm]:
    ledger, key = fresh_ledger(tmp_path), new_app_key()
    with open_door() as door:
        app = AppSpec(key_pem=key, webhook_url=door.url, webhook_secret=SECRET)
        with PracticeForge(tmp_path / "forge", app=app, limits=False) as server:
            yield Firm(server, door, ledger, key)
    ledger.close()


def test_a_suspended_installation_ends_a_job_at_once_and_an_unsuspended_one_works_at_once(firm: Firm) -> None:
    assert firm.run(firm.says("/codex implement")).state is JobState.DONE
    waiting = firm.says("/codex implement")
    firm.click(firm.page(), act="suspend")
    job = firm.run(waiting)
    assert (job.state, job.attempts) == (JobState.DEAD, 1)
    assert "is suspended. Its owner can unsuspend it" in job.outcome
    firm.click(firm.page(), act="unsuspend")
    assert firm.run(firm.says("/codex retry")).outcome == f"job {waiting} is queued again"
    assert firm.run(waiting).state is JobState.DONE


def test_a_removed_installation_ends_a_job_at_once_and_the_next_one_works_at_once(firm: Firm) -> None:
    waiting = firm.says("/codex implement")
    before = firm.page()
    firm.click(before, act="uninstall")
    job = firm.run(waiting)
    assert (job.state, job.attempts) == (JobState.DEAD, 1)
    assert "not installed any more" in job.outcome
    assert "Install it again" in job.outcome
    firm.click("/apps/codex-bot/installations/new", account="ann")
    assert firm.page() != before
    assert firm.run(firm.says("/codex implement")).state is JobState.DONE


def test_what_becomes_of_an_installation_is_told_and_known_to_need_nothing(firm: Firm) -> None:
    page = firm.page()
    firm.click(page, act="suspend")
    firm.click(page, act="unsuspend")
    firm.click(page, act="uninstall")
    firm.click("/apps/codex-bot/installations/new", account="ann")
    sent = [(each.parcel.event, each.parcel.action) for each in firm.server.deliveries()]
    assert sent[3::-1] == [("installation", act) for act in ("suspend", "unsuspend", "deleted", "created")]
    reasons = {each.reason for each in firm.heard() if isinstance(each, Unwanted)}
    assert reasons == {"every job asks GitHub itself what the App may reach"}
