"""End to end: deliveries at full speed while the worker runs, until the last job is done."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

from bench.ingest.load import BenchError
from bench.ingest.poster import post
from bench.ingest.rounds import Verdict
from bench.ingest.whole import running

LEAST_RATE = 100.0  # jobs per second


@dataclasses.dataclass(frozen=True, slots=True)
class Through:
    """How long `jobs` jobs took: `posted` until the last 202, `done` until the last job's end, in seconds."""

    about: str
    judged: bool
    jobs: int
    posted: float
    done: float

    @property
    def rate(self) -> float:
        """Return the jobs per second from the first delivery to the last end."""
        return self.jobs / self.done


def measure(base: Path, jobs: int) -> list[Through]:
    """Measure full durability first, then what stands beside it."""
    return [
        _one(base, "SQLite FULL, hint files", jobs, judged=True),
        _one(base, "SQLite NORMAL, hint files", jobs, synchronous="NORMAL"),
        _one(base, "PostgreSQL, Redis", jobs, postgres=True),
    ]


def _one(
    base: Path, about: str, jobs: int, *, postgres: bool = False, synchronous: str = "FULL", judged: bool = False
) -> Through:
    print(f"  {about}: {jobs} deliveries", flush=True)
    with running(base, postgres=postgres, redis=postgres, synchronous=synchronous, noting=False) as whole:
        before = whole.place.count()
        answers = post(whole.deliveries, jobs, whole.port)
        stored = whole.place.count() - before
        if stored != len(answers):
            raise BenchError(f"{about}: {len(answers)} answers said 202, but the ledger holds {stored} jobs")
        began = min(answer.sent for answer in answers)
        posted = max(answer.read for answer in answers) - began
        return Through(about, judged, jobs, posted, whole.wait_done(before + jobs, seconds=300) - began)


def table(found: list[Through]) -> Iterator[str]:
    """Yield the lines of the table."""
    yield f"{'no-op jobs, end to end':<40}{'jobs':>8}{'posted s':>10}{'done s':>10}{'jobs/s':>10}"
    for each in found:
        yield f"{each.about:<40}{each.jobs:>8}{each.posted:>10.1f}{each.done:>10.1f}{each.rate:>10.0f}"


def verdicts(found: list[Through]) -> Iterator[Verdict]:
    """Compare full durability with what is asked."""
    for each in found:
        if each.judged:
            asked = f"end to end, {each.about}: at least {LEAST_RATE:.0f} no-op jobs per second"
            yield Verdict(asked, f"{each.rate:.0f}/s", each.rate >= LEAST_RATE)
