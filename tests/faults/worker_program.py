"""A nest of fault workers: each line on standard input starts one, as a fork of a process that has loaded everything.

A worker is what `codex-bot work` runs (Celery, the real runner, the real adapter), with a scripted command and with
crash points between it and its ledger and forge.
"""

import ctypes
import dataclasses
import gc
import json
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes.hands import FakeModel, hands

from bot.forges.github.access import GitHubAccess
from bot.forges.registry import Forges, github_entry
from bot.hints import Hints, make_app
from bot.ledger import open_ledger
from faults import plain_celery
from faults.points import Bomb
from faults.script import Script
from tasks.commands.registry import Command, discover
from tasks.running import Runner
from tasks.worker import add_task, team_name, worker_name

_PR_SET_PDEATHSIG = 1


@dataclasses.dataclass(frozen=True, slots=True)
class Plan:
    """What one worker is told. Times in seconds; an empty `broker` means hint files."""

    folder: str
    ledger: str
    broker: str
    forge_url: str
    key_file: str
    slots: int = 2
    lease: float = 3.0
    heartbeat: float = 0.5
    forge_seconds: int = 15
    tenant_jobs: int = 4
    sweep: float = 1.0
    wall_file: str = ""
    limits: bool = True
    plain: bool = False  # the red control instead: Celery alone


def forges_of(plan: Plan) -> Forges:
    """Return the real adapter, with our own patience."""
    access = GitHubAccess(
        web_url=plan.forge_url,
        app_id="4242",
        private_key=Path(plan.key_file).read_text(),
        timeout_s=plan.forge_seconds,
    )
    return Forges({"github": github_entry(access, "")})


def work(plan: Plan) -> None:
    """Be a worker until told to end."""
    folder = Path(plan.folder)
    forges = forges_of(plan)
    script = Script(folder)
    scripted = [Command("implement", "", script.implement, free=True), Command("review", "", script.review, free=True)]
    commands = {**discover(), **{command.name: command for command in scripted}}

    def make(slot: int, leaving: Callable[[], bool]) -> Runner:
        bomb = Bomb(folder / "points")
        return Runner(
            ledger=bomb.wire(open_ledger(plan.ledger, wall=lambda: time.time() + offset(plan.wall_file))),
            connect=lambda name, installation: bomb.wire(forges.connect(name, installation)),
            hands=hands(FakeModel("")),
            commands=commands,
            worker=worker_name(slot),
            team=team_name(),
            team_jobs=plan.slots,
            tenant_jobs=plan.tenant_jobs,
            limits=forges.limits if plan.limits else lambda _forge: (),
            lease_seconds=plan.lease,
            heartbeat_seconds=plan.heartbeat,
            leaving=leaving,
        )

    app = make_app(plan.broker or None, folder)
    hints = Hints(make_app(plan.broker or None, folder, sending=True))
    alive = folder / "alive"
    alive.mkdir(exist_ok=True)
    add_task(app, hints, make, kill_after_seconds=120, poll_seconds=plan.sweep, alive=alive)
    # One more for commands about jobs, as `codex-bot work` has it.
    arguments = ["--concurrency", str(plan.slots + 1), "--pool", "prefork", "--loglevel", "INFO"]
    app.worker_main(["--quiet", "worker", *arguments, "--without-gossip", "--without-mingle", "--without-heartbeat"])


def offset(wall_file: str) -> float:
    """Return by how many seconds the wall clock is said to be wrong now."""
    return float(Path(wall_file).read_text()) if wall_file else 0.0


def _become_worker(order: dict[str, Any], nest: int) -> None:
    """Turn this fork into a worker with a process group of its own; never returns."""
    os.setsid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != nest:
        os._exit(1)
    log = os.open(order["log"], os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.dup2(log, 1)
    os.dup2(log, 2)
    code = 1
    try:
        plan = Plan(**order["plan"])
        if plan.plain:
            plain_celery.work(plan.broker, forges_of(plan), Bomb(Path(plan.folder) / "points"), plan.slots)
        else:
            work(plan)
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else 0
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _ended() -> list[tuple[int, int]]:
    """Collect the workers that ended since the last call, as (pid, status)."""
    found = []
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return found
        if pid == 0:
            return found
        found.append((pid, os.waitstatus_to_exitcode(status)))


def main() -> None:
    gc.freeze()
    nest = os.getpid()
    print(json.dumps("ready"), flush=True)
    for line in sys.stdin:
        order = json.loads(line)
        answer: Any = _ended() if order["do"] == "ended" else None
        if order["do"] == "start":
            answer = os.fork()
            if answer == 0:
                _become_worker(order, nest)
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        work(Plan(**json.loads(sys.argv[1])))
    main()
