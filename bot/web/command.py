"""The entrance of the webhook service: `codex-bot serve`."""

import socket
import struct
from typing import Any

import click
from flask import Flask
from gunicorn.app.base import BaseApplication

from bot.errors import SettingsError
from bot.forges.registry import make_forges
from bot.hints import Nudger
from bot.settings import read_settings
from bot.web.app import create_app
from bot.wiring import hints_of, ledger_of

_SILENCE_SECONDS = 5


class _Server(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed
    """Gunicorn, told in code: a command line would import modules from the current folder."""

    def __init__(self, make: Any, options: dict[str, Any]) -> None:
        self._make = make
        self._options = options
        super().__init__()

    def load_config(self) -> None:
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Flask:
        app: Flask = self._make()
        return app


def _end_silence(arbiter: Any) -> None:
    # Gunicorn's threads read for ever: eight clients that vanish in mid-request would silence the service.
    # Accepted sockets inherit the limit (struct timeval: seconds, microseconds).
    for listener in arbiter.LISTENERS:
        listener.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", _SILENCE_SECONDS, 0))


@click.command()
@click.option("--host", help="Address to listen on.  [default: CODEX_BOT_WEB_HOST]")
@click.option("--port", type=int, help="Port to listen on.  [default: CODEX_BOT_WEB_PORT]")
def serve(host: str | None, port: int | None) -> None:
    """Take in webhooks: check, write down, answer 202.

    \b
    Examples:
      codex-bot serve                      on the address from the settings
      codex-bot serve --port 9000          somewhere else

    Point the forge's webhook at http://HOST:PORT/webhooks/github (content type application/json).
    /healthz and /readyz answer 200 when the process lives and when the ledger can be reached.
    """
    settings = read_settings()
    ledger_of(settings).close()  # makes the tables, or says now what is wrong
    forges = make_forges(settings)
    if not forges.listening():
        raise SettingsError(
            "no webhook secret is configured, so no delivery could be trusted",
            mend="Set CODEX_BOT_GITHUB_WEBHOOK_SECRET_FILE to a file that holds the webhook's secret.",
        )

    def make() -> Flask:
        # Runs in the serving process: database connections must not cross a fork.
        return create_app(ledger=ledger_of(settings), hooks=forges.hooks, hint=Nudger(hints_of(settings)).nudge)

    _Server(
        make,
        {
            "bind": f"{host or settings.web_host}:{settings.web_port if port is None else port}",
            "worker_class": "gthread",
            "workers": settings.web_processes,  # in each, threads that wait share one transaction
            "threads": settings.web_threads,
            "graceful_timeout": 10,  # within the grace that a supervisor gives
            "when_ready": _end_silence,
            "control_socket_disable": True,  # nobody asked for a second door
            "accesslog": None,
            "loglevel": "warning",
            "proc_name": "codex-bot serve",
        },
    ).run()
