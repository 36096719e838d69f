"""The words of `codex-bot serve`, the webhook service; what it does is `bot.web.start`."""

import click


@click.command()
@click.option("--host", help="Address to listen on.  [default: CODEX_BOT_WEB_HOST]")
@click.option("--port", type=int, help="Port to listen on.  [default: CODEX_BOT_WEB_PORT]")
def serve(host: str | None, port: int | None) -> None:
    """Take in webhooks: check, write down, answer 202.

    \b
    Examples:
      codex-bot serve                      on the address from the settings
      codex-bot serve --port 9000          somewhere else

    Point the forge's webhook at http://HOST:PORT/webhooks/FORGE (content type application/json).
    /healthz and /readyz answer 200 when the process lives and when the ledger can be reached.
    """
    from bot.web.start import run_door  # noqa: PLC0415  # help and refusals need none of it

    run_door(host, port)
