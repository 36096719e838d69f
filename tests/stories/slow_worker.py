"""A real worker whose one command goes on until somebody stops it: `python slow_worker.py FOLDER [OPTIONS AS JSON]`."""

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fakes.events import command_event
from fakes.forge import FakeForge
from fakes.hands import FakeModel, hands

from bot.hints import Hints, make_app
from bot.ledger import open_ledger
from tasks.commands.registry import Command, discover
from tasks.commands.work import Work
from tasks.running import Runner
from tasks.worker import add_task, team_name, worker_name

# What a test may ask for; "stubbornly" and "briefly" in the comment say how the command goes on.
OPTIONS = {"broker": None, "slots": 1, "lease_seconds": 30.0, "poll_seconds": 0.2, "kill_after_seconds": 5.0}


def main(folder: Path, asked: dict[str, Any]) -> None:
    options = {**OPTIONS, **asked}

    def go_on(work: Work) -> str:
        (folder / f"busy-{work.job.id}-{os.getpid()}").touch()
        if work.job.argument == "briefly":
            return "done"
        while True:
            if work.job.argument != "stubbornly":
                work.check()
            time.sleep(0.02)

    def make(slot: int, leaving: Callable[[], bool]) -> Runner:
        return Runner(
            ledger=open_ledger(f"sqlite:///{folder}/ledger.db"),
            connect=lambda _name, _installation: FakeForge(command_event().issue),
            hands=hands(FakeModel("")),
            commands={**discover(), "implement": Command("implement", "", go_on, free=True)},
            worker=worker_name(slot),
            team=team_name(),
            team_jobs=options["slots"],
            lease_seconds=options["lease_seconds"],
            heartbeat_seconds=0.1,
            leaving=leaving,
        )

    alive = folder / "alive"
    alive.mkdir(exist_ok=True)
    app = make_app(options["broker"], folder)
    add_task(
        app,
        Hints(make_app(options["broker"], folder, sending=True)),
        make,
        kill_after_seconds=options["kill_after_seconds"],
        poll_seconds=options["poll_seconds"],
        alive=alive,
    )
    children = ["--concurrency", str(options["slots"] + 1)]
    app.worker_main(["worker", *children, "--without-gossip", "--without-mingle", "--without-heartbeat"])


if __name__ == "__main__":
    main(Path(sys.argv[1]), json.loads(sys.argv[2]) if len(sys.argv) > 2 else {})
