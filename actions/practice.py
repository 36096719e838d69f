"""A whole practice set-up on loopback: forge, engine and service, with fresh secrets in a folder of its own."""

import dataclasses
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from actions.supervisor import Service, Supervisor
from actions.visits.github import GitHub
from actions.visits.gitlab import GitLab
from actions.visits.protocol import Place, Stage, Visitor
from tasks.outward import READY

STAGES: Mapping[str, Stage] = {"github": GitHub(), "gitlab": GitLab()}


@dataclasses.dataclass(frozen=True, slots=True)
class Ports:
    """Free ports on loopback, chosen before anything starts so that all parts can be told."""

    forge: int
    web: int
    engine: int


def free_ports() -> Ports:
    """Ask the system for three free ports; held open together so that they differ."""
    sockets = [socket.socket() for _ in range(3)]
    try:
        for listener in sockets:
            listener.bind(("127.0.0.1", 0))
        return Ports(*(listener.getsockname()[1] for listener in sockets))
    finally:
        for listener in sockets:
            listener.close()


class Practice:
    """Starts the parts one after the other; everything that they write lies below `folder`.

    `forge` is one of `STAGES`.
    """

    def __init__(
        self,
        folder: Path,
        supervisor: Supervisor,
        *,
        ports: Ports,
        forge: str = "github",
        settings: Mapping[str, str] | None = None,
    ) -> None:
        self.folder = folder
        self.forge_url = f"http://127.0.0.1:{ports.forge}"
        self.web_url = f"http://127.0.0.1:{ports.web}"
        self.engine_url = f"http://127.0.0.1:{ports.engine}"
        self._stage = STAGES[forge]
        self._place = Place(self.forge_url, self.web_url, folder / "secrets")
        self._ports = ports
        self._supervisor = supervisor
        self._settings = dict(settings or {})

    def start_forge(self) -> None:
        """Start the practice forge; it makes its secrets on first use."""
        self._place.secrets.mkdir(parents=True, exist_ok=True, mode=0o700)
        where = ("--port", str(self._ports.forge), "--data-dir", str(self.folder / "forge"))
        arguments = ["practice-forge", *where, *self._stage.arguments(self._place)]
        self._supervisor.start(Service("practice-forge", arguments, {}, f"{self.forge_url}/"))

    def start_engine(self, model: str | None) -> None:
        """Start the embedded engine and wait until the model is loaded."""
        arguments = ["engine", "--port", str(self._ports.engine), *(["--model", model] if model else [])]
        self._supervisor.start(Service("engine", arguments, {}, f"{self.engine_url}/health", ready_seconds=600.0))

    def start_bot(self) -> None:
        """Start web, worker and sweeper, connected to forge and engine; wait until jobs are taken."""
        environment = self.environment()
        self._supervisor.start(Service("web", ["serve"], environment, f"{self.web_url}/readyz"))
        self._supervisor.start(Service("worker", ["work"], environment))
        self._supervisor.start(Service("sweeper", ["sweep"], environment))
        log = self.folder / "logs" / "worker.log"
        # Not an error if it takes longer: the first job then waits for its worker, as any job would.
        wait_for(lambda: READY in log.read_text(errors="replace"), seconds=30, between=self._supervisor.keep_alive)

    def environment(self) -> dict[str, str]:
        """Return the settings that connect the service to this set-up."""
        return {
            "CODEX_BOT_DATA_DIR": str(self.folder / "bot"),
            "CODEX_BOT_WEB_PORT": str(self._ports.web),
            **self._stage.settings(self._place),
            "CODEX_BOT_MODEL_URL": self.engine_url,
            **self._settings,
        }

    def visitor(self) -> Visitor:
        """Return somebody who uses the practice forge through its API, as ann."""
        return self._stage.visitor(self._place)

    def issue_page(self, repo: str, issue: int) -> str:
        """Return the address of an issue in a browser."""
        return self._stage.issue_page(self._place, repo, issue)


def wait_for(found: Callable[[], bool], *, seconds: float, between: Callable[[], None]) -> bool:
    """Look every 0.25 s until `found` is true or the time is up; `between` runs after every look."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found():
            return True
        between()
        time.sleep(0.25)
    return False
