"""How many reviews a forge refuses: random remarks on random diffs, placed and posted as the bot does it.

Run by `make bench-reviews` (`REVIEWS=500`); prints its table and exits 1 when one call was refused, one diff was read
otherwise than git reads it, or one remark was lost.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table
from stories.review_storm import DIALECTS, Count, storm

SHOWN = 5  # refusals


def measure(dialect: str, reviews: int, seed: int) -> tuple[Count, float]:
    """Return what became of a storm in one dialect, and the seconds that it took."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as folder, DIALECTS[dialect](Path(folder)) as stand:
        return storm(stand, reviews, seed=seed), time.monotonic() - started


def main() -> int:
    """Print the table; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("reviews", type=int, nargs="?", default=500)
    parser.add_argument("--seed", type=int, default=20261126)
    given = parser.parse_args()
    titles = (
        "dialect",
        "reviews",
        "on lines",
        "on files",
        "in the summary",
        "refused",
        "unlike git",
        "lost",
        "seconds",
    )
    table = Table(*titles, title=f"random reviews, seed {given.seed}")
    clean = True
    for dialect in DIALECTS:
        found, seconds = measure(dialect, given.reviews, given.seed)
        numbers = (found.reviews, found.lines, found.files, found.nowhere, len(found.refused), found.unlike, found.lost)
        table.add_row(dialect, *map(str, numbers), f"{seconds:.0f}")
        print(*found.refused[:SHOWN], sep="\n", end="\n" if found.refused else "", file=sys.stderr)
        clean = clean and found.is_clean
    Console(width=110).print(table)
    return 0 if clean else 1


if __name__ == "__main__":
    sys.exit(main())
