"""Asks every engine about every case, and keeps the counts."""

import gc
import time
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from bench.edits.peers import ASKED, Peers, Result
from edits.cases import OK, REFUSED, WRONG, Case, verdict

from tasks.patch import PatchRefused, apply_reply

OURS = "codex-bot"
MIXED = "mixed formats"  # no other engine reads such replies


@dataclass(slots=True)
class Count:
    """What became of some cases, and the milliseconds that each took."""

    outcomes: "Counter[str]" = field(default_factory=Counter)
    times: list[float] = field(default_factory=list)

    def add(self, outcome: str, spent: float) -> None:
        self.outcomes[outcome] += 1
        self.times.append(spent)

    @property
    def n(self) -> int:
        return len(self.times)

    def share(self, outcome: str) -> float:
        """Return percents; of no cases at all, none."""
        return 100 * self.outcomes[outcome] / self.n if self.n else 0.0

    def time(self, part: float) -> float:
        """Return the milliseconds that such a part of the cases does not exceed."""
        return sorted(self.times)[min(self.n - 1, int(part * self.n))] if self.n else 0.0


@dataclass(slots=True)
class Figures:
    """Counts by engine and format, and of ours by slip and format; `failed` are our cases that are not ok."""

    by_form: "defaultdict[tuple[str, str], Count]" = field(default_factory=lambda: defaultdict(Count))
    by_mode: "defaultdict[tuple[str, str], Count]" = field(default_factory=lambda: defaultdict(Count))
    compared: "defaultdict[tuple[str, str], Count]" = field(default_factory=lambda: defaultdict(Count))
    strict: "defaultdict[tuple[str, str], Count]" = field(default_factory=lambda: defaultdict(Count))
    failed: list[tuple[int, Case, str]] = field(default_factory=list)


# Where a mistake is worst: what an engine must see is not that it can apply a reply, but that it cannot.
MUST_NOT = ("two places", "truncated", "elided file", "elided context", "already applied")


def ours(case: Case) -> tuple[Result, str, float]:
    """Return what our engine makes of a case, why it refuses, and milliseconds of the processor."""
    started = time.process_time()
    try:
        result, reason = apply_reply(case.reply, case.files), ""
    except PatchRefused as refusal:
        result, reason = None, str(refusal)
    return result, reason, 1000 * (time.process_time() - started)


def measure(cases: Iterable[Case], peers: Peers | None) -> Figures:
    """Ask about all cases, one after another and each engine in turn."""
    figures = Figures()
    for number, case in enumerate(cases):
        gc.collect(0)
        result, reason, spent = ours(case)
        outcome = verdict(case, result)
        _note(figures, OURS, case, outcome, spent)
        figures.by_mode[case.mode, case.form].add(outcome, spent)
        if outcome != OK:
            figures.failed.append((number, case, f"{outcome} {reason}"))
        for engine, forms in ASKED.items() if peers and case.mode != MIXED else ():
            if case.form in forms:
                result, spent = peers.ask(engine, case)
                _note(figures, engine, case, verdict(case, result), spent)
    return figures


def _note(figures: Figures, engine: str, case: Case, outcome: str, spent: float) -> None:
    figures.by_form[engine, case.form].add(outcome, spent)
    if case.mode != MIXED:
        figures.compared[engine, case.form].add(outcome, spent)
    if case.mode in MUST_NOT:
        figures.strict[engine, case.form].add(outcome, spent)


__all__ = ["MUST_NOT", "OK", "OURS", "REFUSED", "WRONG", "Count", "Figures", "measure"]
