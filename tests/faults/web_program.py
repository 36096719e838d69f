"""The door as `codex-bot serve` has it, with a wall clock and a patience that we choose, and with crash points.

`python web_program.py PORT LEDGER_URL BUSY_SECONDS WALL_FILE`; an empty WALL_FILE means the machine's own clock.
"""

import sys
import time
from pathlib import Path

from flask import Flask

from bot.forges.registry import make_forges
from bot.hints import Nudger
from bot.ledger import open_ledger
from bot.settings import read_settings
from bot.web.app import create_app
from bot.web.command import _end_silence, _Server
from bot.wiring import hints_of
from faults.points import DoorBomb


def main(port: str, ledger_url: str, busy_seconds: str, wall_file: str) -> None:
    settings = read_settings()
    forges = make_forges(settings)

    def wall() -> float:
        return time.time() + (float(Path(wall_file).read_text()) if wall_file else 0.0)

    def make() -> Flask:
        ledger = open_ledger(ledger_url, busy_seconds=float(busy_seconds), wall=wall)
        bomb = DoorBomb(settings.data_dir / "points")
        return create_app(ledger=bomb.wire(ledger), hooks=forges.hooks, hint=Nudger(hints_of(settings)).nudge)

    open_ledger(ledger_url, wall=wall).close()
    options = {
        "bind": f"127.0.0.1:{port}",
        "worker_class": "gthread",
        "workers": settings.web_processes,
        "threads": settings.web_threads,
        "when_ready": _end_silence,
        "control_socket_disable": True,
        "accesslog": None,
        "loglevel": "warning",
    }
    _Server(make, options).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
