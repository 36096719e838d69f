"""The words of `codex-bot sweep`, the sweeper; what it does is `tasks.sweep_start`."""

import click


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
    from tasks.sweep_start import run_sweeper  # noqa: PLC0415  # help and refusals need none of it

    run_sweeper()
