"""The door: killed while it takes deliveries in, and told everything five times at once."""

import contextlib
import os
import random
import signal
import threading
import time

import psutil

from faults.checker import Count, check
from faults.door import ACCEPTED, DUPLICATE, NO_ANSWER
from faults.part import Part, a_moment, often, shared
from faults.points import ANSWER, COMMIT, KILL_CHILD
from faults.script import REPLY
from faults.world import Kit, Process, World, wait_for

_BURST = 4
_ONE, _ALL = "one process", "the whole door"
_TIMES = 5


def kill_the_door(kit: Kit, count: int) -> Count:
    """Kill a process of the door, or all of it, amid a burst; or let it die right before and after a commit."""
    kinds = shared(count, _ONE, _ALL, COMMIT, ANSWER)
    with World(kit, "door", owners=60) as world:
        web = world.start_web()
        world.start_sweeper()
        for _ in range(2):
            world.start_worker()
        killed = {
            _ONE: often(lambda _turn: _kill_amid(world, web, whole=False), kinds[_ONE]),
            _ALL: often(lambda _turn: _kill_amid(world, web, whole=True), kinds[_ALL]),
        }
        world.stop(web)
        world.door.urls = ()
        world.start_own_web()
        killed[COMMIT] = often(lambda _turn: _kill_at(world, COMMIT), kinds[COMMIT])
        killed[ANSWER] = often(lambda _turn: _kill_at(world, ANSWER), kinds[ANSWER])
        unheard = [ask for ask, given in world.door.answers.items() if NO_ANSWER in given]
        world.wait_done(240)
        result = check(world)
        result.faults = killed
        kept = sum(DUPLICATE in world.door.answers[ask] for ask in unheard)
        result.notes.append(f"{len(unheard)} deliveries got no answer at first; {kept} of them were kept already")
        return result


def _kill_at(world: World, point: str) -> bool:
    """Let the process die that takes in the next delivery; deliver again what got no answer."""
    before = len(world.budget.hits())
    world.budget.allow(point, KILL_CHILD)
    world.door.insist(world.ask(REPLY, 2))
    world.budget.take_back()
    return len(world.budget.hits()) > before


def _kill_amid(world: World, web: Process, *, whole: bool) -> bool:
    burst = world.ask(REPLY, _BURST)
    victim = web.pid if whole else _one_process(web)
    sender = threading.Thread(target=lambda: world.door.deliver_all(burst, threads=_BURST))
    sender.start()
    time.sleep(a_moment(0.04))
    killed = _kill(victim, whole=whole)
    sender.join()
    if whole:
        wait_for(lambda: web.pid != victim, 10)
    unsure = [ask for ask in burst if not {ACCEPTED, DUPLICATE} & set(world.door.answers[ask])]
    world.door.insist(unsure)
    return killed


def _one_process(web: Process) -> int:
    found: list[psutil.Process] = []

    def look() -> bool:
        with contextlib.suppress(psutil.NoSuchProcess):
            found[:] = [child for child in psutil.Process(web.pid).children() if _lives(child)]
        return bool(found)

    wait_for(look, 20, every=0.01)
    return random.choice(found).pid


def _kill(victim: int, *, whole: bool) -> bool:
    with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
        if _lives(psutil.Process(victim)):
            (os.killpg if whole else os.kill)(victim, signal.SIGKILL)
            return True
    return False


def _lives(process: psutil.Process) -> bool:
    """Return whether a process is there to be killed, and not only its entry."""
    return bool(process.status() != psutil.STATUS_ZOMBIE)


def deliver_five_times(kit: Kit, count: int) -> Count:
    """Deliver each request five times at once, to two doors that share one ledger."""
    with World(kit, "five-times", owners=max(4, count // 15)) as world:
        for _ in range(2):
            world.start_web()
        world.start_sweeper()
        for _ in range(2):
            world.start_worker()
        asks = world.ask(REPLY, count)
        world.door.deliver_all([ask for ask in asks for _ in range(_TIMES)], threads=2 * _TIMES)
        world.wait_done(300)
        result = check(world)
        fine = [sorted(given) == [DUPLICATE] * (_TIMES - 1) + [ACCEPTED] for given in world.door.answers.values()]
        result.faults = {"delivered five times": len(fine)}
        if not all(fine):
            result.failures.append(f"{len(fine) - sum(fine)} were not answered with one 202 and four times 200")
        return result


PARTS = (
    Part("door", "kill -9 of the web service around the commit", 200, 4, kill_the_door),
    Part("five-times", "each delivery five times at once, over two web services", 1000, 20, deliver_five_times),
)
