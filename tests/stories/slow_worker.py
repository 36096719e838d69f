"""A real worker whose one command goes on until somebody stops it: `python slow_worker.py FOLDER`."""

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

from fakes.events import command_event
from fakes.forge import FakeForge
from fakes.hands import FakeModel, hands

from bot.hints import Hints, make_app
from bot.ledger import open_ledger
from tasks.commands.registry import Command, discover
from tasks.commands.work import Work
from tasks.running import Runner
from tasks.worker import add_task, worker_name

KILL_AFTER_SECONDS = 5


def main(folder: Path) -> None:
    def go_on(work: Work) -> str:
        (folder / f"busy-{os.getpid()}").touch()
        while True:
            if work.job.argument != "stubbornly":
                work.check()
            time.sleep(0.02)

    def make(slot: int, leaving: Callable[[], bool]) -> Runner:
        return Runner(
            ledger=open_ledger(f"sqlite:///{folder}/ledger.db"),
            connect=lambda _name, _installation: FakeForge(command_event().issue),
            hands=hands(FakeModel("")),
            commands={**discover(), "implement": Command("implement", "", go_on)},
            worker=worker_name(slot),
            heartbeat_seconds=0.1,
            leaving=leaving,
        )

    app = make_app(None, folder)
    add_task(app, Hints(make_app(None, folder, sending=True)), make, kill_after_seconds=KILL_AFTER_SECONDS)
    app.worker_main(["worker", "--concurrency", "1", "--without-gossip", "--without-mingle", "--without-heartbeat"])


if __name__ == "__main__":
    main(Path(sys.argv[1]))
