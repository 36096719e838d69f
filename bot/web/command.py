"""The entrance of the webhook service: `codex-bot serve`."""

from typing import Any

import click

from bot.errors import SettingsError
from bot.forges.registry import LISTENING_NEEDS, make_forges
from bot.hints import Nudger
from bot.settings import read_settings
from bot.web.server import Server
from bot.web.service import make_service
from bot.wiring import hints_of, ledger_of


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
    settings = read_settings()
    ledger_of(settings).close()  # makes the tables, or says now what is wrong
    forges = make_forges(settings, speaking=False)
    if not forges.listening():
        raise SettingsError(
            "no webhook secret is configured, so no delivery could be trusted",
            mend=LISTENING_NEEDS,
        )

    def make() -> Any:
        return make_service(ledger=ledger_of(settings), hooks=forges.hooks, hint=Nudger(hints_of(settings)).nudge)

    Server(
        make,
        host=host or settings.web_host,
        port=settings.web_port if port is None else port,
        processes=settings.web_processes,
    ).run()
