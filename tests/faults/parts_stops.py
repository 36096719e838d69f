"""Workers that freeze past their lease and then go on as if nothing had been."""

import collections
import contextlib
import os
import signal
import time

from faults.checker import Count, check
from faults.part import Part
from faults.points import AFTER_CALL, CLAIM, DONE, GENERATE, STOP_CHILD, STOP_GROUP
from faults.script import PULL_REQUEST, TALK
from faults.world import LEASE, Kit, World, wait_for

_AT_ONCE = 4
# Right before a call to the forge is the worst moment: the lease was just looked at.
_WHERE = (
    "before create_comment",
    "before edit_comment",
    CLAIM,
    "before commit",
    GENERATE,
    "before open_pull_request",
    AFTER_CALL,
    DONE,
    "before react",
)


def freeze_workers(kit: Kit, count: int) -> Count:
    """Freeze children and whole workers at the crash points, until others have done their jobs; then let them go on."""
    with World(kit, "stops") as world:
        world.start_web()
        world.start_sweeper()
        for _ in range(4):
            world.start_worker()
        blows = [
            (_WHERE[number % len(_WHERE)], STOP_GROUP if number % 5 == 4 else STOP_CHILD) for number in range(count)
        ]
        overtaken: collections.Counter[str] = collections.Counter()
        with world.fed(TALK, PULL_REQUEST, backlog=8):
            world.wait_busy()
            for _ in range(count):
                if not blows:
                    break
                fallen = _freeze(world, blows[:_AT_ONCE])
                overtaken.update(f"{deed} {point}" for point, deed in fallen)
                # What did not come about is tried again in the end.
                missed = collections.Counter(blows[:_AT_ONCE]) - collections.Counter(fallen)
                blows = [*blows[_AT_ONCE:], *missed.elements()]
        world.wait_done(120)
        result = check(world)
        result.faults = dict(overtaken)
        return result


def _freeze(world: World, blows: list[tuple[str, str]]) -> list[tuple[str, str]]:
    """Let these blows fall, wait until other workers have overtaken the frozen ones, and thaw them.

    Returns the blows whose victims were really overtaken.
    """
    before = len(world.budget.hits())
    for point, deed in blows:
        world.budget.allow(point, deed)
    wait_for(lambda: world.budget.left() == 0, 20)
    world.budget.take_back()
    fallen = world.budget.hits()[before:]
    jobs = [int(job) for *_, job in fallen]
    time.sleep(LEASE)
    wait_for(lambda: len(_overtaken(world, jobs)) == len(jobs), 20, every=0.2)
    found = _overtaken(world, jobs)
    for _point, deed, group, pid, _job in fallen:
        with contextlib.suppress(ProcessLookupError):
            (os.killpg if deed == STOP_GROUP else os.kill)(int(group if deed == STOP_GROUP else pid), signal.SIGCONT)
    time.sleep(0.5)
    return [(point, deed) for point, deed, _group, _pid, job in fallen if int(job) in found]


def _overtaken(world: World, jobs: list[int]) -> set[int]:
    """Return which of these jobs somebody else has taken over and finished."""
    rows = world.rows("SELECT id FROM job WHERE lost_attempts > 0 AND state NOT IN ('queued', 'leased', 'publishing')")
    return {row.id for row in rows} & set(jobs)


PARTS = (Part("stops", "SIGSTOP past the lease, then SIGCONT", 30, 4, freeze_workers),)
