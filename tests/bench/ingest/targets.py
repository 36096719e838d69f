"""The web services under load, each started fresh: two anchors and the bot on three ledgers."""

import contextlib
import dataclasses
from collections.abc import Callable, Iterator
from pathlib import Path

from bench.ingest import anchors, ledgers
from bench.ingest.ledgers import Place
from bench.ingest.payload import SECRET

from actions.practice import free_ports
from actions.supervisor import Service, Supervisor

OURS_PATH = "/webhooks/github"


@dataclasses.dataclass(frozen=True, slots=True)
class Running:
    """A service that answers now; `place` is the bot's ledger, None for an anchor."""

    port: int
    path: str
    about: str
    pid: int
    place: Place | None = None


def settings_of(place: Place, port: int) -> dict[str, str]:
    """Return the settings of every process of one set-up of the bot."""
    own = {"CODEX_BOT_GITHUB_WEBHOOK_SECRET": SECRET, "CODEX_BOT_WEB_PORT": str(port)}
    # Nothing of the bench may reach out: whatever asks a forge finds nobody at home.
    return {**own, "CODEX_BOT_GITHUB_URL": "http://127.0.0.1:9", **place.settings}


def serve(supervisor: Supervisor, place: Place, port: int) -> None:
    """Start the bot's web service and wait until it is ready."""
    supervisor.start(Service("serve", ["serve"], settings_of(place, port), f"http://127.0.0.1:{port}/readyz"))


@contextlib.contextmanager
def _anchor(base: Path, make: Callable[[int], tuple[Service, str]], path: str) -> Iterator[Running]:
    port = free_ports().web
    service, about = make(port)
    with Supervisor(logs=base, tell=print) as supervisor:
        supervisor.start(service)
        yield Running(port, path, about, supervisor.pid(service.name))


@contextlib.contextmanager
def _ours(base: Path, about: str, *, postgres: bool = False, synchronous: str = "FULL") -> Iterator[Running]:
    port = free_ports().web
    with (
        ledgers.fresh(base, postgres=postgres, synchronous=synchronous) as place,
        Supervisor(logs=base, tell=print) as supervisor,
    ):
        serve(supervisor, place, port)
        yield Running(port, OURS_PATH, about, supervisor.pid("serve"), place)


Start = Callable[[Path], contextlib.AbstractContextManager[Running]]

TARGETS: dict[str, Start] = {
    "probot": lambda base: _anchor(base, anchors.probot, anchors.PROBOT_PATH),
    "fastapi": lambda base: _anchor(base, anchors.fastapi, OURS_PATH),
    "full": lambda base: _ours(base, "codex-bot, SQLite FULL"),
    "normal": lambda base: _ours(base, "codex-bot, SQLite NORMAL", synchronous="NORMAL"),
    "postgres": lambda base: _ours(base, "codex-bot, PostgreSQL", postgres=True),
}
