"""A GitLab world as tests and the demo hold it: tokens, hooks and events beyond what the API itself offers."""

import dataclasses
from collections.abc import Iterable
from datetime import datetime

from infra.practice_forge.forge import Forge
from infra.practice_forge.gitlab.acts.announce import announce
from infra.practice_forge.gitlab.acts.hooks import add_hook
from infra.practice_forge.gitlab.acts.samples import Run, job, pipeline
from infra.practice_forge.gitlab.desk import GitlabDesk
from infra.practice_forge.gitlab.dispatch import Api
from infra.practice_forge.gitlab.git import GitlabGate
from infra.practice_forge.gitlab.records import Hook
from infra.practice_forge.gitlab.sender import Sender
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.state import Account, Repository, Token

BOT = "codex-bot"
FULL_SCOPES = ("api", "write_repository")
USUAL_EVENTS = (
    *("note_events", "issues_events", "merge_requests_events", "push_events"),
    *("pipeline_events", "job_events"),
)


class World:
    """The GitLab half of a practice forge. Its methods may be called from any thread."""

    def __init__(self, forge: Forge, sender: Sender) -> None:
        self.shelves = Shelves(forge, sender)
        self.api = Api(self.shelves)
        self.gate = GitlabGate(self.shelves)
        self.desk = GitlabDesk(self.shelves)
        sender.instance = lambda: forge.base_url
        sender.find = self.shelves.hooks.get
        sender.keep = self._keep
        forge.add_account(BOT, name="Codex Bot", is_bot=True)

    @property
    def ignores_signing_token(self) -> bool:
        """Return whether this is a server where the flag of signing tokens is off: it drops them in silence."""
        return self.shelves.ignores_signing_token

    @ignores_signing_token.setter
    def ignores_signing_token(self, value: bool) -> None:
        self.shelves.ignores_signing_token = value

    @property
    def blocks_local_network(self) -> bool:
        """Return whether hooks to loopback and private addresses are refused, as they are on a fresh server."""
        return self.shelves.blocks_local_network

    @blocks_local_network.setter
    def blocks_local_network(self, value: bool) -> None:
        self.shelves.blocks_local_network = value

    @property
    def rate_limit(self) -> int | None:
        """Return how many requests a user has in a minute; None for as many as they like."""
        return self.shelves.rate_limit

    @rate_limit.setter
    def rate_limit(self, value: int | None) -> None:
        self.shelves.rate_limit = value

    def token(
        self,
        login: str,
        *,
        scopes: Iterable[str] = FULL_SCOPES,
        expires_at: datetime | None = None,
        secret: str = "",
    ) -> str:
        """Return a fresh token of somebody, or take `secret` as one."""
        token = Token(login, scopes=tuple(scopes), expires_at=expires_at)
        forge = self.shelves.forge
        with self.shelves.state.lock:
            if not secret:
                return forge.new_token(token, prefix="glpat-")
            forge.keep_token(secret, token)
            return secret

    def add_hook(
        self,
        repo: Repository,
        url: str,
        *,
        events: Iterable[str] = USUAL_EVENTS,
        token: str = "",
        signing_token: str = "",
    ) -> Hook:
        """Make a hook as a maintainer would."""
        with self.shelves.state.lock:
            now = self.shelves.state.now()
            wish = Hook(0, repo.id, url, "", now, events=frozenset(events), token=token, signing_token=signing_token)
            return add_hook(self.shelves, repo, wish)

    def pipeline(self, repo: Repository, *, ref: str = "", status: str = "failed", user: str = "ann") -> None:
        """Send the event of a pipeline that came to `status` on a branch (empty: the default one)."""
        with self.shelves.state.lock:
            payload = pipeline(self.shelves, repo, self._account(user), Run(ref, status))
            announce(self.shelves, repo, "pipeline_events", payload)

    def job(
        self, repo: Repository, *, ref: str = "", status: str = "failed", name: str = "test", user: str = "ann"
    ) -> None:
        """Send the event of a job that came to `status` on a branch (empty: the default one)."""
        with self.shelves.state.lock:
            payload = job(self.shelves, repo, self._account(user), Run(ref, status, name))
            announce(self.shelves, repo, "job_events", payload)

    def _account(self, login: str) -> Account:
        account = self.shelves.state.account(login)
        if account is None:
            raise LookupError(f"There is no account {login}.")
        return account

    def _keep(self, judged: Hook) -> None:
        """Remember what the sender counted; whatever else changed meanwhile stays."""
        with self.shelves.state.lock:
            hook = self.shelves.hooks.get(judged.id)
            if hook is not None:
                counted = dataclasses.replace(hook, failures=judged.failures, disabled_until=judged.disabled_until)
                self.shelves.hooks[hook.id] = counted
