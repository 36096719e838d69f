"""A running service and somebody who uses it, for stories that are told from outside."""

import contextlib
import dataclasses
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from actions.practice import Practice, free_ports, wait_for
from actions.supervisor import Supervisor
from actions.visits.protocol import Visitor

KIT = {
    "numberkit.py": '"""Small number tools."""\n\n\ndef is_odd(number):\n    return number % 2 == 1\n',
    "test_numberkit.py": "from numberkit import is_odd\n\n\ndef test_odd():\n    assert is_odd(3)\n",
}
ISSUE = (
    "Add is_even",
    (
        "Add a function `is_even(number)` to `numberkit.py`. It returns True if the number is even.\n\n"
        "```python\nfrom numberkit import is_even\n\nassert is_even(2)\nassert not is_even(7)\n```\n"
    ),
)
# A dead worker's job is taken over sooner than in earnest, so that a test need not wait for it.
QUICK = {
    "CODEX_BOT_LEASE_SECONDS": "3",
    "CODEX_BOT_HEARTBEAT_SECONDS": "0.5",
    "CODEX_BOT_SWEEP_SECONDS": "1",
}


@dataclasses.dataclass(frozen=True)
class Scene:
    """A running set-up and somebody who uses it."""

    practice: Practice
    supervisor: Supervisor
    visitor: Visitor

    def wait(self, found: Callable[[], Any], what: str, seconds: float = 120.0) -> Any:
        """Wait until `found` returns something true, keeping the services alive; return that."""
        seen: list[Any] = []

        def look() -> bool:
            seen.append(found())
            return bool(seen[-1])

        if not wait_for(look, seconds=seconds, between=self.supervisor.keep_alive):
            logs = "\n".join(f"{log.name}: {log.read_text()[-1500:]}" for log in self.logs())
            pytest.fail(f"{what}: not within {seconds:.0f} s\n{logs}")
        return seen[-1]

    def logs(self) -> list[Path]:
        return sorted((self.practice.folder / "logs").glob("*.log"))

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """Look into the service's ledger."""
        with contextlib.closing(sqlite3.connect(self.practice.folder / "bot" / "ledger.db", timeout=10)) as connection:
            return connection.execute(sql).fetchall()

    def bot_comments(self, repo: str, issue: int) -> list[str]:
        return [comment for comment in self.visitor.comments(repo, issue) if "<!-- codex-bot:" in comment]


@contextlib.contextmanager
def play(folder: Path, settings: Mapping[str, str]) -> Iterator[Scene]:
    """Run the whole set-up below `folder` with the quick settings and these."""
    logs = folder / "logs"
    logs.mkdir()
    with Supervisor(logs=logs, tell=print) as supervisor:
        practice = Practice(folder, supervisor, ports=free_ports(), settings={**QUICK, **settings})
        practice.start_forge()
        practice.start_engine(None)
        practice.start_bot()
        yield Scene(practice, supervisor, practice.visitor())
