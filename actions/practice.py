"""A whole practice set-up on loopback: forge, engine and service, with fresh secrets in a folder of its own."""

import dataclasses
import socket
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import requests

from actions.supervisor import Service, Supervisor
from tasks.worker import READY

APP_ID = "4242"  # the practice forge's one App


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
    """Starts the parts one after the other; everything that they write lies below `folder`."""

    def __init__(
        self, folder: Path, supervisor: Supervisor, *, ports: Ports, settings: Mapping[str, str] | None = None
    ) -> None:
        self.folder = folder
        self.forge_url = f"http://127.0.0.1:{ports.forge}"
        self.web_url = f"http://127.0.0.1:{ports.web}"
        self.engine_url = f"http://127.0.0.1:{ports.engine}"
        self._ports = ports
        self._supervisor = supervisor
        self._settings = dict(settings or {})

    def start_forge(self) -> None:
        """Start the practice forge; it makes its secrets on first use."""
        arguments = [
            *("practice-forge", "--port", str(self._ports.forge), "--data-dir", str(self.folder / "forge")),
            *("--webhook-url", f"{self.web_url}/webhooks/github", "--secret-file", str(self._secret("webhook"))),
            *("--app-key-file", str(self._secret("app.pem")), "--owner-token-file", str(self._secret("ann"))),
        ]
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
            "CODEX_BOT_GITHUB_URL": self.forge_url,
            "CODEX_BOT_GITHUB_APP_ID": APP_ID,
            "CODEX_BOT_GITHUB_APP_KEY_FILE": str(self._secret("app.pem")),
            "CODEX_BOT_GITHUB_WEBHOOK_SECRET_FILE": str(self._secret("webhook")),
            "CODEX_BOT_MODEL_URL": self.engine_url,
            **self._settings,
        }

    def visitor(self) -> "Visitor":
        """Return somebody who uses the practice forge through its API, as ann."""
        return Visitor(self.forge_url, self._secret("ann").read_text().strip())

    def _secret(self, name: str) -> Path:
        folder = self.folder / "secrets"
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        return folder / name


class Visitor:
    """A person at the forge: makes repositories, writes issues and comments, looks at what came of it."""

    def __init__(self, forge_url: str, token: str) -> None:
        self._api = f"{forge_url}/api/v3"
        self._session = requests.Session()
        self._session.trust_env = False  # loopback only: no proxy, no .netrc
        self._session.headers["Authorization"] = f"Bearer {token}"

    def make_repository(self, name: str, files: Mapping[str, str]) -> str:
        """Make a repository with one commit; return its `owner/name`."""
        repo = self._post("/user/repos", {"name": name, "auto_init": True})
        path, branch = repo["full_name"], repo["default_branch"]
        head = self.get(f"/repos/{path}/git/ref/heads/{branch}")["object"]["sha"]
        entries = [{"path": file, "mode": "100644", "type": "blob", "content": text} for file, text in files.items()]
        tree = self._post(f"/repos/{path}/git/trees", {"tree": entries})
        commit = {"message": "Add the first files", "tree": tree["sha"], "parents": [head]}
        sha = self._post(f"/repos/{path}/git/commits", commit)["sha"]
        self._send("PATCH", f"/repos/{path}/git/refs/heads/{branch}", {"sha": sha})
        return str(path)

    def open_issue(self, repo: str, title: str, body: str) -> int:
        """Open an issue; return its number."""
        return int(self._post(f"/repos/{repo}/issues", {"title": title, "body": body})["number"])

    def comment(self, repo: str, number: int, body: str) -> int:
        """Write a comment; return its id."""
        return int(self._post(f"/repos/{repo}/issues/{number}/comments", {"body": body})["id"])

    def comments(self, repo: str, number: int) -> list[dict[str, object]]:
        """Return the comments of an issue, the oldest first."""
        return list(self.get(f"/repos/{repo}/issues/{number}/comments"))

    def pull_requests(self, repo: str) -> list[dict[str, object]]:
        """Return the open pull requests."""
        return list(self.get(f"/repos/{repo}/pulls"))

    def diff(self, repo: str, number: int) -> str:
        """Return the diff of a pull request."""
        return self._send("GET", f"/repos/{repo}/pulls/{number}", None, accept="application/vnd.github.diff").text

    def get(self, path: str) -> Any:
        """Read something of the API."""
        return self._send("GET", path, None).json()

    def _post(self, path: str, document: Mapping[str, object]) -> Any:
        return self._send("POST", path, document).json()

    def _send(
        self, method: str, path: str, document: Mapping[str, object] | None, accept: str = "application/json"
    ) -> requests.Response:
        answer = self._session.request(method, self._api + path, json=document, headers={"Accept": accept}, timeout=30)
        answer.raise_for_status()
        return answer


def wait_for(found: Callable[[], bool], *, seconds: float, between: Callable[[], None]) -> bool:
    """Look every 0.25 s until `found` is true or the time is up; `between` runs after every look."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if found():
            return True
        between()
        time.sleep(0.25)
    return False
