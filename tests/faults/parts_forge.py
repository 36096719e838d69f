"""A forge that fails: after it wrote, before it did, by asking for patience, or by being away for half an hour."""

import random
import time
from collections.abc import Iterator, Sequence

from fakes.hands import FakeModel, hands

from bot.ledger import Ledger, open_ledger
from faults.checker import Count, check
from faults.forge import API, Ask
from faults.forge_program import REPOSITORY
from faults.part import Part, shared
from faults.proxy import Manner, Proxy
from faults.script import PULL_REQUEST, REPLY, TALK, Script
from faults.worker_program import forges_of
from faults.world import Kit, World, wait_for
from tasks.commands.registry import Command, discover
from tasks.running import Runner

_CLIENT_SECONDS = 2
OUTAGE = "away (30 minutes on a fake clock)"
CUT = "cut off amid the answer"
# What is asked for, and how the forge then fails: a fault on order, or a refusal for the sake of a limit.
_FAULTS = {
    "500, but written": {"status": 500, "when": "after"},
    "502, but written": {"status": 502, "when": "after"},
    "no answer in time, but written": {"delay_s": _CLIENT_SECONDS + 1, "when": "after"},
    "500, nothing written": {"status": 500, "when": "before"},
}
_REFUSALS = {
    "403, Retry-After": {"status": 403, "retry_after": 1},
    "429, Retry-After": {"status": 429, "retry_after": 2},
    "403, no Retry-After": {"status": 403},
    "429, no Retry-After": {"status": 429},
    "403, budget spent": {"status": 403, "reset_in": 2},
}
_NO_WORD = {"retry_after": None, "reset_in": None}
_PLACES: Sequence[tuple[str, str]] = (
    (TALK, "comments"),
    (REPLY, "comments"),
    (PULL_REQUEST, "refs"),
    (PULL_REQUEST, "pulls"),
    (PULL_REQUEST, "comments"),
    (TALK, "reactions"),
)


def fail(kit: Kit, count: int) -> Count:
    """Order a fault for each request at one of its writes, cut connections meanwhile; then be away for half an hour."""
    quick = [kind for kind, order in _REFUSALS.items() if len(order) > 1]
    # Without a time of its own a refusal means a minute: few faults are done sooner without those.
    kinds = shared(count, *_FAULTS, CUT, OUTAGE, *quick, *(kind for kind in _REFUSALS if kind not in quick))
    with World(kit, "forge", owners=max(8, count)) as world, Proxy(int(world.forge.url.rsplit(":", 1)[1])) as proxy:
        world.forge_url = f"http://127.0.0.1:{proxy.port}"
        world.start_web()
        world.start_sweeper()
        for _ in range(2):
            world.start_worker(slots=3, forge_seconds=_CLIENT_SECONDS)
        asks = [ask for kind in (*_FAULTS, *_REFUSALS) for ask in _order(world, kind, kinds[kind])]
        random.shuffle(asks)  # a forge that does nothing but fail is left alone: that comes last
        world.door.insist(asks)
        cut = _cut_answers(world, proxy, kinds[CUT])
        world.wait_done(400)
        met = {**_met(world, kinds), CUT: cut}
        for worker in world.processes("worker"):
            world.stop(worker)
        met[OUTAGE], words = _be_away(world, proxy, kinds[OUTAGE]) if kinds[OUTAGE] else (0, "no outage")
        result = check(world)
        result.faults = met
        result.notes.append(words)
        return result


def _order(world: World, kind: str, number: int) -> Iterator[Ask]:
    """Make requests of which each will meet one fault of this kind; each has a repository to itself."""
    for each in range(number):
        text, place = _PLACES[each % len(_PLACES)]
        (ask,) = world.ask(text, 1)
        path = _path(ask, place)
        if kind in _FAULTS:
            world.forge.fault(path, method="POST", times=1, **_FAULTS[kind])
        else:
            order = {**_NO_WORD, **_REFUSALS[kind], "match": f"{path}$", "method": "POST", "times": 1}
            world.forge.order(do="refuse", **order)
        yield ask


def _path(ask: Ask, place: str) -> str:
    repository = f"{API}/repos/{ask.owner}/{REPOSITORY}"
    return {
        "comments": f"{API}{ask.path}/comments",
        "reactions": f"{repository}/issues/comments/{ask.comment}/reactions",
        "refs": f"{repository}/git/refs",
        "pulls": f"{repository}/pulls",
    }[place]


def _met(world: World, kinds: dict[str, int]) -> dict[str, int]:
    """Return how many faults of each kind really struck."""
    waiting = world.forge.pending()
    met = {}
    for kind, order in _FAULTS.items():
        left = [fault for fault in waiting if all(fault[name] == value for name, value in order.items())]
        met[kind] = kinds[kind] - len(left)
    refused = world.forge.order(do="refusals left")
    for kind, order in _REFUSALS.items():
        whole = {**_NO_WORD, **order}
        met[kind] = kinds[kind] - sum({name: each[name] for name in whole} == whole for each in refused)
    return met


def _cut_answers(world: World, proxy: Proxy, number: int) -> int:
    """Cut so many connections while the forge's answer is on its way."""
    before = proxy.hits
    with world.fed(TALK, backlog=4):
        while proxy.hits - before < number:
            # Somebody is answered first: a forge that does nothing but fail is left alone, for five minutes at most.
            if not wait_for(lambda: not world.rows("SELECT 1 FROM breaker"), 330, every=0.1):
                break
            proxy.behave(Manner("drop", toward="client", times=1))
            seen = proxy.hits
            if not wait_for(lambda seen=seen: proxy.hits > seen, 330, every=0.01):
                break
            proxy.behave()
    return proxy.hits - before


def _be_away(world: World, proxy: Proxy, number: int) -> tuple[int, str]:
    """Let the forge be away while half an hour goes by, on a clock of ours; return how often that was met."""
    now = [time.time() + 3600.0]
    ledger = Ledger(open_ledger(world.ledger_url)._engine, lambda _connection: now[0])
    forges, script = forges_of(world.plan(forge_seconds=_CLIENT_SECONDS)), Script(world.folder / "bot")
    runner = Runner(
        ledger=ledger,
        connect=forges.connect,
        hands=hands(FakeModel("")),
        commands={**discover(), "implement": Command("implement", "", script.implement, free=True)},
        worker="in-process",
    )
    world.door.insist(world.ask(TALK, max(8, number)))
    proxy.behave(Manner("refuse"))
    before, began, met = proxy.hits, now[0], 0
    while now[0] < began + 1800.0 or met < number:
        while runner.run() is not None:
            met += 1
        now[0] += 15.0
        if now[0] > began + 86000.0:
            break
    proxy.behave()
    back, away = now[0], now[0] - began
    while world.unfinished() and now[0] < back + 7200.0:
        while runner.run() is not None:
            pass
        now[0] += 15.0
    ledger.close()
    words = f"away for {away / 60:.0f} minutes; all was done {(now[0] - back) / 60:.0f} minutes after"
    return min(met, proxy.hits - before), words


PARTS = (Part("forge", "the forge fails after it wrote, asks for patience, or is away", 200, 6, fail),)
