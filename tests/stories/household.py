"""A real repository with rules of its own at a forge in memory, people who ask, and one worker slot."""

import dataclasses
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fakes.events import command_event, issue
from fakes.forge import FakeForge
from fakes.hands import FakeModel, hands

from bot.events import Event, PullRequest
from bot.intake import take_in
from bot.ledger import Job
from bot.repo_config import FILE
from stories.fresh_ledger import fresh_ledger
from tasks.commands.registry import discover
from tasks.commands.work import Options
from tasks.running import Runner
from tasks.sandbox import Sandbox, SelfTest

KIT = "def one():\n    return 1\n"
FILES = {
    "src/kit.py": KIT,
    "src/other.py": "# kit: one\nx = 1\n",
    "web/kit.js": "// kit one\n",
    "README.md": "kit one\n",
}
ASKED = "`one` in `src/kit.py` must return 3."


def edit(path: str, search: str = "    return 1", replace: str = "    return 3") -> str:
    return f"{path}\n```\n<<<<<<< SEARCH\n{search}\n=======\n{replace}\n>>>>>>> REPLACE\n```\n"


class Household:
    """`model` answers; `options`, `sandbox` and `proven` are those of the worker."""

    def __init__(self, folder: Path) -> None:
        self.repository = folder / "kit"
        subprocess.run(["git", "init", "-q", "-b", "main", str(self.repository)], check=True)
        self.event = command_event(asked=issue("Change one", ASKED))
        self.forge = FakeForge(self.event.issue, self.repository, branches={})
        self.ledger = fresh_ledger(folder)
        self.model = FakeModel(edit("src/kit.py"))
        self.options = Options(samples=1)
        self.sandbox: Sandbox | None = None
        self.proven: SelfTest | None = None
        self._asked = 0
        self.push(FILES)

    def push(self, files: Mapping[str, str], branch: str = "main") -> str:
        """Commit files to a branch, which is made if it is not there."""
        self._git("checkout", "-q", *([] if branch in self.forge.branches else ["-B"]), branch)
        for path, text in files.items():
            (self.repository / path).parent.mkdir(parents=True, exist_ok=True)
            (self.repository / path).write_text(text)
        self._git("add", "-A")
        self._git("commit", "-q", "--allow-empty", "-m", "one more")
        self.forge.branches[branch] = self._git("rev-parse", "HEAD")
        self._git("checkout", "-q", "main")
        return self.forge.branches[branch]

    def configure(self, text: str) -> None:
        """Put a `.codex.toml` on the default branch."""
        self.push({FILE: text})

    def _git(self, *args: str) -> str:
        who = ["-c", "user.name=ann", "-c", "user.email=ann@localhost"]
        done = subprocess.run(["git", "-C", self.repository, *who, *args], check=True, capture_output=True, text=True)
        return done.stdout.strip()

    def ask(self, text: str = "/codex implement", *, by: str = "ann", **event: Any) -> Job:
        """Comment, and let the worker do what is asked."""
        return self.run(self.take_in(text, by=by, **event))

    def take_in(self, text: str, *, by: str = "ann", **changes: Any) -> int:
        self._asked += 1
        asked = command_event(text, guid=f"g-{self._asked}", comment=str(100 + self._asked), by=by)
        event: Event = dataclasses.replace(asked, issue=self.event.issue, **changes)
        return take_in(self.ledger, event, b"").job_id or 0

    def run(self, job_id: int) -> Job:
        runner = Runner(
            ledger=self.ledger,
            connect=lambda _name, _installation: self.forge,
            hands=dataclasses.replace(
                hands(self.model, sandbox=self.sandbox, proven=self.proven), options=self.options
            ),
            commands=discover(),
            worker="w",
        )
        runner.run(job_id)
        job = self.ledger.job(job_id)
        assert job is not None
        return job

    def open_pull_request(self, branch: str) -> None:
        """Let a pull request of ours from a branch be open already."""
        self.forge.pulls.append(PullRequest(50, f"http://forge/{branch}", branch, "main", is_draft=False))

    @property
    def said(self) -> list[str]:
        """Return every comment without its marker."""
        return [body.rpartition("\n\n<!--")[0] for body in self.forge.comments.values()]

    @property
    def proposed(self) -> dict[str, str]:
        """Return the files of the one commit that the bot made."""
        (changes,) = self.forge.changes.values()
        return {change.path: (change.content or b"").decode() for change in changes}

    @property
    def shown(self) -> str:
        """Return all that the model was given."""
        return "\n".join(message.content for messages in self.model.asked for message in messages)


@contextmanager
def a_household(folder: Path) -> Iterator[Household]:
    made = Household(folder)
    yield made
    made.ledger.close()
