"""The one command of the fault world: does with ledger and forge what `implement` does, in a fraction of a second."""

import contextlib
import dataclasses
import os
import resource
import time
from collections.abc import Iterator
from pathlib import Path

from bot.events import FileChange
from tasks.commands.work import Work
from tasks.publish import Place, Proposal

PAID = "paid.log"
EATEN = "eaten.log"
PULL_REQUEST, TALK, REPLY, HUNGRY = "pr", "talk", "reply", "hungry"
WORK_SECONDS = 0.05
# The bot gives a job up that has lost three workers, as it should. Between our look and our blow a job may lose one
# without our knowing, so one that has lost a worker is spared.
MOST_LOST = 1
_MORE_BYTES = 256 << 20


class Script:
    """`folder` is where it writes down what it paid for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def implement(self, work: Work) -> str:
        """Do what the argument says: the first word is the kind of job, a second one the seconds of work."""
        wanted, _, seconds = work.job.argument.partition(" ")
        if wanted != REPLY:
            work.publisher.status("begun")
        work.once("generate", lambda: self._pay(work, float(seconds or WORK_SECONDS)))
        if wanted != REPLY:
            work.publisher.status("half done")
        if wanted == HUNGRY:
            self._eat_once(work)
        if wanted == PULL_REQUEST:
            propose(work)
        if wanted != REPLY:
            work.publisher.status("done")
        work.publisher.reply("told")
        return "done"

    def review(self, work: Work) -> str:
        """Answer a push: say which commit was looked at."""
        work.once("generate", lambda: self._pay(work, WORK_SECONDS))
        work.check()
        work.publisher.reply(f"reviewed {work.job.argument}")
        return "done"

    def _pay(self, work: Work, seconds: float) -> str:
        with (self._folder / PAID).open("a") as log:
            log.write(f"{work.job.id}\n")
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            work.check()
            time.sleep(min(0.02, seconds))
        return "an answer"

    def _eat_once(self, work: Work) -> None:
        """Run out of memory at the first attempt; every second job like a process that the kernel picks then."""
        mark = self._folder / f"eaten-{work.job.id}"
        if mark.exists():
            return
        mark.touch()
        try:
            with _little_memory():
                _eat()
        except MemoryError:
            with (self._folder / EATEN).open("a") as log:
                log.write(f"{work.job.id}\n")
            if work.job.id % 2 and work.job.lost_attempts < MOST_LOST:
                os.kill(os.getpid(), 9)
            raise


def propose(work: Work) -> None:
    """Make a commit and a pull request on a branch of the job's own."""
    number = work.event.issue.number
    found = work.once("place", lambda: dataclasses.asdict(work.publisher.place(f"codex/issue-{number}")))
    changes = [FileChange(f"made/{number}.py", b"x = 2\n")]
    title = f"Do what issue {number} asks"
    work.publisher.pull_request(Place(**found), Proposal(title, "body", title, changes, draft=False))


@contextlib.contextmanager
def _little_memory() -> Iterator[None]:
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (pages * resource.getpagesize() + _MORE_BYTES, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))


def _eat() -> None:
    eaten = []
    while True:
        eaten.append(bytearray(16 << 20))
