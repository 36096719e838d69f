"""How many planted defects the analysers find without any model, and what they say of changes without one.

Run by `python -m bench.review.planted`; prints recall by kind for both halves of the set, and every false alarm. The
exit code is 1 when a clean change was blamed, a tool failed, or less was found than `--least` (percent, on each half).
"""

import argparse
import collections
import dataclasses
import sys
import tempfile
import time
from pathlib import Path

from bench.review.planted.cases import SPLITS, Planted, read
from rich.console import Console
from rich.table import Table

from tasks.analysis import Analysis, analyse, mounts
from tasks.sandbox import Sandbox

SECONDS = 120.0


@dataclasses.dataclass(frozen=True, slots=True)
class Looked:
    """One pull request and what was said of it; `found` tells whether a finding stands on the defect."""

    case: Planted
    said: Analysis
    seconds: float

    @property
    def found(self) -> bool:
        return any(
            (finding.path, line) in self.case.defects
            for finding in self.said.findings
            for line in range(finding.first, finding.last + 1)
        )

    @property
    def hinted(self) -> bool:
        return any((hint.path, hint.first) in self.case.defects for hint in self.said.hints)


def look(case: Planted, sandbox: Sandbox) -> Looked:
    """Analyse one pull request."""
    with tempfile.TemporaryDirectory() as folder:
        tree = Path(folder, "tree")
        case.write(tree)
        started = time.monotonic()
        said = analyse(tree, case.diff, sandbox, seconds=SECONDS, cancelled=lambda: False)
        return Looked(case, said, time.monotonic() - started)


def recall(split: str, looked: list[Looked]) -> Table:
    """Return the table of one half: found and hinted defects by kind."""
    table = Table("kind", "planted", "found", "only hinted at", "missed", title=f"planted defects, {split}")
    for kind in dict.fromkeys(one.case.kind for one in looked):
        of_kind = [one for one in looked if one.case.kind == kind]
        found = sum(one.found for one in of_kind)
        hinted = sum(one.hinted and not one.found for one in of_kind)
        missed = ", ".join(one.case.name for one in of_kind if not one.found and not one.hinted)
        table.add_row(kind, str(len(of_kind)), str(found), str(hinted), missed)
    table.add_section()
    found = sum(one.found for one in looked)
    table.add_row("all", str(len(looked)), str(found), str(sum(one.hinted and not one.found for one in looked)), "")
    return table


def main() -> int:
    """Print the tables; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tools", type=Path, default=Path(sys.prefix), help="the folder of analysis-tools")
    parser.add_argument("--split", choices=SPLITS, action="append")
    parser.add_argument("--least", type=float, default=0.0)
    given = parser.parse_args()
    sandbox = Sandbox(mounts=mounts(given.tools / "analysis-tools", given.tools / "analysis-more"))
    console, fine = Console(width=120), True
    trouble: collections.Counter[str] = collections.Counter()
    for split in given.split or SPLITS:
        defects = [look(case, sandbox) for case in read(split, "defects")]
        clean = [look(case, sandbox) for case in read(split, "clean")]
        console.print(recall(split, defects))
        alarms = [(one.case.name, finding) for one in clean for finding in one.said.findings]
        for name, finding in alarms:
            console.print(f"false alarm in {name}: {finding.path}:{finding.first} {finding.rule}", markup=False)
        slowest = max(one.seconds for one in [*defects, *clean])
        hints = sum(len(one.said.hints) for one in clean)
        console.print(f"{split}: {len(alarms)} false alarms and {hints} hints on {len(clean)} clean changes")
        console.print(f"{split}: {slowest:.1f} s for the slowest change\n")
        trouble.update(f"absent: {name}" for one in [*defects, *clean] for name in one.said.absent)
        trouble.update(f"failed: {name}" for one in [*defects, *clean] for name in one.said.failed)
        fine &= not alarms and sum(one.found for one in defects) * 100 >= given.least * len(defects)
    for name, count in trouble.most_common():
        console.print(f"{name} ({count} changes)", markup=False)
    return 0 if fine and not any(name.startswith("failed") for name in trouble) else 1


if __name__ == "__main__":
    sys.exit(main())
