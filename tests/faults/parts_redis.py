"""Redis, which carries nothing but hints: killed, emptied, frozen, cut off, or not there at all."""

import random
import time
from collections.abc import Callable

from faults.checker import Count, check
from faults.part import Part, a_moment, shared
from faults.proxy import Manner, Proxy
from faults.redis_server import RedisServer
from faults.script import TALK
from faults.world import Kit, World, wait_for

KILL, FLUSH, RESTART, PAUSE = "killed", "emptied", "restarted empty", "frozen or cut off"
_SLOWEST = 20.0


def break_redis(kit: Kit, count: int) -> Count:
    """Break Redis again and again under load; work must go on, whether it is there or not."""
    faults = [kind for kind, number in shared(count, KILL, FLUSH, RESTART, PAUSE).items() for _ in range(number)]
    random.shuffle(faults)
    with World(kit, "redis", redis=True) as world:
        assert world.redis is not None
        with Proxy(world.redis.port) as proxy:
            world.broker = f"redis://127.0.0.1:{proxy.port}/0"
            world.start_web()
            world.start_sweeper()
            for _ in range(2):
                world.start_worker()
            slowest, done = 0.0, dict.fromkeys((KILL, FLUSH, RESTART, PAUSE), 0)
            deeds = _deeds(world.redis, proxy)
            # Fewer jobs than slots: each one's worker has to be woken.
            with world.fed(TALK, backlog=3):
                world.wait_busy()
                for number, kind in enumerate(faults):
                    time.sleep(a_moment(0.5))
                    done[kind] += deeds[kind](number)
                    slowest = max(slowest, _seconds_until_progress(world))
            world.wait_done(120)
            result = check(world)
            result.faults = done
            endings = sum(process.endings for process in world.processes("worker"))
            result.notes.append(
                f"work went on after {slowest:.1f} s at most; workers that ended by themselves: {endings}"
            )
            if slowest >= _SLOWEST:
                result.failures.append(f"no job was finished for {slowest:.0f} s")
            return result


def _deeds(server: RedisServer, proxy: Proxy) -> dict[str, Callable[[int], bool]]:
    def kill(_number: int) -> bool:
        server.kill()
        time.sleep(a_moment(1.0))
        server.start()
        return True

    def flush(_number: int) -> bool:
        server.flush()
        return True

    def restart(_number: int) -> bool:
        server.end()
        server.start()
        return True

    def pause(number: int) -> bool:
        manner = (None, Manner("pause"), Manner("black hole"), Manner("half open"), Manner("refuse"))[number % 5]
        before = proxy.hits
        if manner is None:
            server.freeze()
            time.sleep(1.5)
            server.thaw()
            return True
        proxy.behave(manner)
        # A fault counts once somebody has met it.
        met = wait_for(lambda: proxy.hits > before, 5)
        time.sleep(1.0)
        proxy.behave()
        return met

    return {KILL: kill, FLUSH: flush, RESTART: restart, PAUSE: pause}


def _seconds_until_progress(world: World) -> float:
    def finished() -> int:
        return int(world.rows("SELECT count(*) FROM job WHERE state = 'done'")[0][0])

    started, before = time.monotonic(), finished()
    wait_for(lambda: finished() > before, _SLOWEST)
    return time.monotonic() - started


def go_without_redis(kit: Kit, count: int) -> Count:
    """Let everything believe that there is a Redis, and have none."""
    with World(kit, "no-redis") as world:
        with Proxy(1) as nobody:
            world.broker = f"redis://127.0.0.1:{nobody.port}/0"
        world.start_web()
        world.start_sweeper()
        for _ in range(2):
            world.start_worker()
        for _ in range(count):
            world.door.insist(world.ask(TALK, 40))
            time.sleep(1.0)
        world.wait_done(120)
        result = check(world)
        result.faults = {"no Redis all along": count}
        return result


PARTS = (
    Part("redis", "Redis killed, emptied, restarted, frozen or cut off, under load", 80, 4, break_redis),
    Part("no-redis", "no Redis all along", 1, 1, go_without_redis),
)
