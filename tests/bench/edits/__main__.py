"""What becomes of replies that models write, with our engine and with others; run by `make bench-edits`.

Every case is a change whose outcome is known, most of them from this repository's history, written in one of the four
formats with one slip. Prints its tables, and exits 1 where a figure that was asked for is not reached.
"""

import argparse
import contextlib
import random
import sys
import time

from bench.anchored import BenchError
from bench.edits import peers, report
from bench.edits.measured import measure
from edits.corpus import changes
from edits.drawn import DEVELOPED, KEPT_APART, drawn
from rich.console import Console


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench-edits", description=__doc__)
    parser.add_argument("--each", type=int, default=18, help="cases of each slip in each format")
    parser.add_argument("--modes", nargs="+", default=(), help="these slips alone")
    parser.add_argument("--apart", action="store_true", help="the cases that nobody looks at while the engine is made")
    parser.add_argument("--seed", type=int, help="other cases than those")
    parser.add_argument("--alone", action="store_true", help="without the other engines")
    parser.add_argument("--show", type=int, default=0, help="print so many of our cases that are not right")
    return parser.parse_args()


def main() -> int:
    """Measure, print, and return the exit code."""
    given = _arguments()
    seed = given.seed if given.seed is not None else KEPT_APART if given.apart else DEVELOPED
    cases = list(drawn(seed, given.each, changes(), given.modes))
    random.Random(seed).shuffle(cases)  # so that no slip meets a colder machine than another one
    started = time.monotonic()
    try:
        with contextlib.nullcontext() if given.alone else peers.running() as others:
            figures = measure(cases, others)
            versions = others.versions if others else {}
    except BenchError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    console = Console(width=130)
    for table in report.tables(figures, versions, f"seed {seed}, {len(cases)} cases"):
        console.print(table)
    report.show(figures, given.show)
    print(f"{time.monotonic() - started:.0f} s")
    misses = report.misses(figures)
    print(*(f"NOT reached: {miss}" for miss in misses), sep="\n")
    return 1 if misses else 0


if __name__ == "__main__":
    sys.exit(main())
