"""The door as `codex-bot serve` has it, with a wall clock and a patience that we choose, and with crash points.

`python web_program.py PORT LEDGER_URL BUSY_SECONDS WALL_FILE`; an empty WALL_FILE means the machine's own clock.
"""

import sys
import time
from pathlib import Path
from typing import Any

from bot.forges.registry import make_forges
from bot.hint_wiring import hints_of
from bot.hints import Nudger
from bot.ledger import open_ledger
from bot.settings import read_settings
from bot.web.server import Server
from bot.web.service import make_service
from faults.points import DoorBomb


def main(port: str, ledger_url: str, busy_seconds: str, wall_file: str) -> None:
    settings = read_settings()
    forges = make_forges(settings)

    def wall() -> float:
        return time.time() + (float(Path(wall_file).read_text()) if wall_file else 0.0)

    def make() -> Any:
        ledger = open_ledger(ledger_url, busy_seconds=float(busy_seconds), wall=wall)
        bomb = DoorBomb(settings.data_dir / "points")
        return make_service(ledger=bomb.wire(ledger), hooks=forges.hooks, hint=Nudger(hints_of(settings)).nudge)

    open_ledger(ledger_url, wall=wall).close()
    Server(make, host="127.0.0.1", port=int(port), processes=settings.web_processes).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
