"""Looks into the ledger: `codex-bot jobs`."""

import contextlib
import datetime as dt
import os
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Column, Table

from actions.console import print_json, printable, say, wants_colour
from bot.errors import UserError
from bot.ledger import Job, JobState
from bot.settings import read_settings
from bot.wiring import ledger_of

_UNBOUNDED = 10_000  # columns; whatever reads a pipe gets every row on one line
_NARROW = 100  # columns; below, what can be left out is left out
_LARGEST_ID = 2**31 - 1  # of PostgreSQL's integer
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


@click.group()
def jobs() -> None:
    """Look at what was asked and what came of it.

    \b
    Examples:
      codex-bot jobs list                  the newest jobs
      codex-bot jobs list --state dead     those that were given up
      codex-bot jobs show 42               one job with its steps and effects
    """


@jobs.command("list")
@click.option("--state", type=click.Choice([state.value for state in JobState]), help="Only jobs in this state.")
@click.option(
    "--limit", default=20, show_default=True, type=click.IntRange(1, 1000), help="How many, the newest first."
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def list_jobs(state: str | None, limit: int, *, as_json: bool) -> None:
    """List jobs, the newest first.

    \b
    Examples:
      codex-bot jobs list
      codex-bot jobs list --state queued --limit 100
      codex-bot jobs list --json | jq '.items[].outcome'

    queued waits, leased is being worked on, publishing is becoming visible on the forge, done has an outcome,
    dead was given up. On a narrow terminal some columns are left out; --json has everything.
    """
    with contextlib.closing(ledger_of(read_settings())) as ledger:
        found = ledger.jobs(states=[JobState(state)] if state else [], limit=limit)
    if as_json:
        print_json({"items": [_document(job) for job in found]})
    elif found:
        _print_table(found)
    else:
        say(f"No job is {state}." if state else "No jobs yet. Comment `/codex implement` on an issue.")


@jobs.command()
@click.argument("job_id", metavar="JOB", type=click.IntRange(1, _LARGEST_ID))
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document.")
def show(job_id: int, *, as_json: bool) -> None:
    """Show one job with its steps (checkpoints) and effects (what became visible on the forge).

    \b
    Examples:
      codex-bot jobs show 42
      codex-bot jobs show 42 --json | jq -r '.steps[].output'    what each step left, in full
    """
    with contextlib.closing(ledger_of(read_settings())) as ledger:
        job = ledger.job(job_id)
        if job is None:
            raise UserError(f"there is no job {job_id}", mend="`codex-bot jobs list` shows those that there are.")
        steps, effects = ledger.history(job_id)
    if as_json:
        print_json(
            {**_document(job), "steps": [_step(row) for row in steps], "effects": [_effect(row) for row in effects]}
        )
    else:
        _print_job(job, steps, effects)


def _document(job: Job) -> dict[str, object]:
    return {
        "id": job.id,
        "state": job.state.value,
        "kind": job.kind,
        "argument": job.argument,
        "where": job.subject,
        "outcome": job.outcome,
        "attempts": job.attempts,
        "worker": job.worker,
        "created": _clock(job.created_at),
        "due": _clock(job.run_after),
        "started": _clock(job.started_at),
        "done": _clock(job.done_at),
        "tokens_in": job.tokens_in,
        "tokens_out": job.tokens_out,
    }


def _step(row: Mapping[str, Any]) -> dict[str, object]:
    return {"name": row["name"], "done": _clock(row["done_at"]), "output": row["output"]}


def _effect(row: Mapping[str, Any]) -> dict[str, object]:
    return {
        "name": row["name"],
        "state": row["state"],
        "forge_ref": row["forge_ref"],
        "changed": _clock(row["changed_at"]),
    }


def _print_table(found: Sequence[Job]) -> None:
    console = _console()
    wide = console.width >= _NARROW
    # Only the last column may be folded: an id or a state in two pieces is of no use to anybody.
    names = ["job", "state", "kind", "where", "age", *(["took", "tries", "tokens"] if wide else [])]
    outcome = Column("outcome", overflow="fold", min_width=8)
    table = Table(
        *(Column(name, no_wrap=True) for name in names), outcome, box=None, header_style="bold", pad_edge=False
    )
    table.columns[names.index("where")].overflow = "fold"
    table.columns[names.index("where")].no_wrap = False
    now = time.time()
    for job in found:
        details = [_took(job), str(job.attempts), f"{job.tokens_in}+{job.tokens_out}"] if wide else []
        row = [str(job.id), job.state.value, job.kind, job.subject, _span(now - job.created_at), *details, job.outcome]
        table.add_row(*(printable(cell).replace("\n", " ") for cell in row))
    console.print(table)


def _print_job(job: Job, steps: Sequence[Mapping[str, Any]], effects: Sequence[Mapping[str, Any]]) -> None:
    rows = [(name, value) for name, value in _document(job).items() if value not in {None, ""}]
    rows += [("step", f"{_clock(row['done_at'])}  {row['name']}  {len(row['output'])} characters") for row in steps]
    rows += [
        ("effect", f"{_clock(row['changed_at'])}  {row['name']}  {row['state']} {row['forge_ref']}") for row in effects
    ]
    for name, value in rows:
        click.echo(f"{name:11} {printable(str(value)).rstrip()}")


def _console() -> Console:
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
