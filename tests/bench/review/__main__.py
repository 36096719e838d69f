"""Whether the review does what reviews are hated for not doing; run by `make bench-review`, no model needed.

Prints one table, and exits 1 where a figure is not reached.
"""

import argparse
import sys
import time
from collections.abc import Callable, Mapping, Sequence

from bench.review import failures, histories, hostile, lines, static, whole
from bench.review.row import Row
from rich.console import Console
from rich.table import Table

PARTS = ("lines", "histories", "suggestions", "hostile", "failures", "large", "planted")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-review", description=__doc__)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--histories", type=int, default=200, help="half of them on each forge")
    parser.add_argument("--seed", type=int, default=20261126)
    return parser.parse_args()


def _measure(given: argparse.Namespace) -> list[Row]:
    measures: Mapping[str, Callable[[], Sequence[Row]]] = {
        "lines": lines.measure,
        "histories": lambda: histories.measure(given.histories, given.seed, given.parts),
        "hostile": hostile.measure,
        "failures": failures.measure,
        "large": whole.measure,
        "planted": static.measure,
    }
    # Suggestions are made in the histories, and tried there.
    wanted = {"histories" if part == "suggestions" else part for part in given.parts}
    found: list[Row] = []
    for part, measure in measures.items():
        if part in wanted:
            started = time.monotonic()
            found += measure()
            print(f"{part}: {time.monotonic() - started:.0f} s", file=sys.stderr, flush=True)
    return found


def main() -> int:
    """Measure, print, and return the exit code."""
    given = _arguments()
    found = _measure(given)
    table = Table("part", "what", "found", "asked", "", title=f"reviews, seed {given.seed}")
    for row in found:
        table.add_row(row.part, row.what, row.found, row.asked, "" if row.is_reached else "NOT reached")
    Console(width=130).print(table)
    return 0 if all(row.is_reached for row in found) else 1


if __name__ == "__main__":
    sys.exit(main())
