"""The words of `codex-bot work`, the worker; what it does is `tasks.worker_start`."""

import click


@click.command()
@click.option("--slots", type=click.IntRange(1), help="Jobs to run at once.  [default: CODEX_BOT_WORKER_SLOTS]")
def work(slots: int | None) -> None:
    """Run jobs: fetch, ask the model, verify, publish.

    \b
    Examples:
      codex-bot work               as many jobs at once as the settings say
      codex-bot work --slots 1     one at a time

    Run as many workers on as many hosts as you like; they share the ledger and the hint carrier. SIGTERM puts what
    is being done back at its next step, and the next worker goes on there. Each slot touches a file in DATA_DIR/alive
    every few seconds: one that is older than two minutes is stuck.
    """
    from tasks.worker_start import run_worker  # noqa: PLC0415  # help and refusals need none of it

    run_worker(slots)
