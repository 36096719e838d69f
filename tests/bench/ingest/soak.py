"""Flat memory: a steady load through the whole bot, with a look at each role's memory and open files.

Run by `make bench-soak`, with another length by `make bench-soak MINUTES=2`.
"""

import argparse
import contextlib
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

import psutil
from bench.ingest.load import BenchError
from bench.ingest.poster import post
from bench.ingest.whole import ROLES, Whole, running

RATE = 50  # deliveries per second
WARM_UP_SECONDS = 90.0  # at most a fifth of the whole
LARGEST_CHANGE = 0.05
LARGEST_BACKLOG = 10 * RATE
_EVERY_SECONDS = 5.0

Sample = dict[str, tuple[float, int]]  # by role: resident memory in MiB, open files


def _tree(pid: int) -> tuple[float, int]:
    """Return the memory (MiB, shared pages divided among those who share them) and open files of a process tree."""
    memory, files = 0.0, 0
    root = psutil.Process(pid)
    for process in [root, *root.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            full = process.memory_full_info()
            memory += full.pss / 2**20
            files += process.num_fds()
    return memory, files


def _look(whole: Whole) -> Sample:
    return {role: _tree(whole.supervisor.pid(role)) for role in ROLES}


def _say(whole: Whole, sample: Sample, since: float, seconds: float, sent: int) -> int:
    waiting = sent - whole.place.count("done")
    roles = "   ".join(f"{role} {memory:.1f} MiB {files} files" for role, (memory, files) in sample.items())
    print(f"  {since:5.0f} of {seconds:.0f} s   {sent:6} sent {waiting:4} waiting   {roles}", flush=True)
    return waiting


def _watch(whole: Whole, seconds: float, over: threading.Event, answered: list[int]) -> list[tuple[float, Sample]]:
    """Look every few seconds until the load is over; return (seconds since the start, sample) pairs."""
    began, found = time.monotonic(), []
    while not over.wait(_EVERY_SECONDS):
        since, sample = time.monotonic() - began, _look(whole)
        found.append((since, sample))
        waiting = _say(whole, sample, since, seconds, answered[0])
        if waiting > LARGEST_BACKLOG:
            raise BenchError(f"{waiting} jobs wait: the worker does not keep up, so a flat line would prove nothing")
    return found


def _soak(base: Path, seconds: float, synchronous: str) -> list[tuple[float, Sample]]:
    with running(base, postgres=False, redis=False, synchronous=synchronous, noting=False) as whole:
        over, answered, failed = threading.Event(), [4], []

        def send() -> None:
            def count(_answer: object) -> None:
                answered[0] += 1
                if over.is_set():
                    raise BenchError("the watcher gave up")

            try:
                post(whole.deliveries, int(seconds * RATE), whole.port, lines=8, gap=1 / RATE, each=count)
            except BenchError as error:
                failed.append(error)
            finally:
                over.set()

        sender = threading.Thread(target=send, daemon=True)
        sender.start()
        try:
            found = _watch(whole, seconds, over, answered)
        finally:
            over.set()
            sender.join(60)
        if failed:
            raise failed[0]
        whole.wait_done(answered[0], seconds=60)
    return found


def _change(samples: Sequence[float]) -> tuple[float, float, float]:
    """Return the medians of the first and the last fifth, and by which share the last differs."""
    fifth = max(1, len(samples) // 5)
    first, last = statistics.median(samples[:fifth]), statistics.median(samples[-fifth:])
    return first, last, last / first - 1


def _judge(found: list[tuple[float, Sample]], seconds: float) -> bool:
    """Print the table; return whether memory and open files stayed flat, of all roles together."""
    warm = [sample for since, sample in found if since > min(WARM_UP_SECONDS, seconds / 5)]
    names = f"{'MiB':>9}{'MiB':>9}{'change':>9}{'files':>9}{'files':>9}{'change':>9}"
    print(f"{'median of the first and the last fifth':<40}{names}")
    flat = True
    for name, roles in [*((role, (role,)) for role in ROLES), ("all", ROLES)]:
        memory = _change([sum(sample[role][0] for role in roles) for sample in warm])
        files = _change([float(sum(sample[role][1] for role in roles)) for sample in warm])
        sizes = f"{memory[0]:>9.1f}{memory[1]:>9.1f}{memory[2]:>9.1%}"
        print(f"{name:<40}{sizes}{files[0]:>9.0f}{files[1]:>9.0f}{files[2]:>9.1%}")
        if name == "all":
            flat = max(abs(memory[2]), abs(files[2])) <= LARGEST_CHANGE
    print(f"asked: both within {LARGEST_CHANGE:.0%}, all roles together   {'reached' if flat else 'NOT reached'}")
    return flat


def main() -> int:
    """Soak; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("minutes", type=float, nargs="?", default=10.0)
    parser.add_argument("--synchronous", choices=("FULL", "NORMAL"), default="FULL")
    given = parser.parse_args()
    print(f"soak: {RATE} deliveries a second for {given.minutes:g} minutes, SQLite {given.synchronous}", flush=True)
    with tempfile.TemporaryDirectory(prefix="codex-bot-soak-") as folder:
        base = Path(folder)
        base.chmod(0o711)
        try:
            found = _soak(base, given.minutes * 60, given.synchronous)
        except BenchError as error:
            print(f"error: {error}", file=sys.stderr)
            return 1
    return 0 if _judge(found, given.minutes * 60) else 1


if __name__ == "__main__":
    sys.exit(main())
