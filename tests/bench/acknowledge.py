"""How soon a person sees that the bot has heard: from the comment to the eyes on it, on the embedded default.

Run by `make bench-ack`; prints its table and exits 1 when the median is above a second.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path

from actions.practice import Practice, free_ports, wait_for
from actions.supervisor import Supervisor
from actions.visits.protocol import Visitor

ROUNDS = 15
LARGEST_MEDIAN = 1.0  # seconds


def acknowledgement(visitor: Visitor, repo: str, issue: int) -> float:
    """Write a command and return the seconds until the eyes are there; looked for every 10 ms."""
    started = time.monotonic()
    comment = visitor.comment(repo, issue, "/codex help")
    while not visitor.is_noticed(repo, issue, comment):
        if time.monotonic() - started > 60:
            return float("inf")
        time.sleep(0.01)
    return time.monotonic() - started


def measure(folder: Path) -> list[float]:
    """Measure `ROUNDS` commands, one after the other, each on an issue of its own."""
    (folder / "logs").mkdir()
    with Supervisor(logs=folder / "logs", tell=print) as supervisor:
        practice = Practice(folder, supervisor, ports=free_ports())
        practice.start_forge()
        practice.start_bot()
        visitor = practice.visitor()
        repo = visitor.make_repository("bench", {"a.py": "x = 1\n"})
        first = visitor.open_issue(repo, "warm up", "")
        visitor.comment(repo, first, "/codex help")
        wait_for(lambda: len(visitor.comments(repo, first)) == 2, seconds=60, between=lambda: None)
        return [acknowledgement(visitor, repo, visitor.open_issue(repo, f"round {n}", "")) for n in range(ROUNDS)]


def main() -> int:
    """Print the table; return the exit code."""
    with tempfile.TemporaryDirectory() as folder:
        seconds = sorted(measure(Path(folder)))
    median = statistics.median(seconds)
    verdict = "reached" if median <= LARGEST_MEDIAN else "NOT reached"
    print("from the comment to the eyes, embedded default (SQLite, hint files, practice forge)")
    print(f"{'rounds':>8} {'min s':>8} {'median s':>9} {'max s':>8}   asked: median at most {LARGEST_MEDIAN:.1f} s")
    print(f"{ROUNDS:>8} {seconds[0]:>8.2f} {median:>9.2f} {seconds[-1]:>8.2f}   {verdict}")
    return 0 if median <= LARGEST_MEDIAN else 1


if __name__ == "__main__":
    sys.exit(main())
