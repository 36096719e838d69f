"""What came out of the parts: kept in a file so that a run that was broken off goes on, and shown as a table."""

import dataclasses
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from faults.checker import Count
from faults.part import Part

_PASSED, _RED, _FAILED, _OPEN = "passed", "red, as it must be", "FAILED", "not run"


@dataclasses.dataclass(frozen=True)
class Result:
    """One part's outcome; `wanted` is how many faults it was asked for."""

    wanted: int
    seconds: float
    count: Count
    problems: Sequence[str]


class Results:
    """A file of results by the part's name, written anew after every part."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.found: dict[str, Result] = {}

    def load(self) -> None:
        """Take over what an earlier run found out."""
        if self._file.exists():
            kept: Mapping[str, Any] = json.loads(self._file.read_text())
            self.found = {name: Result(**{**row, "count": Count(**row["count"])}) for name, row in kept.items()}

    def keep(self, name: str, result: Result) -> None:
        self.found[name] = result
        self._file.parent.mkdir(parents=True, exist_ok=True)
        rows = {each: dataclasses.asdict(kept) for each, kept in self.found.items()}
        unfinished = self._file.with_suffix(".new")
        unfinished.write_text(json.dumps(rows, indent=1))
        unfinished.replace(self._file)


def show(console: Console, parts: Sequence[Part], results: Mapping[str, Result]) -> None:
    """Print the table, and below it what is to be said of single parts."""
    table = Table(title="Faults")
    table.add_column("part", no_wrap=True)
    columns = ("faults", "202", "done", "lost", "twice", "given\nup", "taken\nback", "taken\nover", "paid\nagain")
    for column in (*columns, "seconds"):
        table.add_column(column, justify="right")
    table.add_column("verdict", no_wrap=True)
    for part in parts:
        table.add_row(part.name, *_cells(results.get(part.name)), _verdict(part, results.get(part.name)))
    console.print(table)
    for part in parts:
        result = results.get(part.name)
        if result is not None:
            _tell(console, part, result)


def _cells(result: Result | None) -> Sequence[str]:
    if result is None:
        return [""] * 10
    count = result.count
    numbers = (
        count.acknowledged,
        count.done,
        count.lost,
        count.duplicates,
        count.given_up,
        count.withdrawn,
        count.taken_over,
        count.paid_again,
    )
    return [f"{count.injected}/{result.wanted}", *map(str, numbers), f"{result.seconds:.0f}"]


def _verdict(part: Part, result: Result | None) -> str:
    if result is None:
        return _OPEN
    if result.problems:
        return _FAILED
    return _RED if part.must_fail else _PASSED


def _tell(console: Console, part: Part, result: Result) -> None:
    kinds = ", ".join(f"{kind}: {number}" for kind, number in result.count.faults.items())
    console.print(f"[bold]{part.name}[/bold] {part.about}. {kinds}", highlight=False)
    for problem in result.problems:
        console.print(f"  FAILED: {problem}", style="red", highlight=False, markup=False)
    for note in result.count.notes[:8]:
        console.print(f"  {note}", highlight=False, markup=False)
