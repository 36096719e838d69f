"""The tables of `make bench-edits`, and what of it was not reached."""

from collections.abc import Iterator, Mapping

from bench.edits.measured import MUST_NOT, OK, OURS, REFUSED, WRONG, Count, Figures
from edits.modes import MODES
from edits.write import FORMATS
from rich.table import Table

COLUMNS = ("format", "engine", "n", "ok %", "refused %", "wrong %", "wrong where it must not", "ms median", "p95")
LEAST_OK, MOST_WRONG = 97.0, 0.1  # percents
MEDIAN, P95 = 0.3, 3.0  # milliseconds


def tables(figures: Figures, versions: Mapping[str, str], what: str) -> Iterator[Table]:
    """Yield the table of all engines, then ours by slip."""
    engines = Table(title=f"replies applied, {what}", caption=f"must not: {', '.join(MUST_NOT)}")
    for column in (
        "format",
        "engine",
        "n",
        "ok %",
        "refused %",
        "wrong %",
        "wrong where it must not",
        "ms median",
        "p95",
    ):
        engines.add_column(column, justify="left" if column in {"format", "engine"} else "right")
    for form in FORMATS:
        for engine, count in ((name, count) for (name, other), count in figures.by_form.items() if other == form):
            name = f"{engine} {versions.get(engine, '')}".strip()
            strict = figures.strict[engine, form]
            engines.add_row(form, name, *_cells(count), f"{strict.outcomes[WRONG]} of {strict.n}", *_times(count))
    yield engines
    slips = Table(title=f"{OURS} by slip: ok / refused / wrong")
    for column in ("slip", *FORMATS):
        slips.add_column(column)
    for mode in dict.fromkeys(mode.name for mode in MODES):
        cells = [_short(figures.by_mode.get((mode, form))) for form in FORMATS]
        if any(cells):
            slips.add_row(mode, *cells)
    yield slips


def _cells(count: Count) -> tuple[str, ...]:
    return str(count.n), *(f"{count.share(outcome):.1f}" for outcome in (OK, REFUSED, WRONG))


def _times(count: Count) -> tuple[str, str]:
    return f"{count.time(0.5):.2f}", f"{count.time(0.95):.2f}"


def _short(count: Count | None) -> str:
    if count is None:
        return ""
    if count.outcomes[OK] == count.n:
        return f"all {count.n}"
    return " / ".join(str(count.outcomes[outcome]) for outcome in (OK, REFUSED, WRONG))


def misses(figures: Figures) -> list[str]:
    """Say what was not reached; of no cases at all nothing is."""
    found = [] if figures.by_form else ["there were no cases"]
    every = [count for (engine, _), count in figures.by_form.items() if engine == OURS]
    wrong, n = sum(count.outcomes[WRONG] for count in every), sum(count.n for count in every)
    if 100 * wrong > MOST_WRONG * n:
        found.append(f"wrong {wrong} of {n}; at most {MOST_WRONG} %")
    for (engine, form), count in figures.by_form.items():
        if engine == OURS:
            found += _misses_of_ours(figures, form, count)
        else:
            found += _not_better(figures, engine, form)
    return found


def _misses_of_ours(figures: Figures, form: str, count: Count) -> Iterator[str]:
    if count.share(OK) < LEAST_OK:
        yield f"{form}: ok {count.share(OK):.1f} %; at least {LEAST_OK} %"
    if wrong := figures.strict[OURS, form].outcomes[WRONG]:
        yield f"{form}: wrong {wrong} where it must not"
    if count.time(0.5) > MEDIAN or count.time(0.95) > P95:
        yield f"{form}: {' / '.join(_times(count))} ms; at most {MEDIAN} / {P95}"


def _not_better(figures: Figures, engine: str, form: str) -> Iterator[str]:
    mine, other = figures.compared[OURS, form], figures.compared[engine, form]
    if mine.share(OK) <= other.share(OK):
        yield f"{form}: ok {mine.share(OK):.1f} %, {engine} {other.share(OK):.1f} %"
    if mine.share(WRONG) >= other.share(WRONG) and mine.outcomes[WRONG]:
        yield f"{form}: wrong {mine.share(WRONG):.1f} %, {engine} {other.share(WRONG):.1f} %"


def show(figures: Figures, most: int) -> None:
    """Print our cases that are not right: what was wanted, what came, and the reply."""
    for number, case, came in figures.failed[:most]:
        print(f"--- case {number}: {case.form}, {case.mode}, wanted: {case.want}, came: {came}\n{case.reply[:3000]}")
