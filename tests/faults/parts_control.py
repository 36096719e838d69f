"""The red control: the same kills for plain Celery. A suite that finds nothing there would find nothing anywhere."""

import collections
import contextlib
import os
import re
import time

from faults.checker import BOT, Count
from faults.forge import Ask
from faults.nest import kill_group
from faults.part import Part, a_moment
from faults.plain_celery import TASK, make_app
from faults.points import AFTER_CALL, BEFORE_CALL, KILL_GROUP
from faults.script import REPLY
from faults.world import Kit, Process, World, wait_for

_AT_RANDOM = "random instant"
_WAITING = 30
# Four times as long as Redis keeps a lost worker's message back; one time and a little.
_BACK_SECONDS, _TWICE_SECONDS = 12.0, 4.0


def kill_plain_celery(kit: Kit, count: int) -> Count:
    """Kill workers of plain Celery until something is lost or doubled: `count` times, and up to three times that."""
    with World(kit, "plain", redis=True, owners=8) as world:
        workers = [world.start_worker(plain=True, limits=False) for _ in range(2)]
        app = make_app(world.broker)
        asked: list[Ask] = []
        at_random = 0
        for number in range(3 * count):
            _send(world, app, asked, _WAITING - _unanswered(world, asked))
            if number % 2:
                at_random += _kill(world, workers[number % 4 // 2])
            else:
                _strike(world, (BEFORE_CALL, AFTER_CALL)[number // 2 % 2])
            struck = at_random + len(world.budget.hits())
            if struck >= count and _count(world, asked, in_flight=True).duplicates:
                break
        _wait_until_quiet(world, asked)
        result = _count(world, asked, in_flight=False)
        points = collections.Counter(point for point, *_ in world.budget.hits())
        result.faults = {_AT_RANDOM: at_random, **points}
        app.close()
        return result


def _send(world: World, app, asked: list[Ask], number: int) -> None:  # noqa: ANN001  # celery is not typed
    for ask in world.ask(REPLY, max(0, number)):
        app.send_task(TASK, args=[ask.owner, ask.number, ask.comment, str(ask.installation)])
        asked.append(ask)


def _answers(world: World) -> dict[tuple[str, int], int]:
    told = collections.Counter()
    for comment in world.forge.dump()["comments"]:
        if comment["author"] == BOT and re.match("told", comment["body"]):
            told[comment["owner"], comment["number"]] += 1
    return told


def _unanswered(world: World, asked: list[Ask]) -> int:
    told = _answers(world)
    return sum((ask.owner, ask.number) not in told for ask in asked)


def _count(world: World, asked: list[Ask], *, in_flight: bool) -> Count:
    told = _answers(world)
    numbers = [told.get((ask.owner, ask.number), 0) for ask in asked]
    return Count(
        acknowledged=len(asked),
        done=sum(number > 0 for number in numbers),
        lost=0 if in_flight else numbers.count(0),
        duplicates=sum(max(0, number - 1) for number in numbers),
    )


def _wait_until_quiet(world: World, asked: list[Ask]) -> None:
    """Wait until nothing more comes: what is late is not lost, and what is delivered twice has to show itself."""
    told, since = -1, time.monotonic()
    while time.monotonic() < since + (_BACK_SECONDS if _unanswered(world, asked) else _TWICE_SECONDS):
        now = sum(_answers(world).values())
        if now != told:
            told, since = now, time.monotonic()
        time.sleep(0.5)


def _strike(world: World, point: str) -> None:
    before = len(world.budget.hits())
    world.budget.allow(point, KILL_GROUP)
    wait_for(lambda: len(world.budget.hits()) > before, 15)
    world.budget.take_back()


def _kill(world: World, worker: Process) -> bool:
    if not wait_for(lambda: world.budget.busy(worker.pid), 15, every=0.005):
        return False
    time.sleep(a_moment(0.05))
    victim = worker.pid
    with contextlib.suppress(ProcessLookupError):
        os.getpgid(victim)
        kill_group(victim)
        return wait_for(lambda: worker.ended(victim) is not None, 10)
    return False


PARTS = (
    Part(
        "control",
        "the red control: plain Celery, late acknowledgement, the same kills",
        30,
        2,
        kill_plain_celery,
        must_fail=True,
    ),
)
