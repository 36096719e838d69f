"""What the analysers find without any model: planted defects, half by half, and false alarms on clean changes."""

import sys
from pathlib import Path

from bench.review.planted.__main__ import Looked, look
from bench.review.planted.cases import SPLITS, read
from bench.review.row import Row, nothing, told

from tasks.analysis import mounts
from tasks.sandbox import Sandbox


def measure() -> list[Row]:
    """Return the rows of this part."""
    tools = Path(sys.prefix)
    sandbox = Sandbox(mounts=mounts(tools / "analysis-tools", tools / "analysis-more"))
    return [row for split in SPLITS for row in _half(split, sandbox)]


def _half(split: str, sandbox: Sandbox) -> list[Row]:
    defects = [look(case, sandbox) for case in read(split, "defects")]
    clean = [look(case, sandbox) for case in read(split, "clean")]
    found, alarms = sum(one.found for one in defects), sum(len(one.said.findings) for one in clean)
    return [
        told("planted", f"defects found, {split}", f"{found} of {len(defects)}"),
        nothing("planted", f"false alarms on {len(clean)} clean changes, {split}", alarms),
        nothing("planted", f"tools that failed, {split}", len(_names([*defects, *clean], "failed"))),
        told("planted", f"tools that are not installed here, {split}", ", ".join(_names([*defects, *clean], "absent"))),
    ]


def _names(looked: list[Looked], what: str) -> list[str]:
    return sorted({name.partition(":")[0] for one in looked for name in getattr(one.said, what)})
