"""Workers that are killed: as a whole or one child, at random instants and at every named point; out of memory."""

import collections
import contextlib
import os
import time
from pathlib import Path

from faults.checker import Count, check
from faults.nest import kill_group
from faults.part import Part, a_moment, often, shared
from faults.points import KILL_CHILD, KILL_GROUP, POINTS
from faults.script import EATEN, HUNGRY, MOST_LOST, PULL_REQUEST, TALK
from faults.world import Kit, Process, World, wait_for

_RANDOM = "random instant"


def kill_workers(kit: Kit, count: int, *, scaled: bool) -> Count:
    """Kill whole workers: a third at random instants, the rest at the crash points."""
    kinds = shared(count, _RANDOM, *POINTS, _RANDOM + " ")
    at_random = kinds.pop(_RANDOM) + kinds.pop(_RANDOM + " ")
    with World(kit, "kills", postgres=scaled, redis=scaled) as world:
        world.start_web()
        world.start_sweeper()
        workers = [world.start_worker() for _ in range(2)]
        with world.fed(PULL_REQUEST, TALK, TALK, backlog=16):
            world.wait_busy()
            _strike_points(world, kinds, KILL_GROUP)
            done = often(lambda turn: _kill_at_random(world, workers[turn % 2]), at_random)
        world.wait_done(120)
        return _counted(world, {_RANDOM: done})


def kill_children(kit: Kit, count: int) -> Count:
    """Kill single children of a worker, at random instants and at the points, and let jobs eat up the memory."""
    kinds = shared(count, _RANDOM, "points", "out of memory", "out of memory ")
    hungry = kinds["out of memory"] + kinds["out of memory "]
    with World(kit, "children") as world:
        world.start_web()
        world.start_sweeper()
        workers = [world.start_worker() for _ in range(2)]
        eaten = world.folder / "bot" / EATEN
        with world.fed(TALK, backlog=12):
            world.door.insist(world.ask(HUNGRY, hungry))
            _strike_points(world, shared(kinds["points"], *POINTS), KILL_CHILD)
            done = often(lambda turn: _kill_child(world, workers[turn % 2]), kinds[_RANDOM])
            wait_for(lambda: _lines(eaten) >= hungry, 60)
            # One that died of something else at its first meal eats no second one.
            world.door.insist(world.ask(HUNGRY, max(0, hungry - _lines(eaten))))
        world.wait_done(120)
        return _counted(world, {f"{_RANDOM} (child)": done, "out of memory": _lines(eaten)})


def _lines(file: Path) -> int:
    return len(set(file.read_text().split())) if file.exists() else 0


def _counted(world: World, faults: dict[str, int]) -> Count:
    result = check(world)
    result.faults = {**faults, **collections.Counter(point for point, *_ in world.budget.hits())}
    return result


def _strike_points(world: World, kinds: dict[str, int], deed: str) -> None:
    """Hand out the blows one by one, so that workers get some work done in between."""
    blows = [point for point, number in kinds.items() for _ in range(number)]
    for number, point in enumerate(blows[::2] + blows[1::2], 1):
        world.budget.allow(point, deed)
        wait_for(lambda due=number: len(world.budget.hits()) >= due - 1, 30)
        time.sleep(0.1)
    wait_for(lambda: world.budget.left() == 0, 60)
    world.budget.take_back()


def _kill_at_random(world: World, worker: Process) -> bool:
    """Kill a worker while it works on something; return whether that came about."""
    if not wait_for(lambda: _fit(world, worker.pid), 30, every=0.02):
        return False
    time.sleep(a_moment(0.5))
    victim = worker.pid
    # What was true before the pause need not be now: never kill the same job's third worker.
    if not wait_for(lambda: _fit(world, victim), 30, every=0.005) or worker.ended(victim) is not None:
        return False
    kill_group(victim)
    return wait_for(lambda: worker.ended(victim) is not None, 10)


def _fit(world: World, group: int) -> bool:
    lost = world.budget.busy(group)
    return bool(lost) and max(lost) < MOST_LOST


def _kill_child(world: World, worker: Process) -> bool:
    """Kill one child while it works on something."""
    chosen: list[int] = []

    def choose() -> bool:
        for file in (world.budget.folder / "now").glob(f"{worker.pid}.*"):
            child = int(file.suffix[1:])
            with contextlib.suppress(OSError, ValueError):
                if int(file.read_text() or 9) < MOST_LOST and os.getpgid(child) == worker.pid:
                    chosen[:] = [child]
                    return True
        return False

    time.sleep(a_moment(0.3))
    if not wait_for(choose, 30, every=0.01):
        return False
    with contextlib.suppress(ProcessLookupError):
        os.kill(chosen[0], 9)
        return True
    return False


PARTS = (
    Part(
        "kills",
        "kill -9 of a worker and its children, hint files and SQLite",
        150,
        6,
        lambda kit, count: kill_workers(kit, count, scaled=False),
    ),
    Part(
        "kills-scaled",
        "the same on Redis and PostgreSQL",
        150,
        5,
        lambda kit, count: kill_workers(kit, count, scaled=True),
    ),
    Part("children", "kill -9 of one child; a job that eats up the memory", 100, 4, kill_children),
)
