"""Whatever breaks at whichever call while a pull request is rebased: in the end everything is visible exactly once."""

import contextlib
import dataclasses
import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.breaking import Fuse, KilledError
from fakes.events import command_event
from fakes.forge import BOT, FakeForge
from fakes.hands import FakeModel, hands
from stories.fresh_ledger import fresh_ledger

from bot.errors import RetryableError
from bot.events import FileChange, Issue, PullRequest
from bot.forges.plumbing import branch_head, make_commit
from bot.git import run_git
from bot.intake import take_in
from bot.ledger import Job, JobState, Ledger
from tasks.commands.registry import discover
from tasks.running import Runner

BRANCH, NUMBER = "codex/issue-7", 50
OURS = Issue(NUMBER, "Add b", "", BOT, is_pull_request=True)


class Shop:
    """A repository in which main has gone on since the bot's branch left it, and a fresh forge for every case."""

    def __init__(self, folder: Path) -> None:
        self.now = 1000.0
        self._opened = fresh_ledger(folder)
        self.ledger = Ledger(self._opened._engine, lambda _connection: self.now)
        self.requests = itertools.count(1)
        self.repository = folder / "kit.git"
        run_git(["init", "--quiet", "--bare", "--initial-branch=main", str(self.repository)])
        tree = run_git(["mktree"], cwd=self.repository).decode().strip()
        who = {f"GIT_{role}_{key}": "ann@localhost" for role in ("AUTHOR", "COMMITTER") for key in ("NAME", "EMAIL")}
        start = run_git(["commit-tree", "-m", "Start", tree], cwd=self.repository, env_extra=who).decode().strip()
        for branch, message in ((BRANCH, "Add b\n\nCodex-Request: 0123456789"), ("main", "Add a")):
            name = "b.py" if branch == BRANCH else "a.py"
            make_commit(self.repository, branch=branch, parent=start, message=message, changes=[FileChange(name, b"x")])
        self.branches = {branch: branch_head(self.repository, branch) or "" for branch in (BRANCH, "main")}

    def close(self) -> None:
        self._opened.close()

    def run_with(self, fuse: Fuse) -> tuple[Job, FakeForge]:
        number = next(self.requests)
        event = command_event("/codex rebase", guid=f"g-{number}", comment=str(number), asked=OURS)
        job_id = take_in(self.ledger, event, b"").job_id or 0
        pull = PullRequest(NUMBER, "http://forge/50", BRANCH, "main", is_draft=False)
        forge = FakeForge(OURS, self.repository, branches={**self.branches}, pulls=[pull])
        forge.texts[NUMBER] = ("Add b", "<!-- proof -->old<!-- end of proof -->\n\nRest.\n\n<!-- codex-bot:0 pull -->")
        runner = Runner(
            ledger=fuse.wire(self.ledger),
            connect=lambda _name, _installation: fuse.wire(forge),
            hands=hands(FakeModel("")),
            commands={**discover(), "rebase": dataclasses.replace(discover()["rebase"], free=True)},
            worker="w",
            lease_seconds=30.0,
            heartbeat_seconds=600,
        )
        for _ in range(5):
            with contextlib.suppress(KilledError, RetryableError):
                runner.run(job_id)
            job = self.ledger.job(job_id)
            assert job is not None
            self.now += 4000
            if job.state == JobState.DONE:
                break
        return job, forge


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.close()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("error", [RetryableError("away"), KilledError()], ids=["away", "killed"])
def test_everything_is_visible_once_wherever_it_breaks(shop: Shop, error: BaseException, *, after: bool) -> None:
    for at in itertools.count():
        fuse = Fuse(at, error, after)
        job, forge = shop.run_with(fuse)
        if not fuse.blown:
            break
        where = f"{'after' if after else 'before'} call {at}, {fuse.blown}"
        assert (job.state, job.outcome) == (JobState.DONE, "unverified: http://forge/50"), where
        (comment,) = forge.comments.values()
        assert comment.startswith("**Up to date, and not verified**"), where
        assert list(forge.changes.values()) == [[FileChange("b.py", b"x")]], where
        title, body = forge.texts[NUMBER]
        assert (title, forge.pulls[0].is_draft) == ("[unverified] Add b", True), where
        assert body.count("After: this branch at sha-1.") == 1, where
        assert body.endswith("<!-- end of proof -->\n\nRest.\n\n<!-- codex-bot:0 pull -->"), where
    assert at > 20, "the fuse must have been tried at every call"
