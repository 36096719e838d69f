"""The harness's end of the practice forge: makes requests to the bot, orders faults, looks at what became visible."""

import dataclasses
import itertools
import json
import re
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Self

import requests

from faults.forge_program import REPOSITORY

PROGRAM = Path(__file__).parent / "forge_program.py"
API = "/api/v3"


@dataclasses.dataclass(frozen=True, slots=True)
class Ask:
    """One request to the bot: a comment on an issue of its own. `text` tells the scripted command what to do."""

    owner: str
    number: int
    comment: int
    installation: int
    text: str

    @property
    def guid(self) -> str:
        return f"delivery-{self.comment}"

    @property
    def path(self) -> str:
        """The part of the API's paths that is about this request's issue alone."""
        return f"/repos/{self.owner}/{REPOSITORY}/issues/{self.number}"

    @property
    def branch(self) -> str:
        return f"codex/issue-{self.number}"


class ForgeProcess:
    """A practice forge of our own; a context manager."""

    def __init__(self, folder: Path, *, owners: int) -> None:
        self.folder = folder
        self.owners = [f"owner-{number}" for number in range(owners)]
        self._turns = itertools.cycle(self.owners)
        self._lock = threading.Lock()
        self._web = requests.Session()
        self._web.trust_env = False

    def __enter__(self) -> Self:
        self.folder.mkdir(parents=True, exist_ok=True)
        argv = [sys.executable, str(PROGRAM), str(self.folder), str(len(self.owners))]
        with (self.folder / "forge.log").open("ab") as log:
            self._process = subprocess.Popen(
                argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, text=True, start_new_session=True
            )
        self.url = str(self._read())
        return self

    def __exit__(self, *_error: object) -> None:
        self._web.close()
        self._process.kill()
        self._process.communicate()

    @property
    def key_file(self) -> Path:
        return self.folder / "app.pem"

    def ask(self, text: str, count: int, *, owner: str = "") -> list[Ask]:
        """Make requests, spread over the owners so that no installation's budget decides; or all by one."""
        owners = [owner or next(self._turns) for _ in range(count)]
        words = f"/codex implement {text}"
        found = [made for each in sorted(set(owners)) for made in self._order("ask", each, words, owners.count(each))]
        return [Ask(**made, text=text) for made in found]

    def _order(self, do: str, owner: str, text: str, count: int) -> list[dict[str, Any]]:
        made: list[dict[str, Any]] = self.order(do=do, owner=owner, text=text, count=count)
        return made

    def order(self, **order: Any) -> Any:
        """Send one order and return its answer."""
        with self._lock:
            assert self._process.stdin is not None
            self._process.stdin.write(json.dumps(order) + "\n")
            self._process.stdin.flush()
            return self._read()

    def _read(self) -> Any:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError(f"the forge ended: {(self.folder / 'forge.log').read_text()[-2000:]}")
        return json.loads(line)

    def fault(self, path: str, **order: Any) -> None:
        """Order a fault for an exact end of a path; see `infra/practice_forge/faults.py`."""
        document = {"match": re.escape(path) + "$", **order}
        self._web.post(f"{self.url}/_practice/faults", json=document, timeout=30).raise_for_status()

    def pending(self) -> Sequence[dict[str, Any]]:
        """Return the ordered faults that did not strike yet."""
        found: list[dict[str, Any]] = self._web.get(f"{self.url}/_practice/faults", timeout=30).json()
        return found

    def dump(self) -> dict[str, Any]:
        """Return everything that is visible, and the log of every write."""
        found: dict[str, Any] = self.order(do="dump")
        return found
