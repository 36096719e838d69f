"""The entrance of the webhook service: what `codex-bot serve` does."""

from typing import Any

from bot.errors import SettingsError
from bot.forges.registry import LISTENING_NEEDS, make_forges
from bot.hint_wiring import hints_of
from bot.hints import Nudger
from bot.settings import read_settings
from bot.web.server import Server
from bot.web.service import make_service
from bot.wiring import ledger_of


def run_door(host: str | None, port: int | None) -> None:
    """Serve until told to leave, at the settings' address unless given another.

    Raises `SettingsError` when the ledger cannot be opened or no delivery could be trusted.
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
