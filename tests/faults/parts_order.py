"""Who comes when: a noisy tenant beside a quiet one, storms of pushes, and new workers and doors under load."""

import collections
import random
import re
import statistics
import threading
import time
from collections.abc import Sequence

from bot.events import Account, Comment, Event, Issue, Repo
from bot.intake import EVENT
from bot.ledger import Ledger, NewDelivery, NewJob, open_ledger
from faults.checker import BOT, Count, check
from faults.door import NO_ANSWER
from faults.forge import Ask
from faults.forge_program import REPOSITORY
from faults.part import Part, a_moment
from faults.script import TALK
from faults.world import Kit, World, wait_for

NOISY, QUIET = "owner-0", "owner-1"
_NOISE, _FEW = 1000, 10
_NOISE_PER_ROUND = 100  # fewer rounds than ten get less noise, or its end would be waited for in vain
_SECONDS = 0.2
_PUSHES = 50
_QUIET_SECONDS, _LONGEST_QUIET_SECONDS = 0.8, 4.0


def ask_beside_a_noisy_tenant(kit: Kit, count: int) -> Count:
    """Let one tenant have a thousand jobs waiting, and another ask for ten, one after the other.

    Measures how long the quiet tenant waits, in units of its own job time.
    """
    noise = min(_NOISE, _NOISE_PER_ROUND * count)
    with World(kit, "noisy", owners=2) as world:
        world.start_web()
        world.start_sweeper()
        for _ in range(2):
            # What the forge allows one installation is another matter: here it would only slow the noise down.
            world.start_worker(limits=False)
        worst = 0.0
        failures = []
        for number in range(count):
            world.door.insist(world.ask(f"reply {_SECONDS}", max(0, noise - world.unfinished()), owner=NOISY))
            wait_for(lambda: world.rows("SELECT id FROM job WHERE state = 'leased'"), 20)
            quiet = _ask_quietly(world)
            waits, length = _waits(world, quiet)
            p95 = sorted(waits)[max(0, round(0.95 * len(waits)) - 1)] / length
            worst = max(worst, p95)
            if p95 >= 2.0:
                failures.append(f"round {number + 1}: the quiet tenant's p95 wait was {p95:.1f} job times")
        world.wait_done(600)
        result = check(world)
        result.faults = {f"round of {noise} against {_FEW}": count}
        result.failures += failures
        result.notes.append(f"the quiet tenant's p95 wait was {worst:.2f} job times at most")
        return result


def _ask_quietly(world: World) -> list[Ask]:
    asked = []
    for ask in world.ask(f"reply {_SECONDS}", _FEW, owner=QUIET):
        world.door.insist([ask])
        asked.append(ask)
        time.sleep(_SECONDS + a_moment(_SECONDS))
    guids = {ask.guid for ask in asked}

    def all_done() -> bool:
        rows = world.rows(_OF_QUIET, tenant=QUIET)
        return guids <= {row.guid for row in rows if row.done_at is not None}

    wait_for(all_done, 60, every=0.2)
    return asked


_OF_QUIET = (
    "SELECT delivery.guid, job.created_at, job.started_at, job.done_at "
    "FROM job JOIN delivery ON delivery.id = job.delivery_id WHERE job.tenant = :tenant"
)


def _waits(world: World, asks: list[Ask]) -> tuple[list[float], float]:
    """Return how long each of these waited, and how long such a job takes."""
    guids = {ask.guid for ask in asks}
    rows = [row for row in world.rows(_OF_QUIET, tenant=QUIET) if row.guid in guids and row.done_at is not None]
    waits = [row.started_at - row.created_at for row in rows]
    missing = [float("inf")] * (len(asks) - len(rows))
    return waits + missing, statistics.median(row.done_at - row.started_at for row in rows)


def push_in_storms(kit: Kit, count: int) -> Count:
    """Push fifty times to each of so many pull requests within a few seconds; each push asks for a review."""
    with World(kit, "storms", owners=max(2, count)) as world:
        world.start_web()
        world.start_sweeper()
        for _ in range(2):
            world.start_worker()
        places = world.ask(TALK, count)
        ledger = open_ledger(world.ledger_url)
        storms = [Storm(place) for place in places]
        threads = [threading.Thread(target=storm.rage, args=(ledger,)) for storm in storms]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        ledger.close()
        world.wait_done(120)
        return _count_reviews(world, storms)


class Storm:
    """Pushes to one pull request, one of them after a pause in which a review may already begin."""

    def __init__(self, place: Ask) -> None:
        self.place = place
        self.last = ""
        self._begun: list[float] = []
        self._taken: list[float] = []

    def rage(self, ledger: Ledger) -> None:
        pause_before = random.randrange(10, _PUSHES)
        for number in range(_PUSHES):
            self.last = f"{self.place.comment:08x}{number:032x}"
            push = _push(self.place, self.last)
            self._begun.append(time.monotonic())
            taken = ledger.take_in(NewDelivery("github", f"push-{self.last}", "push", b"{}"), push)
            self._taken.append(time.monotonic())
            assert not taken.duplicate
            time.sleep(1.0 if number == pause_before else a_moment(0.06))

    @property
    def most_reviews(self) -> int:
        """Return how many reviews there may be: two, unless this machine made further pauses of its own."""
        return most_reviews(self._begun, self._taken)


def most_reviews(begun: Sequence[float], taken: Sequence[float]) -> int:
    """Return how many reviews pushes may lead to that were begun and taken in at these times, in seconds."""
    quiet = sum(end - start >= _QUIET_SECONDS for start, end in zip(begun, taken[1:], strict=False))
    return 1 + quiet + int((taken[-1] - begun[0]) / _LONGEST_QUIET_SECONDS)


def _push(place: Ask, sha: str) -> NewJob:
    who = Account(place.owner)
    event = Event(
        forge="github",
        guid=f"push-{sha}",
        kind="comment",
        action="created",
        repo=Repo(place.owner, REPOSITORY),
        issue=Issue(place.number, "Do it", "Please.", who),
        comment=Comment(str(place.comment), "", who),
        sender=who,
        installation=str(place.installation),
    )
    return NewJob(
        forge="github",
        tenant=place.owner,
        subject=f"github:{place.owner}/{REPOSITORY}#{place.number}",
        kind="review",
        argument=sha,
        event=EVENT.dump_json(event).decode(),
        dedupe_key=f"github:{place.owner}/{REPOSITORY}:{place.number}:{sha}:review",
        supersedes=True,
        quiet_seconds=_QUIET_SECONDS,
        longest_quiet_seconds=_LONGEST_QUIET_SECONDS,
    )


def _count_reviews(world: World, storms: Sequence[Storm]) -> Count:
    reviews = collections.defaultdict(list)
    for comment in world.forge.dump()["comments"]:
        found = re.match(r"reviewed (\S+)", comment["body"])
        if comment["author"] == BOT and found:
            reviews[comment["owner"], comment["number"]].append(found[1])
    result = Count(faults={f"storm of {_PUSHES}": len(storms)}, acknowledged=len(storms) * _PUSHES)
    numbers = []
    for storm in storms:
        found = reviews[storm.place.owner, storm.place.number]
        numbers.append(len(found))
        result.lost += storm.last not in found
        result.done += len(set(found))
        result.duplicates += len(found) - len(set(found))
        if len(found) > storm.most_reviews:
            result.failures.append(f"{storm.place.path}: {len(found)} reviews of one storm")
    ends = collections.Counter(row.state for row in world.rows("SELECT state FROM job"))
    result.done += ends["superseded"]
    result.lost += sum(number for state, number in ends.items() if state not in {"done", "superseded"})
    result.notes.append(
        f"reviews of a storm: {statistics.mean(numbers):.1f} on average, {max(numbers)} at most; {dict(ends)}"
    )
    return result


def roll_over(kit: Kit, count: int) -> Count:
    """Replace the door and both workers by new ones while deliveries come in, again and again."""
    with World(kit, "rolling", redis=True, postgres=True) as world:
        web = world.start_web()
        world.start_sweeper()
        workers = [world.start_worker() for _ in range(2)]
        slow: list[str] = []
        with world.fed(TALK, "pr", backlog=8):
            for _ in range(count):
                world.wait_busy()
                new_web = world.start_web()
                world.door.urls = world.door.urls[-1:]  # the balancer is told before the old one is asked to go
                workers.append(world.start_worker())
                slow += [old.name for old in (web, workers.pop(0)) if not world.stop(old, seconds=30)]
                web = new_web
        world.wait_done(120)
        result = check(world)
        result.faults = {"rolled over": count}
        unheard = sum(NO_ANSWER in given for given in world.door.answers.values())
        result.notes.append(f"deliveries without an answer: {unheard}")
        if slow:
            result.failures.append(f"not ended within 30 s of being asked to: {', '.join(slow)}")
        if result.taken_over:
            result.failures.append(f"{result.taken_over} jobs had to be taken over, though nobody was killed")
        return result


PARTS = (
    Part(
        "noisy", "a noisy tenant's 1,000 jobs against ten of a quiet one", 10, 1, ask_beside_a_noisy_tenant, timed=True
    ),
    Part("storms", "50 pushes to a pull request within seconds", 20, 3, push_in_storms),
    Part("rolling", "new workers and doors under load, the old ones asked to end", 10, 1, roll_over),
)
