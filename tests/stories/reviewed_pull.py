"""A pull request at a practice forge, people who push to it and talk there, and the worker slot that reviews it."""

import dataclasses
from pathlib import Path

from fakes.events import command_event

from bot.events import Account, Event, Issue, Subject
from bot.intake import take_in
from bot.ledger import Job, JobState, Ledger
from stories.forge_worlds import World
from stories.fresh_ledger import fresh_ledger
from stories.pushes import Pushes, Tree
from tasks.commands.registry import discover
from tasks.commands.work import Hands
from tasks.running import Runner

TOPIC = "topic"
_MOST_ATTEMPTS = 8


@dataclasses.dataclass
class Clock:
    """The ledger's, held by the story."""

    now: float = 1000.0


@dataclasses.dataclass
class Slot:
    """A ledger in a folder, and the tools of a worker slot."""

    folder: Path
    hands: Hands
    clock: Clock = dataclasses.field(default_factory=Clock)

    def __post_init__(self) -> None:
        opened = fresh_ledger(self.folder)
        self.ledger = Ledger(opened._engine, lambda _connection: self.clock.now)


class ReviewedPull:
    """A pull request of ann's from TOPIC into main."""

    def __init__(
        self, world: World, slot: Slot, base: Tree, head: Tree, *, title: str = "Work", body: str = ""
    ) -> None:
        self.world, self.slot = world, slot
        self.title, self.body = title, body
        self.git = Pushes(world, world.folder / "clone")
        self.commit_base(base)
        self.git.commit(TOPIC, head, self.git.tips["main"])
        self.git.push(TOPIC)
        opened = world.ann.open_pull_request(world.repo, branch=TOPIC, base="main", title=title, body=body, draft=False)
        self.number = opened.number
        self._told = 0

    @property
    def head(self) -> str:
        """Return the pull request's last commit."""
        return self.git.tips[TOPIC]

    @property
    def subject(self) -> Subject:
        return Subject(self.number, is_pull_request=True)

    def commit_base(self, tree: Tree) -> None:
        """Let the branch that the pull request goes to move on."""
        self.git.commit("main", tree, self.git.tips["main"])
        self.git.push("main")

    def commit(self, tree: Tree, *parents: str) -> None:
        """Push a commit, on top of the last one unless other parents are named."""
        self.git.commit(TOPIC, tree, *(parents or (self.head,)))
        self.git.push(TOPIC)

    def reviewed_after(self, action: str = "pushed", *, by: str = "ann") -> Job:
        """Let the forge tell of the pull request, and the worker do what it does then."""
        return self.run(self.take_in(self.told(action, by=by)))

    def ask(self, text: str = "/codex review", *, by: str = "ann") -> Job:
        """Comment on the pull request, and let the worker answer."""
        return self.run(self.take_in(self.said(text, by=by)))

    def told(self, action: str, *, by: str = "ann") -> Event:
        """Return what the forge tells of the pull request."""
        event = self._event("", by)
        return dataclasses.replace(
            event, kind="pull_request", action=action, comment=None, head=self.head, moment=f"{event.guid} {self.head}"
        )

    def said(self, text: str, *, by: str = "ann") -> Event:
        """Comment on the pull request, and return what the forge tells of that."""
        comment = self.world.ann.create_comment(self.world.repo, self.subject, text)
        return self._event(text, by, comment.id)

    def _event(self, text: str, by: str, comment: str = "") -> Event:
        self._told += 1
        issue = Issue(self.number, self.title, self.body, Account("ann"), is_pull_request=True)
        guid = f"{self.world.repo.path}-{self._told}"
        made = command_event(text, guid=guid, comment=comment, asked=issue, by=by)
        return dataclasses.replace(made, repo=self.world.repo)

    def take_in(self, event: Event) -> int:
        """Queue what an event asks for; return the job's id."""
        self.slot.clock.now += 100.0
        job_id = take_in(self.slot.ledger, event, b"").job_id
        assert job_id is not None
        return job_id

    def run(self, job_id: int) -> Job:
        """Work on a job until it comes to its end, however long that takes."""
        ledger, clock = self.slot.ledger, self.slot.clock
        runner = Runner(
            ledger=ledger,
            connect=lambda _name, _installation: self.world.forge,
            hands=self.slot.hands,
            commands=discover(),
            worker="w",
        )
        for _ in range(_MOST_ATTEMPTS):
            clock.now += 1000.0
            runner.run(job_id)
            job = ledger.job(job_id)
            assert job is not None
            if job.state is not JobState.QUEUED:
                break
        return job
