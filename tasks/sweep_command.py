"""The entrance of the sweeper: `codex-bot sweep`. It loads nothing that jobs are done with."""

import click

from bot.forges.registry import make_forges
from bot.settings import read_settings
from bot.wiring import hints_of, ledger_of
from tasks.leaving import Leaving
from tasks.missed import CatchUp
from tasks.outward import log_to_stderr, signs_of_life
from tasks.sweeper import Chore, sweep_for_ever

_PURGE_SECONDS = 3600.0


@click.command()
def sweep() -> None:
    """Wake workers for forgotten jobs, and fetch deliveries that did not get through.

    \b
    Example:
      codex-bot sweep

    A job is forgotten when its hint got lost or its worker died.

    A forge's failed deliveries are fetched at start and every CODEX_BOT_MISSED_SECONDS, so that nothing that
    was asked during an outage, or without a public address, is missed.

    One is enough; several do no harm. It touches DATA_DIR/alive/sweeper in every round.
    """
    settings = read_settings()
    log_to_stderr()
    leaving = Leaving()
    leaving.listen()
    ledger, hints = ledger_of(settings), hints_of(settings)
    missed = CatchUp(ledger, make_forges(settings).missed(), hints.send)
    sweep_for_ever(
        ledger,
        hints,
        seconds=settings.sweep_seconds,
        wait=leaving.wait,
        alive=signs_of_life(settings.data_dir, "sweeper") / "sweeper",
        chores=[Chore(ledger.purge, _PURGE_SECONDS), Chore(missed.look, settings.missed_seconds)],
    )
