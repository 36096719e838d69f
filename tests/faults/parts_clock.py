"""Wall clocks that jump by an hour, back and forth, while jobs run: no lease may end early, none may last for ever."""

import random
import time

from faults.checker import Count, check
from faults.part import Part, a_moment
from faults.script import TALK
from faults.world import HEARTBEAT, Kit, World, wait_for

_HOUR = 3600.0


def let_clocks_jump(kit: Kit, count: int) -> Count:
    """Let the wall clock of every process of the bot jump; each time a worker, now and then a door, begins in it."""
    with World(kit, "clock") as world:
        wall = world.folder / "wall"
        wall.write_text("0")
        world.start_own_web(wall)
        world.start_sweeper()
        workers = [world.start_worker(wall_file=str(wall)) for _ in range(2)]
        jumps, offset = 0, 0.0
        with world.fed(f"{TALK} 0.6", backlog=6):
            for number in range(count):
                world.wait_busy()
                time.sleep(a_moment(0.4))
                offset += _HOUR if offset < 0 or (offset == 0 and random.random() < 0.5) else -_HOUR
                wall.with_name("next").write_text(str(offset))
                wall.with_name("next").rename(wall)
                jumps += 1
                if number % 2:
                    # Whoever begins now reads the new time; whoever was there before lives in the old one.
                    workers.append(world.start_worker(wall_file=str(wall)))
                    world.stop(workers.pop(0))
                time.sleep(2 * HEARTBEAT)
        world.wait_done(60)
        result = check(world)
        result.faults = {"jump by an hour": jumps}
        if result.taken_over:
            result.failures.append(f"{result.taken_over} leases were taken over though every worker lived")
        result.failures += _deaths_are_still_seen(world)
        return result


def _deaths_are_still_seen(world: World) -> list[str]:
    """After all the jumps, a worker that dies must lose its job within a lease, as ever."""
    world.door.insist(world.ask(f"{TALK} 1.5", 2))
    if not wait_for(lambda: any(world.budget.busy(worker.pid) for worker in world.processes("worker")), 20):
        return ["no worker took a job after the jumps"]
    for worker in world.processes("worker"):
        if world.budget.busy(worker.pid):
            worker.kill()
    return [] if world.wait_done(20) else ["a dead worker's job was not taken over within 20 s"]


PARTS = (Part("clock", "the wall clock jumps by an hour, back and forth", 20, 2, let_clocks_jump),)
