"""Durable ingest: every target under the same load in turn, medians of the rounds, and whether they suffice."""

import dataclasses
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import psutil
from bench.ingest.load import CONNECTIONS, BenchError, Load, press
from bench.ingest.payload import Deliveries
from bench.ingest.targets import TARGETS, Running

_WARM_UP_SECONDS = 1
LARGEST_P99 = 1000.0  # ms
LARGEST_SHARE_OF_OTHERS = 0.15  # of the machine
# (target, times at least, of which anchor)
ASKED = (
    ("full", 1.0, "probot"),
    ("full", 0.75, "fastapi"),
    ("normal", 1.9, "probot"),
    ("normal", 1.3, "fastapi"),
    ("postgres", 1.0, "probot"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Verdict:
    """One thing that was asked, what was found, and whether that suffices."""

    asked: str
    found: str
    reached: bool


def _one_round(running: Running, seconds: int) -> Load:
    deliveries = Deliveries()
    press(deliveries, port=running.port, path=running.path, seconds=_WARM_UP_SECONDS)
    before = _settled(running)
    start = _Meter.read(running.pid)
    load = press(deliveries, port=running.port, path=running.path, seconds=seconds)
    load = _Meter.read(running.pid).since(start, load)
    wanted = {"202"} if running.place else {"200", "202"}
    if load.broken or not wanted.issuperset(load.answers):
        raise BenchError(f"{running.about}: answers {load.answers}, {load.broken} broken connections")
    if running.place:
        _compare(running, load, _settled(running) - before)
    return load


@dataclasses.dataclass(frozen=True, slots=True)
class _Meter:
    """Processor seconds so far: of the service, of this process and what it ran, of everybody, and all there were."""

    service: float
    ours: float
    busy: float
    all: float

    @classmethod
    def read(cls, pid: int) -> "_Meter":
        root, machine = psutil.Process(pid), psutil.cpu_times()
        service = sum(sum(process.cpu_times()[:2]) for process in [root, *root.children(recursive=True)])
        own = psutil.Process().cpu_times()
        ours = own.user + own.system + own.children_user + own.children_system
        everything = sum(machine[:8])  # what guests use is counted as the user's already
        return cls(service, ours, everything - machine.idle - machine.iowait, everything)

    def since(self, start: "_Meter", load: Load) -> Load:
        """Return the load with what it cost since `start`."""
        service, busy = self.service - start.service, self.busy - start.busy
        others = (busy - service - (self.ours - start.ours)) / (self.all - start.all)
        return dataclasses.replace(load, cpu=1000 * service / sum(load.answers.values()), others=max(0.0, others))


def _settled(running: Running) -> int:
    """Return the jobs in the ledger once the requests that wrk left behind are through."""
    if running.place is None:
        return 0
    count, last = running.place.count(), -1
    while count != last:
        time.sleep(0.3)
        count, last = running.place.count(), count
    return count


def _compare(running: Running, load: Load, jobs: int) -> None:
    # wrk ends without waiting: up to one request per connection is stored and its answer not read.
    acknowledged = load.answers["202"]
    if not acknowledged <= jobs <= acknowledged + CONNECTIONS:
        raise BenchError(f"{running.about}: {acknowledged} answers said 202, but the ledger holds {jobs} jobs")


def measure(base: Path, names: Sequence[str], rounds: int, seconds: int) -> dict[str, tuple[str, list[Load]]]:
    """Run the rounds, the targets in turn; return by target what it is and what each round got."""
    found: dict[str, tuple[str, list[Load]]] = {}
    for number in range(rounds):
        for name in names:
            with TARGETS[name](base) as running:
                load = _one_round(running, seconds)
            found.setdefault(name, (running.about, []))[1].append(load)
            words = f"{load.rate:7.0f}/s  p50 {load.p50:6.1f} ms  p99 {load.p99:6.1f} ms"
            cost = f"cpu {load.cpu:5.2f} ms  others {load.others:3.0%}"
            print(f"  round {number + 1} of {rounds}  {running.about:<38} {words}  {cost}", flush=True)
    return found


def _median(loads: Sequence[Load]) -> float:
    return statistics.median(load.rate for load in loads)


def table(found: dict[str, tuple[str, list[Load]]]) -> Iterator[str]:
    """Yield the lines of the table: medians of all rounds, and how many times each anchor that is."""
    anchors = [_median(found[name][1]) if name in found else float("nan") for name in ("probot", "fastapi")]
    names = f"{'x Probot':>10}{'x FastAPI':>10}{'p50 ms':>8}{'p99 ms':>8}{'cpu ms':>8}{'others':>8}"
    yield f"{'durable ingest':<34}{'rounds, 1/s':>20}{'median':>8}{names}"
    for about, loads in found.values():
        rates = " ".join(f"{load.rate:.0f}" for load in loads)
        middle = _median(loads)
        names = ("p50", "p99", "cpu", "others")
        p50, p99, cpu, others = (statistics.median(getattr(load, name) for load in loads) for name in names)
        ratios = "".join(f"{middle / anchor:>10.2f}" for anchor in anchors)
        yield f"{about:<34}{rates:>20}{middle:>8.0f}{ratios}{p50:>8.1f}{p99:>8.1f}{cpu:>8.2f}{others:>8.0%}"
    if any(load.others > LARGEST_SHARE_OF_OTHERS for _, loads in found.values() for load in loads):
        yield (
            "The machine was not ours alone: against others who compute, a service of one process, as the anchors are,"
            "\ngets a smaller share of it than one of several. These ratios flatter us; measure again when it is quiet."
        )


def verdicts(found: dict[str, tuple[str, list[Load]]]) -> Iterator[Verdict]:
    """Compare the medians with what is asked; p99 is judged by the worst round."""
    for name, times, anchor in ASKED:
        if name in found and anchor in found:
            ratio = _median(found[name][1]) / _median(found[anchor][1])
            yield Verdict(f"{found[name][0]}: at least {times:.2f} x {anchor}", f"{ratio:.2f} x", ratio >= times)
    for name in ("full", "normal", "postgres"):
        if name in found:
            worst = max(load.p99 for load in found[name][1])
            asked = f"{found[name][0]}: p99 under {LARGEST_P99 / 1000:.0f} s at {CONNECTIONS} connections"
            yield Verdict(asked, f"{worst:.0f} ms", worst < LARGEST_P99)
