"""A pull request that the bot has opened at some forge, people who go on working beside it, and one worker slot."""

import dataclasses
import hashlib
from collections.abc import Mapping
from typing import Any

from fakes.events import command_event
from fakes.hands import FakeModel, hands

from bot.events import Account, FileChange, Issue, PullRequest, Subject
from bot.git import run_git
from bot.intake import take_in
from bot.ledger import Job
from stories.forge_worlds import World
from stories.fresh_ledger import fresh_ledger
from tasks.commands.registry import discover
from tasks.running import Runner
from tasks.sandbox import Sandbox, SelfTest

BRANCH = "codex/issue-{number}"
RIGHT = "sums.py\n```\n<<<<<<< SEARCH\n    return a - b\n=======\n    return a + b\n>>>>>>> REPLACE\n```\n"
TESTS = "from sums import add\n\n\ndef test_add():\n    assert add(2, 2) == 4\n"


class OwnPull:
    """`say` is a person's comment on the pull request and what the bot does then; `forge` may break on its way."""

    def __init__(self, world: World, sandbox: Sandbox | None = None, proven: SelfTest | None = None) -> None:
        self.world = world
        self.forge: Any = world.forge
        self.ledger = fresh_ledger(world.folder)
        self.hands = hands(FakeModel(RIGHT), sandbox=sandbox, proven=proven)
        self.asked = 0
        self.push("main", {"test_sums.py": TESTS})
        self.implemented = self.ask("/codex implement", world.issue)

    @property
    def branch(self) -> str:
        return BRANCH.format(number=self.world.issue.number)

    @property
    def pull(self) -> PullRequest:
        found = self.world.forge.find_pull_request(self.world.repo, self.branch)
        assert found is not None
        return found

    def head(self, branch: str = "") -> str:
        found = self.world.forge.head(self.world.repo, branch or self.branch)
        assert found is not None
        return found

    @property
    def shown(self) -> Issue:
        """Return the pull request as people see it."""
        return self.world.forge.issue(self.world.repo, Subject(self.pull.number, is_pull_request=True))

    def push(self, branch: str, files: Mapping[str, str | None]) -> str:
        """Let somebody commit to a branch."""
        if self.world.forge.name == "local":
            return self._commit_here(branch, files)
        changes = [FileChange(path, None if text is None else text.encode()) for path, text in files.items()]
        parent = self.head(branch)
        return self.world.ann.commit(
            self.world.repo, branch=branch, parent=parent, message="People go on", changes=changes
        )

    def _commit_here(self, branch: str, files: Mapping[str, str | None]) -> str:
        place = self.world.folder / "sums"
        who = ["-c", "user.name=Ann", "-c", "user.email=ann@localhost"]
        run_git(["checkout", "--quiet", branch], cwd=place)
        for path, text in files.items():
            (place / path).unlink() if text is None else (place / path).write_text(text)
        run_git(["add", "--all"], cwd=place)
        run_git([*who, "commit", "--quiet", "-m", "People go on"], cwd=place)
        run_git(["checkout", "--quiet", "main"], cwd=place)
        return self.head(branch)

    def ask(self, text: str, subject: Subject) -> Job:
        """Comment there, and let the worker do what is asked."""
        return self.run(self.take_in(text, subject))

    def take_in(self, text: str, subject: Subject) -> int:
        self.asked += 1
        comment = self.world.ann.create_comment(self.world.repo, subject, text)
        issue = Issue(
            subject.number, *_words(self.world, subject), Account("ann"), is_pull_request=subject.is_pull_request
        )
        event = command_event(text, guid=f"g-{self.asked}", comment=comment.id, asked=issue)
        return take_in(self.ledger, dataclasses.replace(event, repo=self.world.repo), b"").job_id or 0

    def rebase(self) -> Job:
        return self.ask("/codex rebase", Subject(self.pull.number, is_pull_request=True))

    def run(self, job_id: int) -> Job:
        runner = Runner(
            ledger=self.ledger,
            connect=lambda _name, _installation: self.forge,
            hands=self.hands,
            commands=discover(),
            worker="w",
        )
        runner.run(job_id)
        job = self.ledger.job(job_id)
        assert job is not None
        return job

    def said(self, what: str, number: int = 0) -> str:
        """Return our newest comment of a kind ("status", "reply") on the pull request, without its marker."""
        job_id = max(job.id for job in self.ledger.jobs())
        job = self.ledger.job(job_id)
        assert job is not None
        subject = Subject(number or self.pull.number, is_pull_request=True)
        found = self.world.forge.find_comment(self.world.repo, subject, f"<!-- codex-bot:{_key(job)} {what} -->")
        return found.body.rpartition("\n\n<!--")[0] if found else ""

    def parents(self) -> list[str]:
        """Return the parents of the pull request's newest commit."""
        self.world.tree(self.branch)  # fetches
        told = run_git(["rev-list", "--parents", "-1", self.branch], cwd=self.world.folder / "clone.git")
        return told.decode().split()[1:]

    def files(self) -> dict[str, str]:
        """Return what the pull request's branch holds."""
        return {path: content.decode() for path, (_, content) in self.world.tree(self.branch).items()}


def _words(world: World, subject: Subject) -> tuple[str, str]:
    read = world.forge.issue(world.repo, subject)
    return read.title, read.body


def _key(job: Job) -> str:
    return hashlib.sha256(job.dedupe_key.encode()).hexdigest()[:20]
