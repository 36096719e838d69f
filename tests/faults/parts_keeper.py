"""The supervisor is killed with -9: what it kept alive ends with it, and the next one goes on where it stopped."""

import contextlib
import dataclasses
import json
import os
import sys
import time
from pathlib import Path

import psutil
from stories.servers import free_port

from faults.checker import Count, check
from faults.part import Part, a_moment
from faults.script import TALK
from faults.world import Kit, Process, World, wait_for

KEEPER = Path(__file__).parent / "keeper_program.py"
_GRACE = 30.0


def kill_the_keeper(kit: Kit, count: int) -> Count:
    """Kill the supervisor while its worker works; the world starts it again, as an init system would."""
    with World(kit, "keeper") as world:
        url = f"http://127.0.0.1:{(port := free_port())}"
        plan = json.dumps(dataclasses.asdict(world.plan()))
        argv = [sys.executable, str(KEEPER), str(port), plan]
        keeper = world.run("keeper", argv, {}, ready_url=f"{url}/readyz")
        world.wait_ready(keeper)
        world.door.urls = [url]
        killed, left = 0, 0
        with world.fed(TALK, backlog=8):
            for _ in range(count):
                world.wait_ready(keeper)
                wait_for(lambda: _works(world, keeper), 60)
                time.sleep(a_moment(0.5))
                gone = _kill(keeper)
                killed += bool(gone)
                left += not wait_for(lambda gone=gone: not any(process.is_running() for process in gone), _GRACE)
        world.wait_done(120)
        result = check(world)
        result.faults = {"supervisor killed": killed}
        if left:
            result.failures.append(f"{left} times something outlived its supervisor by {_GRACE:.0f} s")
        return result


def _works(world: World, keeper: Process) -> bool:
    """Return whether one of this supervisor's workers is in the middle of a job."""
    with contextlib.suppress(psutil.NoSuchProcess):
        groups = {child.pid for child in psutil.Process(keeper.pid).children()}
        return any(world.budget.busy(group) for group in groups)
    return False


def _kill(keeper: Process) -> list[psutil.Process]:
    """Kill the supervisor alone; return what ran below it."""
    below = psutil.Process(keeper.pid).children(recursive=True)
    os.kill(keeper.pid, 9)
    return below


PARTS = (Part("keeper", "kill -9 of the supervisor", 30, 1, kill_the_keeper),)
