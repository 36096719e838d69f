"""The whole bot on one machine: the real web service and sweeper, and a worker whose jobs do nothing."""

import contextlib
import dataclasses
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from bench.ingest import ledgers
from bench.ingest.ledgers import Place
from bench.ingest.load import BenchError
from bench.ingest.payload import Deliveries
from bench.ingest.poster import post
from bench.ingest.targets import serve, settings_of

from actions.practice import free_ports
from actions.supervisor import Service, Supervisor
from tasks.outward import READY

COMMAND = "/codex implement"  # a job of the lane in which work is done
ROLES = ("serve", "worker", "sweeper")

_TESTS = Path(__file__).parents[2]


@dataclasses.dataclass(frozen=True, slots=True)
class Whole:
    """A set-up that runs; `notes` is where the worker notes its claims."""

    place: Place
    port: int
    notes: Path
    supervisor: Supervisor
    deliveries: Deliveries

    def wait_done(self, jobs: int, *, seconds: float) -> float:
        """Wait until so many jobs are done; return the wall-clock time at which that was seen."""
        deadline = time.time() + seconds
        shown = time.monotonic()
        while (done := self.place.count("done")) < jobs:
            if time.time() > deadline:
                raise BenchError(f"only {done} of {jobs} jobs were done after {seconds:.0f} s")
            if time.monotonic() - shown > 2:
                print(f"    {done} of {jobs} jobs done", flush=True)
                shown = time.monotonic()
            time.sleep(0.02)
        return time.time()


@contextlib.contextmanager
def running(base: Path, *, postgres: bool, redis: bool, synchronous: str = "FULL", noting: bool) -> Iterator[Whole]:
    """Start everything; yield once a first job went through, so that no first time is measured."""
    port = free_ports().web
    with (
        ledgers.fresh(base, postgres=postgres, redis=redis, synchronous=synchronous) as place,
        Supervisor(logs=place.folder.parent, tell=print) as supervisor,
    ):
        notes = place.folder.parent / "claims"
        settings = {**settings_of(place, port), "PYTHONPATH": str(_TESTS)}
        arguments = [str(Path(__file__).with_name("noop_worker.py")), *([str(notes)] if noting else [])]
        serve(supervisor, place, port)
        supervisor.start(Service("worker", arguments, settings, program=[sys.executable]))
        supervisor.start(Service("sweeper", ["sweep"], settings))
        _wait_ready(place.folder.parent / "worker.log")
        whole = Whole(place, port, notes, supervisor, Deliveries(COMMAND))
        post(whole.deliveries, 4, port, lines=1)
        whole.wait_done(4, seconds=30)
        yield whole


def _wait_ready(log: Path) -> None:
    deadline = time.monotonic() + 60
    while READY not in (words := log.read_text(errors="replace")):
        if time.monotonic() > deadline or "Traceback" in words:
            raise BenchError(f"the worker is not ready; the end of its log:\n{words[-3000:]}")
        time.sleep(0.05)
