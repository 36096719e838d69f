"""The command behind `make faults`: runs the parts, keeps their results, shows the table."""

import contextlib
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from rich.console import Console

from faults.catalogue import PARTS
from faults.checker import Count
from faults.part import Part
from faults.table import Result, Results, show
from faults.world import Kit

RESULTS = Path(__file__).parents[2] / ".faults" / "results.json"


def _counts(_context: click.Context, _parameter: click.Parameter, values: tuple[str, ...]) -> dict[str, int]:
    names = {part.name for part in PARTS}
    found = {}
    for value in values:
        name, _, number = value.partition("=")
        if name not in names or not number.isdecimal():
            raise click.BadParameter(f"{value} is not PART=NUMBER; --list shows the parts.")
        found[name] = int(number)
    return found


@click.command()
@click.option(
    "--part", "names", multiple=True, type=click.Choice([part.name for part in PARTS]), help="Only this part."
)
@click.option("--scale", default=1.0, show_default=True, type=click.FloatRange(0.01), help="So many times the faults.")
@click.option("--count", "counts", multiple=True, callback=_counts, metavar="PART=N", help="So many faults of a part.")
@click.option("--resume", is_flag=True, help="Leave out what has passed in the run before.")
@click.option("--list", "listing", is_flag=True, help="Say which parts there are.")
@click.option("--results", default=RESULTS, type=click.Path(path_type=Path), help="Where results are kept.")
def main(
    *, names: tuple[str, ...], scale: float, counts: dict[str, int], resume: bool, listing: bool, results: Path
) -> None:
    """Break the service in every way that happens, and count what was lost and what was done twice.

    \b
    Examples:
      python tests/faults/run.py                         all parts, with the counts that are promised
      python tests/faults/run.py --part kills --scale 10
      python tests/faults/run.py --count door=1000 --part door
      python tests/faults/run.py --resume                go on where a run was broken off
    """
    console = Console(width=None if sys.stdout.isatty() else 150)
    chosen = [part for part in PARTS if not names or part.name in names]
    wanted = {part.name: counts.get(part.name, max(1, round(part.least * scale))) for part in chosen}
    if listing:
        for part in chosen:
            console.print(f"{part.name:14} {wanted[part.name]:5}  {part.about}", highlight=False)
        return
    kept = Results(results)
    if resume:
        kept.load()
    with contextlib.suppress(KeyboardInterrupt), _kit() as kit:
        for part in chosen:
            known = kept.found.get(part.name)
            if known is None or known.problems or known.count.injected < wanted[part.name]:
                console.print(f"{part.name}: {wanted[part.name]} x {part.about}", highlight=False)
                kept.keep(part.name, run_part(kit, part, wanted[part.name]))
    show(console, chosen, kept.found)
    sys.exit(any(part.name not in kept.found or kept.found[part.name].problems for part in chosen))


@contextlib.contextmanager
def _kit() -> Iterator[Kit]:
    place = tempfile.TemporaryDirectory(prefix="codex-bot-faults-", ignore_cleanup_errors=True)
    with place as name, Kit(Path(name)) as kit:
        yield kit


def run_part(kit: Kit, part: Part, wanted: int) -> Result:
    """Run one part; whatever goes wrong in it is a result too."""
    started = time.monotonic()
    try:
        count = part.run(kit, wanted)
    except pytest.skip.Exception as missing:
        count = Count(failures=[str(missing)])
    except Exception:  # noqa: BLE001  # the other parts are still to be run
        count = Count(failures=[traceback.format_exc(limit=-4)])
    return Result(wanted, time.monotonic() - started, count, part.problems(count, wanted))
