"""The server around the web service: gunicorn keeps the processes, uvicorn speaks HTTP in each."""

import asyncio
import os
import signal
from collections.abc import Callable
from typing import Any, ClassVar

from gunicorn.app.base import BaseApplication
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn_worker import UvicornWorker

from bot.web.hook import SILENCE_SECONDS

_LARGEST_HEAD = 64 * 1024  # bytes of a request's headers
_GRACE_SECONDS = 10  # for answers that are being written at SIGTERM; within the grace that a supervisor gives


class _Impatient(HttpToolsProtocol):
    """Ends connections on which no request begins, or its headers do not end; uvicorn would keep them for ever."""

    _head = 0  # bytes that came since the last request

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as uvicorn has it
        super().connection_made(transport)
        self._expect_more()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        cycle: Any = self.cycle  # None until the first request; uvicorn's types do not say so
        if cycle is not None and not cycle.response_complete:
            self._head = 0
            return
        self._head += len(data)
        if self._head > _LARGEST_HEAD:
            self.transport.close()
        else:
            self._expect_more()

    def _expect_more(self) -> None:
        self._unset_keepalive_if_required()
        self.timeout_keep_alive_task = self.loop.call_later(SILENCE_SECONDS, self.timeout_keep_alive_handler)


class _Worker(UvicornWorker):  # type: ignore[misc]  # gunicorn is not typed
    CONFIG_KWARGS: ClassVar[dict[str, Any]] = {
        "loop": "uvloop",
        "http": _Impatient,
        "ws": "none",
        "lifespan": "off",
        "access_log": False,
        "server_header": False,
        "proxy_headers": False,
        "timeout_graceful_shutdown": _GRACE_SECONDS,
        "timeout_notify": 1,
    }

    async def callback_notify(self) -> None:
        await super().callback_notify()
        if os.getppid() != self.ppid:  # gunicorn itself was killed: a new one must find the port free
            os.kill(os.getpid(), signal.SIGTERM)


class Server(BaseApplication):  # type: ignore[misc]  # gunicorn is not typed
    """Gunicorn, told in code: a command line would import modules from the current folder.

    `make` builds the ASGI application in each of the `processes`; database connections must not cross a fork.
    """

    def __init__(self, make: Callable[[], Any], *, host: str, port: int, processes: int) -> None:
        self._make = make
        self._options = {
            "bind": f"{host}:{port}",
            "worker_class": _Worker,
            "workers": processes,  # in each, deliveries that wait share one transaction
            "graceful_timeout": _GRACE_SECONDS,
            "keepalive": int(SILENCE_SECONDS),
            "control_socket_disable": True,  # nobody asked for a second door
            "accesslog": None,
            "loglevel": "warning",
            "proc_name": "codex-bot serve",
        }
        super().__init__()

    def load_config(self) -> None:
        """Set gunicorn's options."""
        for name, value in self._options.items():
            self.cfg.set(name, value)

    def load(self) -> Any:
        """Build the application, in the serving process."""
        return self._make()
