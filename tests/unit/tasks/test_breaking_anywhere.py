"""Whatever breaks at whichever call to ledger or forge: in the end everything is visible exactly once."""

import contextlib
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.breaking import Fuse, KilledError
from fakes.events import command_event
from fakes.forge import FakeForge
from fakes.hands import FakeModel, hands
from stories.fresh_ledger import fresh_ledger

from bot.errors import LeaseLostError, RetryableError
from bot.events import FileChange
from bot.intake import take_in
from bot.ledger import Job, JobState, Ledger
from tasks.commands.registry import Command, discover
from tasks.commands.work import Work
from tasks.publish import Place, Proposal
from tasks.running import Runner

PROPOSAL = Proposal("Add is_even", "body", "Add is_even", [FileChange("a.py", b"x")], draft=False)
LEASE = 30.0


def implement(work: Work) -> str:
    """Do what the real command does to ledger and forge."""
    work.publisher.status("begun")
    place = Place(**work.once("place", lambda: {"branch": "codex/issue-7", "parent": "base", "base": "main"}))
    work.publisher.status("half")
    work.publisher.pull_request(place, PROPOSAL)
    work.publisher.status("done")
    work.publisher.reply("told")
    return "done"


class Shop:
    """A ledger whose clock the test holds, and a fresh forge and request for every case."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        self._opened = fresh_ledger(folder)
        self.ledger = Ledger(self._opened._engine, lambda _connection: self.now)
        self.requests = itertools.count(1)

    def close(self) -> None:
        self._opened.close()

    def run_with(self, fuse: Fuse) -> tuple[Job, FakeForge]:
        number = next(self.requests)
        event = command_event(guid=f"g-{number}", comment=str(number))
        job_id = take_in(self.ledger, event, b"").job_id or 0
        forge = FakeForge(event.issue)
        runner = Runner(
            ledger=fuse.wire(self.ledger),
            connect=lambda _name, _installation: fuse.wire(forge),
            hands=hands(FakeModel("")),
            commands={**discover(), "implement": Command("implement", "", implement, free=True)},
            worker="w",
            lease_seconds=LEASE,
            heartbeat_seconds=600,
        )
        for _ in range(5):
            with contextlib.suppress(KilledError, RetryableError, LeaseLostError):
                runner.run(job_id)
            self.now += 4000
        job = self.ledger.job(job_id)
        assert job is not None
        return job, forge


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "error",
    [RetryableError("away"), RetryableError("later", retry_after=60), LeaseLostError("gone"), KilledError()],
    ids=["away", "told to wait", "lease lost", "killed"],
)
def test_everything_is_visible_once_wherever_it_breaks(shop: Shop, error: BaseException, *, after: bool) -> None:
    for at in itertools.count():
        fuse = Fuse(at, error, after)
        job, forge = shop.run_with(fuse)
        if not fuse.blown:
            break
        where = f"{'after' if after else 'before'} call {at}, {fuse.blown}"
        assert (job.state, job.outcome) == (JobState.DONE, "done"), where
        bodies = [body.split("\n")[0] for body in forge.comments.values()]
        assert bodies == ["done", "told"], where
        assert (len(forge.messages), len(forge.pulls)) == (1, 1), where
    assert at > 20, "the fuse must have been tried at every call"
