"""The forge itself: its memory, its repositories on disk, its App and its outgoing hooks, as one object."""

import dataclasses
import hashlib
import secrets
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Literal

from infra.practice_forge.faults import Faults
from infra.practice_forge.limits import Limits
from infra.practice_forge.repos import GitRepository
from infra.practice_forge.state import Account, Installation, Repository, State, Token
from infra.practice_forge.webhooks import Hookshot

EVERYTHING: Mapping[str, str] = {
    "metadata": "read",
    "contents": "write",
    "issues": "write",
    "pull_requests": "write",
    "checks": "write",
    "statuses": "write",
    "actions": "read",
}
Dialect = Literal["github", "gitlab"]
EVENTS = (
    *("issues", "issue_comment", "pull_request", "pull_request_review", "pull_request_review_comment"),
    *("pull_request_review_thread", "push", "check_run", "check_suite", "workflow_run"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class AppSpec:
    """The GitHub App that the bot acts as.

    `key_pem` is its private key, or only the public half, in PEM; the forge checks JWTs with it. An empty
    `webhook_url` sends no webhooks. `owner` is whose App it is, where somebody registered it here; only they may
    install one that is not `public`.
    """

    id: int = 4242
    client_id: str = "Iv23practice4242"
    slug: str = "codex-bot"
    key_pem: str = dataclasses.field(default="", repr=False)
    webhook_url: str = ""
    webhook_secret: str = dataclasses.field(default="", repr=False)
    permissions: Mapping[str, str] = dataclasses.field(default_factory=lambda: dict(EVERYTHING))
    events: Sequence[str] = EVENTS
    name: str = ""
    owner: str = ""
    public: bool = True

    @property
    def login(self) -> str:
        """Return the login of the App's bot account."""
        return f"{self.slug}[bot]"


class Forge:
    """What every request works on. `base_url` has no slash at its end and is known once the socket is bound."""

    def __init__(
        self,
        folder: Path,
        app: AppSpec,
        state: State,
        *,
        limits: Limits,
        hookshot: Hookshot | None = None,
        dialect: Dialect = "github",
    ) -> None:
        self.folder = folder
        self.app = app
        self.state = state
        self.dialect = dialect
        self.limits = limits
        self.faults = Faults()
        self.hookshot = hookshot or Hookshot(app.webhook_secret, hook_id=app.id, clock=state.clock)
        self.webhook_url = app.webhook_url
        self.registrations: dict[str, datetime] = {}  # a fresh App's code, by digest, and when it was made
        self.base_url = ""

    @property
    def api_url(self) -> str:
        """Return the root of the REST API, as a server of one's own has it."""
        return f"{self.base_url}/api/{'v4' if self.dialect == 'gitlab' else 'v3'}"

    def git(self, repo: Repository) -> GitRepository:
        """Return the git half of a repository."""
        return GitRepository(self.folder / "repositories" / repo.owner.lower() / f"{repo.name.lower()}.git")

    def bot(self) -> Account:
        """Return the App's bot account."""
        return self.state.accounts[self.app.login.lower()]

    def add_account(self, login: str, *, name: str = "", is_bot: bool = False, is_org: bool = False) -> Account:
        """Add a person, an organisation or a bot account."""
        account = Account(self.state.new_id(), login, name or login.capitalize(), is_bot, is_org)
        self.state.accounts[login.lower()] = account
        return account

    def install(self, owner: str, permissions: Mapping[str, str]) -> Installation:
        """Install the App on all repositories of `owner`; doing so again changes its permissions."""
        known = self.state.installation_of(owner)
        number = known.id if known else self.state.new_id()
        installation = Installation(number, owner, dict(permissions), self.state.now())
        self.state.installations[number] = installation
        return installation

    def suspend(self, installation: Installation, *, to: bool) -> None:
        """Take everything from an installation for a while, or give it back."""
        changed = dataclasses.replace(installation, suspended_at=self.state.now() if to else None)
        self.state.installations[installation.id] = changed

    def uninstall(self, installation: Installation) -> None:
        """Remove the App from an account: its tokens die at once."""
        self.state.installations.pop(installation.id, None)

    def replace_app(self, app: AppSpec) -> None:
        """Let another App take the place of the one that was here; the forge knows one at a time."""
        self.app = app
        self.webhook_url = app.webhook_url
        self.state.installations.clear()
        self.hookshot.sign_with(app.webhook_secret, hook_id=app.id)
        self.add_account(app.login, name=app.name or app.slug, is_bot=True)

    def lock_issue(self, repo: Repository, number: int) -> None:
        """Lock a conversation."""
        issue = self.state.issues[repo.id, number]
        self.state.keep_issue(dataclasses.replace(issue, locked=True))

    def new_token(self, token: Token, *, prefix: str) -> str:
        """Make a secret for `token` and return it; only its hash is kept."""
        secret = prefix + secrets.token_urlsafe(30)
        self.keep_token(secret, token)
        return secret

    def keep_token(self, secret: str, token: Token) -> None:
        """Remember a credential by its hash."""
        self.state.tokens[digest(secret)] = token


def digest(secret: str) -> str:
    """Return what the forge keeps of a secret."""
    return hashlib.sha256(secret.encode()).hexdigest()
