"""Looks after the ledger's tables: `codex-bot ledger`."""

import contextlib

import click


@click.group()
def ledger() -> None:
    """Look after the database of deliveries and jobs.

    \b
    Example:
      codex-bot ledger upgrade    after an update of Codex Bot
    """


@ledger.command()
def upgrade() -> None:
    """Bring the ledger's tables to the version that this Codex Bot needs.

    \b
    Example:
      codex-bot ledger upgrade

    Safe to run at any time and from several hosts at once; does nothing where nothing is to be done. Every step only
    adds, so workers of the version before go on while their hosts are updated one by one. `codex-bot up` does this
    by itself; with several hosts, run it once before the first new one starts.
    """
    from bot.settings import read_settings  # noqa: PLC0415  # help and refusals need none of it
    from bot.wiring import ledger_of  # noqa: PLC0415

    with contextlib.closing(ledger_of(read_settings(), upgrading=True)) as opened:
        opened.ping()
    click.echo("The ledger is of this version.")
