"""Counts what became of the reviews' findings: what `codex-bot findings` does."""

import contextlib
import dataclasses
from collections.abc import Sequence

import click
from rich.table import Column, Table

from actions.console import print_json, printable, say
from actions.job_views import console
from bot.memory import Tally
from bot.settings import read_settings
from bot.wiring import ledger_of

_STATES = ("open", "fixed", "dismissed", "cannot_tell")
_COUNTS = ("reviews", "told", *_STATES, "repeated")


def print_counts(limit: int, *, as_json: bool) -> None:
    """Print the counts of the newest `limit` reviews' pull requests, and the sums of all."""
    with contextlib.closing(ledger_of(read_settings())) as ledger:
        found = ledger.finding_tallies()
    if as_json:
        print_json({"items": [_document(each) for each in found[:limit]], "total": total(found)})
    elif found:
        _print_table(found[:limit])
        click.echo(_sum(found))
    else:
        say("No reviews yet. Comment `/codex review` on a pull request.")


def total(found: Sequence[Tally]) -> dict[str, object]:
    """Return what is true of all pull requests together; shares are between 0 and 1, None where there is no finding."""
    sums = {name: sum(getattr(each, name) for each in found) for name in _COUNTS}
    all_findings = sum(sums[name] for name in _STATES)
    return {
        "pull_requests": len(found),
        **sums,
        "comments_per_pull_request": round(sums["told"] / len(found), 2) if found else None,
        "addressed_share": round(sums["fixed"] / all_findings, 3) if all_findings else None,
        "dismissed_share": round(sums["dismissed"] / all_findings, 3) if all_findings else None,
    }


def _document(tally: Tally) -> dict[str, object]:
    plain = dataclasses.asdict(tally)
    return {"where": plain.pop("subject"), **plain}


def _print_table(found: Sequence[Tally]) -> None:
    where = Column("where", overflow="fold", min_width=12)
    names = [Column(name.replace("_", " "), no_wrap=True, justify="right") for name in _COUNTS]
    table = Table(where, *names, box=None, header_style="bold", pad_edge=False)
    for each in found:
        table.add_row(printable(each.subject), *(str(getattr(each, name)) for name in _COUNTS))
    console().print(table)


def _sum(found: Sequence[Tally]) -> str:
    known = total(found)
    shares = "no findings yet"
    if known["addressed_share"] is not None:
        shares = f"{known['addressed_share']:.0%} addressed by a later commit, {known['dismissed_share']:.0%} dismissed"
    per_pull = f"{known['comments_per_pull_request']:.1f} comments per pull request"
    return f"\n{len(found)} in all: {per_pull}; {shares}; {known['repeated']} repeated"
