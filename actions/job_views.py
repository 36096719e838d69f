"""How `codex-bot jobs` shows what the ledger knows: as documents, as a table, line by line."""

import datetime as dt
import os
import sys
from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table

from actions.console import printable, wants_colour
from bot.ledger import Job, JobState

_UNBOUNDED = 10_000  # columns; whatever reads a pipe gets every row on one line
_NARROW = 100  # columns; below, what can be left out is left out
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_RUNNING = (JobState.LEASED, JobState.PUBLISHING)


def job_document(job: Job) -> dict[str, object]:
    """Return a job for machines; the keys stay the same whatever state it is in."""
    return {
        "id": job.id,
        "state": job.state.value,
        "lane": job.lane.value,
        "kind": job.kind,
        "argument": job.argument,
        "where": job.subject,
        "outcome": job.outcome,
        "attempts": job.attempts,
        "lost_attempts": job.lost_attempts,
        "round": job.round,
        "worker": job.worker,
        "cancelled_by": job.cancelled_by,
        "superseded_by": job.superseded_by,
        "created": _clock(job.created_at),
        "due": _clock(job.run_after),
        "started": _clock(job.started_at),
        "done": _clock(job.done_at),
        "tokens_in": job.tokens_in,
        "tokens_out": job.tokens_out,
    }


def step_document(row: Mapping[str, Any]) -> dict[str, object]:
    """Return a step for machines."""
    return {"name": row["name"], "done": _clock(row["done_at"]), "output": row["output"]}


def effect_document(row: Mapping[str, Any]) -> dict[str, object]:
    """Return an effect for machines."""
    return {
        "name": row["name"],
        "state": row["state"],
        "forge_ref": row["forge_ref"],
        "changed": _clock(row["changed_at"]),
    }


def print_table(found: Sequence[Job], now: float) -> None:
    """Print one row a job; `now` is the ledger's time, which their ages are counted from."""
    shown = console()
    wide = shown.width >= _NARROW
    # Only the last column may be folded: an id or a state in two pieces is of no use to anybody.
    names = ["job", "state", *(["lane"] if wide else []), "kind", "where", "age"]
    names += ["took", "tries", "tokens"] if wide else []
    outcome = Column("outcome", overflow="fold", min_width=8)
    table = Table(
        *(Column(name, no_wrap=True) for name in names), outcome, box=None, header_style="bold", pad_edge=False
    )
    table.columns[names.index("where")].overflow = "fold"
    table.columns[names.index("where")].no_wrap = False
    for job in found:
        details = [_took(job), str(job.attempts), f"{job.tokens_in}+{job.tokens_out}"] if wide else []
        row = [str(job.id), job.state.value, *([job.lane.value] if wide else []), job.kind, job.subject]
        row += [_span(now - job.created_at), *details, "; ".join(filter(None, [job.outcome, *_asked(job)]))]
        table.add_row(*(printable(cell).replace("\n", " ") for cell in row))
    shown.print(table)


def print_job(job: Job, steps: Sequence[Mapping[str, Any]], effects: Sequence[Mapping[str, Any]]) -> None:
    """Print one job, a line for each thing that is known of it."""
    known = {**job_document(job), "round": _again(job), "lost_attempts": job.lost_attempts or ""}
    rows = [(name, value) for name, value in known.items() if value not in {None, ""}]
    rows += [("step", f"{_clock(row['done_at'])}  {row['name']}  {len(row['output'])} characters") for row in steps]
    rows += [
        ("effect", f"{_clock(row['changed_at'])}  {row['name']}  {row['state']} {row['forge_ref']}") for row in effects
    ]
    _print_rows(rows)


def print_dead(job: Job, now: float) -> None:
    """Print why one job was given up, and what to type to try once more."""
    ended = job.done_at or now
    lost = f", {job.lost_attempts} of them lost with their worker" if job.lost_attempts else ""
    again = f", {_again(job)}" if job.round else ""
    tries = "1 try" if job.attempts == 1 else f"{job.attempts} tries"
    click.echo(printable(f"job {job.id}: {job.kind} on {job.subject}"))
    _print_rows(
        [
            ("  gave up", f"{_clock(ended)}, {_span(now - ended)} ago, after {tries}{lost}{again}"),
            ("  reason", job.outcome or "not known"),
            ("  retry", f"codex-bot jobs retry {job.id}"),
        ]
    )


def _print_rows(rows: Sequence[tuple[str, object]]) -> None:
    for name, value in rows:
        click.echo(f"{name:13} {printable(str(value)).rstrip()}")


def _asked(job: Job) -> list[str]:
    """Say what people asked of a job beyond the first asking, as far as its outcome does not."""
    words = []
    if job.state in _RUNNING and job.cancelled_by:
        words.append(f"told to stop by {job.cancelled_by}")
    if job.state in _RUNNING and job.superseded_by is not None:
        words.append(f"job {job.superseded_by} takes its place")
    return [*words, _again(job)]


def _again(job: Job) -> str:
    times = "once" if job.round == 1 else f"{job.round} times"
    return f"asked again {times}" if job.round else ""


def console() -> Console:
    """Return what tables are printed on: as wide as the terminal, unbounded where there is none."""
    colour = wants_colour()
    free = sys.stdout.isatty() or "COLUMNS" in os.environ
    return Console(
        width=None if free else _UNBOUNDED,
        color_system=None if colour is False else "auto",
        force_terminal=colour,
        markup=False,  # an outcome holds a stranger's words
        emoji=False,
        highlight=False,
    )


def _clock(moment: float | None) -> str | None:
    if moment is None:
        return None
    return dt.datetime.fromtimestamp(moment, tz=dt.UTC).isoformat(timespec="seconds")


def _took(job: Job) -> str:
    return _span(job.done_at - job.started_at) if job.done_at and job.started_at else ""


def _span(seconds: float) -> str:
    for unit, word in ((_DAY, "d"), (_HOUR, "h"), (_MINUTE, "min")):
        if seconds >= unit:
            return f"{seconds / unit:.0f} {word}"
    return f"{max(0, seconds):.0f} s"
