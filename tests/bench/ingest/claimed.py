"""Webhook to claimed: from just before a delivery is sent until a worker holds its job, one delivery at a time."""

import dataclasses
import random
import statistics
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench.ingest.load import BenchError
from bench.ingest.poster import Answer, post
from bench.ingest.rounds import Verdict
from bench.ingest.whole import Whole, running

LARGEST_P50 = 50.0  # ms
_PATIENCE_SECONDS = 20


@dataclasses.dataclass(frozen=True, slots=True)
class Way:
    """A set-up to be measured; `judged` if the issue asks something of it."""

    about: str
    postgres: bool
    redis: bool
    judged: bool


WAYS = (
    Way("embedded: SQLite FULL, hint files", postgres=False, redis=False, judged=True),
    Way("SQLite FULL, Redis", postgres=False, redis=True, judged=True),
    Way("PostgreSQL, Redis", postgres=True, redis=True, judged=False),
)


def _claims(notes: Path) -> dict[str, float]:
    """Return the first claim of each comment."""
    found: dict[str, float] = {}
    for line in notes.read_text().splitlines():
        key, when = line.rsplit(" ", 1)
        found.setdefault(key.rsplit("comment-", 1)[1].split(":")[0], float(when))
    return found


def _one(whole: Whole) -> tuple[float, float]:
    """Post one delivery; return the milliseconds until its answer and until its claim."""
    answer: Answer = post(whole.deliveries, 1, whole.port, lines=1)[0]
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while answer.number not in (claims := _claims(whole.notes)):
        if time.monotonic() > deadline:
            raise BenchError(f"nobody claimed a job within {_PATIENCE_SECONDS} s")
        time.sleep(0.01)
    return (answer.read - answer.sent) * 1000, (claims[answer.number] - answer.sent) * 1000


def measure(base: Path, samples: int) -> dict[Way, list[tuple[float, float]]]:
    """Measure every way; return for each the (answered, claimed) times in ms."""
    found: dict[Way, list[tuple[float, float]]] = {}
    for way in WAYS:
        with running(base, postgres=way.postgres, redis=way.redis, noting=True) as whole:
            found[way] = []
            for number in range(samples):
                found[way].append(_one(whole))
                time.sleep(random.uniform(0.02, 0.12))  # no beat that a poll of ours could fall in with
                if number % 25 == 24:
                    print(f"  {way.about}: {number + 1} of {samples}", flush=True)
    return found


def _percentile(values: Sequence[float], percent: int) -> float:
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def table(found: dict[Way, list[tuple[float, float]]]) -> Iterator[str]:
    """Yield the lines of the table."""
    names = f"{'answered p50':>14}{'claimed p50':>13}{'p90':>7}{'p99':>7}{'most':>7}"
    yield f"{'webhook to claimed, ms':<40}{'samples':>8}{names}"
    for way, times in found.items():
        claimed = [each[1] for each in times]
        answered = statistics.median(each[0] for each in times)
        tails = "".join(f"{_percentile(claimed, percent):>7.0f}" for percent in (90, 99))
        middle = f"{answered:>14.1f}{statistics.median(claimed):>13.1f}"
        yield f"{way.about:<40}{len(times):>8}{middle}{tails}{max(claimed):>7.0f}"


def verdicts(found: dict[Way, list[tuple[float, float]]]) -> Iterator[Verdict]:
    """Compare the medians with what is asked."""
    for way, times in found.items():
        if way.judged:
            p50 = statistics.median(each[1] for each in times)
            asked = f"webhook to claimed, {way.about}: p50 under {LARGEST_P50:.0f} ms"
            yield Verdict(asked, f"{p50:.1f} ms", p50 < LARGEST_P50)
