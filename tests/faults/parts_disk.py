"""The ledger's disk: full, locked by somebody else, or cut short by a power failure. SQLite only."""

import contextlib
import os
import random
import resource
import shutil
import signal
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil

from bot.ledger import open_ledger
from faults.checker import Count, check
from faults.door import ACCEPTED, DUPLICATE
from faults.forge import Ask
from faults.part import Part, a_moment, shared
from faults.script import REPLY
from faults.wal import valid_end
from faults.world import Kit, Process, World

FULL, BUSY = "disk full", "ledger locked"
AWAY = 503
_PATIENCE = 0.5
_CUTS = 5


def keep_the_ledger_away(kit: Kit, count: int) -> Count:
    """Let the door find its disk full, or the write lock taken: it must say 503, and never 202 for what it lost."""
    with World(kit, "disk") as world:
        web = world.start_own_web(busy_seconds=_PATIENCE)
        world.start_sweeper()
        world.start_worker()
        met, wrong = {FULL: 0, BUSY: 0}, 0
        for kind, number in shared(count, FULL, BUSY).items():
            for _ in range(number):
                asks = world.ask(REPLY, 6)
                with _full_disk(web) if kind == FULL else _taken_lock(world):
                    answers = world.door.deliver_all(asks, threads=3)
                met[kind] += AWAY in answers
                wrong += sum(not _has(world, ask) for ask, said in zip(asks, answers, strict=True) if said == ACCEPTED)
                world.door.insist([ask for ask, said in zip(asks, answers, strict=True) if said != ACCEPTED])
        world.wait_done(120)
        result = check(world)
        result.faults = met
        said = [status for given in world.door.answers.values() for status in given]
        result.notes.append(f"{said.count(AWAY)} deliveries were refused with 503, {said.count(0)} got no answer")
        if wrong:
            result.failures.append(f"{wrong} times 202 for what the ledger did not have")
        return result


def _has(world: World, ask: Ask) -> bool:
    return bool(world.rows("SELECT id FROM delivery WHERE guid = :guid", guid=ask.guid))


@contextlib.contextmanager
def _full_disk(web: Process) -> Iterator[None]:
    """Let the door's processes write no file beyond its first few bytes."""
    processes = [child.pid for child in psutil.Process(web.pid).children()]
    limits = {pid: resource.prlimit(pid, resource.RLIMIT_FSIZE) for pid in processes}
    for pid, (_soft, hard) in limits.items():
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (64, hard))
    try:
        yield
    finally:
        for pid, limit in limits.items():
            with contextlib.suppress(ProcessLookupError):
                resource.prlimit(pid, resource.RLIMIT_FSIZE, limit)


@contextlib.contextmanager
def _taken_lock(world: World) -> Iterator[None]:
    """Hold SQLite's write lock in bursts, longer than the door waits for it."""
    over = threading.Event()
    taken = threading.Event()

    def hold() -> None:
        connection = sqlite3.connect(world.folder / "bot" / "ledger.db", isolation_level=None, timeout=10)
        with contextlib.closing(connection):
            while not over.is_set():
                connection.execute("BEGIN IMMEDIATE")
                taken.set()
                over.wait(_PATIENCE * random.uniform(1.2, 3.0))
                connection.execute("ROLLBACK")
                over.wait(a_moment(0.02))

    thread = threading.Thread(target=hold)
    thread.start()
    taken.wait(10)
    try:
        yield
    finally:
        over.set()
        thread.join()


def cut_the_log(kit: Kit, count: int) -> Count:
    """Cut the power: keep of the log what was there at the last 202, and any number of the bytes after it."""
    with World(kit, "wal") as world:
        web = world.start_web()
        images = world.folder / "images"
        images.mkdir()
        cuts, rounds = 0, 0
        missing: list[str] = []
        while cuts < count and rounds < 4 * count:
            rounds += 1
            world.door.insist(world.ask(REPLY, 3))
            kept = world.door.acknowledged()
            end = valid_end((world.folder / "bot" / "ledger.db-wal").read_bytes())
            image = images / str(rounds)
            told = _image_amid(world, web, image)
            wanted = min(_CUTS, count - cuts)
            cuts += _check_cuts(image, end, wanted, kept, missing)
            missing += _missing(image, told)
            shutil.rmtree(image)
        world.start_sweeper()
        for _ in range(2):
            world.start_worker()
        world.wait_done(300)
        result = check(world)
        result.faults = {"log cut short": cuts}
        result.failures += missing[:5]
        result.lost += len(missing)
        return result


def _image_amid(world: World, web: Process, image: Path) -> list[Ask]:
    """Copy database and log while deliveries are on their way in; return what had its 202 by then."""
    sender = threading.Thread(target=lambda: world.door.deliver_all(world.ask(REPLY, 6), threads=6))
    sender.start()
    time.sleep(0.01 + a_moment(0.04))
    told = world.door.acknowledged()
    os.killpg(web.pid, signal.SIGSTOP)  # an instant: nothing changes while it is copied
    try:
        image.mkdir()
        for name in ("ledger.db", "ledger.db-wal"):
            shutil.copyfile(world.folder / "bot" / name, image / name)
    finally:
        os.killpg(web.pid, signal.SIGCONT)
    sender.join()
    world.door.insist([ask for ask, said in world.door.answers.items() if not {ACCEPTED, DUPLICATE} & set(said)])
    return told


def _check_cuts(image: Path, end: tuple[bytes, int], wanted: int, kept: list[Ask], missing: list[str]) -> int:
    """Open the image with its log cut at random places after `end`; return how many cuts there were to be made."""
    log = (image / "ledger.db-wal").read_bytes()
    salt, last = end
    # A log that was begun anew since holds nothing that was promised: all that is in the database.
    first, newest = (last if valid_end(log)[0] == salt else 0), valid_end(log)[1]
    if newest <= first:
        return 0
    for _ in range(wanted):
        cut = random.randrange(first, newest)
        torn = image.with_name("torn")
        shutil.copytree(image, torn)
        # What a disk did not write may read as nothing, or as zeros.
        zeros = bytes(len(log) - cut) if random.random() < 0.5 else b""
        (torn / "ledger.db-wal").write_bytes(log[:cut] + zeros)
        missing += _missing(torn, kept)
        shutil.rmtree(torn)
    return wanted


def _missing(image: Path, promised: list[Ask]) -> list[str]:
    """Return what is wrong with a ledger: broken, or without something that was promised."""
    ledger = open_ledger(f"sqlite:///{image / 'ledger.db'}")
    ledger.close()
    with contextlib.closing(sqlite3.connect(image / "ledger.db")) as connection:
        whole = connection.execute("PRAGMA integrity_check").fetchone()[0]
        there = {
            row[0] for row in connection.execute("SELECT guid FROM delivery JOIN job ON job.delivery_id = delivery.id")
        }
    gone = [f"{ask.guid} is missing after a power cut" for ask in promised if ask.guid not in there]
    return gone if whole == "ok" else [*gone, f"the ledger is broken: {whole}"]


PARTS = (
    Part(
        "disk",
        "the door's disk is full, or the write lock is taken: 503, never a false 202",
        20,
        2,
        keep_the_ledger_away,
    ),
    Part("power", "SQLite's log cut at random bytes after the last 202", 200, 5, cut_the_log),
)
