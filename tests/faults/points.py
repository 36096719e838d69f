"""Crash points: named calls at which a worker's process does something terrible to itself, so many times and no more.

A folder is the budget: each file in `tokens/` is one blow, and belongs to whoever could remove it. `hits.log` gets
a line before every blow; `now/` shows who works on what.
"""

import contextlib
import itertools
import os
import random
import signal
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from faults.script import MOST_LOST, PULL_REQUEST, REPLY

CLAIM, GENERATE, BEFORE_CALL, AFTER_CALL, DONE = POINTS = (
    "after claim",
    "after generate",
    "before forge call",
    "after forge call",
    "before done",
)
COMMIT, ANSWER = "before the commit", "after the commit, before the 202"
KILL_GROUP, KILL_CHILD, STOP_GROUP, STOP_CHILD = "kill group", "kill child", "stop group", "stop child"
WRITES = ("react", "create_comment", "edit_comment", "commit", "open_pull_request")
_NUMBER_OF_WRITES = {PULL_REQUEST: 7, REPLY: 1}


class Budget:
    """The harness's end: hands out blows, and counts those that fell."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._numbers = itertools.count()
        for name in ("tokens", "now", "jobs"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        (folder / "hits.log").touch()

    def allow(self, point: str, deed: str) -> None:
        """Let one process do `deed` to itself at `point`."""
        (self.folder / "tokens" / f"{point}={deed}={next(self._numbers)}").touch()

    def left(self) -> int:
        return sum(1 for _ in (self.folder / "tokens").iterdir())

    def take_back(self) -> None:
        """Forget the blows that did not fall."""
        for token in (self.folder / "tokens").iterdir():
            token.unlink(missing_ok=True)

    def hits(self) -> list[Sequence[str]]:
        """Return (point, deed, process group, pid, job) of every blow that fell."""
        return [line.split("\t") for line in (self.folder / "hits.log").read_text().splitlines()]

    def busy(self, group: int) -> list[int]:
        """Return, for each job that the processes of a group are at now, how many workers it has lost already."""
        return busy(self.folder / "now", group)


def busy(folder: Path, group: int) -> list[int]:
    """Read what the living processes of a group wrote down: how many workers each one's job has lost."""
    found = []
    for file in folder.glob(f"{group}.*"):
        with contextlib.suppress(OSError, ValueError):
            if Path("/proc", file.suffix[1:]).exists():
                found.append(int(file.read_text() or 0))
    return found


class Bomb:
    """The worker's end: looks at each call of ledger and forge, and strikes where the budget says so."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._group = os.getpgid(0)
        self._now = folder / "now" / f"{self._group}.{os.getpid()}"
        self._job = 0
        self._lost = 0
        self._write = 0
        self._chosen = 0

    def wire(self, target: Any) -> Any:
        """Return something that speaks like `target` and can blow up."""
        return _Wired(target, self)

    def call(self, name: str, given: Sequence[Any], go: Callable[[], Any]) -> Any:
        """Make one call with what comes before and after it."""
        if name == "finish":
            self._strike(DONE)
        if name in WRITES:
            self._strike(f"before {name}")
        mine = name in WRITES and self._is_chosen()
        if mine:
            self._strike(BEFORE_CALL)
        result = go()
        if mine:
            self._strike(AFTER_CALL)
        if name == "claim" and result is not None:
            self.begin(result)
            self._strike(CLAIM)
        if name == "save_step" and "generate" in given:
            self._strike(GENERATE)
        if name in {"finish", "release"}:
            self.end()
        return result

    def end(self) -> None:
        """Note that the job at hand is over."""
        self._now.unlink(missing_ok=True)

    def again(self) -> "Bomb":
        """Return one for this process, whatever this one was forked from."""
        return Bomb(self._folder)

    def begin(self, job: Any) -> None:
        """Note which job this process is at now."""
        self._job, self._lost, self._write = job.id, job.lost_attempts, 0
        # Which of the job's writes is the one to be broken: all of them get their turn, among many jobs.
        kind = job.argument.split()[0]
        self._chosen = job.id % _NUMBER_OF_WRITES.get(kind, 5)
        self._now.write_text(str(job.lost_attempts))

    def _is_chosen(self) -> bool:
        self._write += 1
        return self._write - 1 == self._chosen

    def _strike(self, point: str) -> None:
        tokens = [token.name for token in (self._folder / "tokens").glob(f"{point}=*")]
        if not tokens or self._spare(tokens[0]):
            return
        with contextlib.suppress(FileExistsError, FileNotFoundError):
            token = random.choice(tokens)
            # Each job is struck once, so that no job is taken for one that kills workers.
            (self._folder / "jobs" / str(self._job)).touch(exist_ok=False)
            (self._folder / "tokens" / token).unlink()
            self._blow(point, token.split("=")[1])

    def _spare(self, token: str) -> bool:
        if (self._folder / "jobs" / str(self._job)).exists():
            return True
        lost = busy(self._folder / "now", self._group) if KILL_GROUP in token else [self._lost]
        return max(lost, default=0) >= MOST_LOST

    def _blow(self, point: str, deed: str) -> None:
        with (self._folder / "hits.log").open("a") as log:
            log.write(f"{point}\t{deed}\t{self._group}\t{os.getpid()}\t{self._job}\n")
        if deed == KILL_GROUP:
            os.killpg(self._group, signal.SIGKILL)
            time.sleep(60)
        if deed == STOP_GROUP:
            os.killpg(self._group, signal.SIGSTOP)
        os.kill(os.getpid(), signal.SIGKILL if deed == KILL_CHILD else signal.SIGSTOP)


class DoorBomb(Bomb):
    """The same in the door, which has no jobs: strikes before or after deliveries are taken in."""

    def call(self, name: str, given: Sequence[Any], go: Callable[[], Any]) -> Any:
        """Take in with what comes before and after it."""
        if name != "take_in_all":
            return go()
        self._strike(COMMIT)
        taken = go()
        self._strike(ANSWER)
        return taken

    def _strike(self, point: str) -> None:
        for token in (self._folder / "tokens").glob(f"{point}=*"):
            with contextlib.suppress(FileNotFoundError):
                token.unlink()
                self._blow(point, KILL_CHILD)


class _Wired:
    def __init__(self, target: Any, bomb: Bomb) -> None:
        self._target = target
        self._bomb = bomb

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._target, name)
        if not callable(found):
            return found
        return lambda *given, **named: self._bomb.call(name, given, lambda: found(*given, **named))
