"""How fast deliveries are taken in, claimed and done, beside what others do; run by `make bench-ingest`.

Prints its tables and exits 1 when something that was asked for is not reached.
"""

import argparse
import contextlib
import os
import signal
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from bench.ingest import claimed, rounds, through
from bench.ingest.load import BenchError, install_wrk
from bench.ingest.rounds import Verdict
from bench.ingest.targets import TARGETS

PARTS = ("ingest", "claimed", "through")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-ingest", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--targets", nargs="+", choices=list(TARGETS), default=list(TARGETS))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=4, help="length of a round")
    parser.add_argument("--samples", type=int, default=100, help="deliveries of webhook to claimed")
    parser.add_argument("--jobs", type=int, default=1500, help="deliveries of end to end")
    parser.add_argument("--out", type=Path, help="append the report to this file")
    return parser.parse_args()


def _syncs(folder: Path) -> float:
    """Return how many 24 kB writes this disk makes durable in a second: what no ledger can beat without grouping."""
    began, count = time.monotonic(), 0
    with (folder / "syncs").open("wb", buffering=0) as file:
        while time.monotonic() - began < 1:
            file.write(bytes(24_000))
            os.fdatasync(file.fileno())
            count += 1
    return count / (time.monotonic() - began)


def _surroundings(folder: Path) -> str:
    load = " ".join(f"{each:.1f}" for each in os.getloadavg())
    return f"{os.cpu_count()} cores, load average {load}, {_syncs(folder):.0f} fdatasync/s of 24 kB in {folder.parent}"


@contextlib.contextmanager
def _workplace() -> Iterator[Path]:
    # Without this, a plain kill would leave files behind.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    with tempfile.TemporaryDirectory(prefix="codex-bot-bench-") as folder:
        Path(folder).chmod(0o711)  # PostgreSQL's account passes through
        yield Path(folder)


def _measure(given: argparse.Namespace, base: Path) -> tuple[list[str], list[Verdict]]:
    lines: list[str] = []
    verdicts: list[Verdict] = []
    if "ingest" in given.parts:
        install_wrk()
        print(f"durable ingest, {given.rounds} rounds of {given.seconds} s", flush=True)
        ingest = rounds.measure(base, given.targets, given.rounds, given.seconds)
        lines += [*rounds.table(ingest), ""]
        verdicts += rounds.verdicts(ingest)
    if "claimed" in given.parts:
        print("webhook to claimed", flush=True)
        times = claimed.measure(base, given.samples)
        lines += [*claimed.table(times), ""]
        verdicts += claimed.verdicts(times)
    if "through" in given.parts:
        print("end to end", flush=True)
        done = through.measure(base, given.jobs)
        lines += [*through.table(done), ""]
        verdicts += through.verdicts(done)
    return lines, verdicts


def main() -> int:
    """Measure, print, and return the exit code."""
    given = _arguments()
    with _workplace() as base:
        before = _surroundings(base)
        try:
            lines, verdicts = _measure(given, base)
        except BenchError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
        lines = ["", f"before: {before}", f"after:  {_surroundings(base)}", "", *lines]
    lines += [f"{'reached' if each.reached else 'NOT reached':<12} {each.asked}: {each.found}" for each in verdicts]
    print(*lines, sep="\n")
    if given.out:
        with given.out.open("a", encoding="utf-8") as file:
            print(*lines, sep="\n", file=file)
    return 0 if all(verdict.reached for verdict in verdicts) else 1


if __name__ == "__main__":
    sys.exit(main())
