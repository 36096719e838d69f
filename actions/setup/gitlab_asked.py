"""What the person asked `codex-bot setup gitlab` for, what an earlier set-up kept, and the settings that come of it."""

import contextlib
import dataclasses
import secrets
import shlex
from collections.abc import Sequence
from pathlib import Path

from actions.setup.asked import environment_text
from actions.setup.secret_files import SecretFolder
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.hooks import SIGNING_PREFIX
from bot.forges.gitlab.project_hooks import new_signing_token
from bot.settings import PREFIX, Settings

TOKEN_FILE, SECRET_FILE, ENVIRONMENT_FILE = "gitlab-token", "gitlab-webhook.secret", "gitlab.env"
LOOK_SECONDS = 15  # without a public URL looking is the only way in


@dataclasses.dataclass(frozen=True, slots=True)
class GitLabAsked:
    """The options. `token` is a maintainer's and is never kept, `bot_token` is empty where one shall be made.

    `group` is empty where the token shall be a project's; an empty `public_url` means that nothing reaches the bot.
    """

    settings: Settings
    public_url: str
    projects: Sequence[str]
    group: str
    folder: Path
    proves: bool
    seconds: int
    as_json: bool
    token: str = dataclasses.field(repr=False)
    bot_token: str = dataclasses.field(repr=False)

    @property
    def access(self) -> GitLabAccess:
        """Return how the maintainer reaches GitLab."""
        return GitLabAccess(self.settings.gitlab_url, self.token, self.ca_file)

    @property
    def ca_file(self) -> str:
        """Return the file of GitLab's certificates, or an empty string."""
        return str(self.settings.gitlab_ca_file.absolute()) if self.settings.gitlab_ca_file else ""

    @property
    def environment_file(self) -> Path:
        """Return the file that names the others."""
        return self.folder.absolute() / ENVIRONMENT_FILE

    def environment(self, login: str) -> dict[str, str]:
        """Return the settings that connect the bot; `login` is its account, empty as long as it is unknown."""
        folder = self.folder.absolute()
        named = {
            "GITLAB_URL": self.settings.gitlab_url,
            "GITLAB_CA_FILE": self.ca_file,
            "GITLAB_TOKEN_FILE": str(folder / TOKEN_FILE),
            "GITLAB_WEBHOOK_SECRET_FILE": str(folder / SECRET_FILE),
            "LOGIN": login,
            "PUBLIC_URL": self.public_url,
            "MISSED_SECONDS": "" if self.public_url else str(LOOK_SECONDS),
        }
        return {PREFIX + name: value for name, value in named.items() if value}


@dataclasses.dataclass(frozen=True, slots=True)
class Secrets:
    """What proves GitLab's deliveries: a signing token, and for servers that take none a secret token."""

    signing: str = dataclasses.field(repr=False)
    plain: str = dataclasses.field(repr=False)
    needs_plain: bool

    @property
    def text(self) -> str:
        """Return what the bot must know, one on a line."""
        return f"{self.signing}\n{self.plain}" if self.needs_plain else self.signing


class Kept:
    """The folder in which the secrets lie, those of an earlier set-up for the same GitLab among them."""

    def __init__(self, asked: GitLabAsked) -> None:
        """Raise `UserError` where something else is kept there, `SettingsError` where nothing can be written."""
        self._asked = asked
        self._folder = SecretFolder(asked.folder)
        is_ours = self._setting("GITLAB_URL") == asked.settings.gitlab_url
        self.public_url = self._setting("PUBLIC_URL")
        # What was kept for another server is neither written over nor shown to this one.
        self._folder.require_room(*(() if is_ours else (TOKEN_FILE, SECRET_FILE, ENVIRONMENT_FILE)))
        self.token = self._read(TOKEN_FILE)
        given = self._read(SECRET_FILE).split()
        signing = [secret for secret in given if secret.startswith(SIGNING_PREFIX)]
        plain = [secret for secret in given if not secret.startswith(SIGNING_PREFIX)]
        self.secrets = Secrets(
            (signing or [new_signing_token()])[0], (plain or [secrets.token_urlsafe(32)])[0], bool(plain)
        )

    def store(self, token: str, login: str) -> None:
        """Write the bot's token, what will prove deliveries, and the file that names both."""
        self.token = token
        environment = environment_text(self._asked.environment(login), "gitlab")
        self._folder.store({TOKEN_FILE: token, SECRET_FILE: self.secrets.text, ENVIRONMENT_FILE: environment})

    def store_plain(self) -> None:
        """Write that a secret token, too, proves deliveries."""
        self.secrets = dataclasses.replace(self.secrets, needs_plain=True)
        self._folder.store({SECRET_FILE: self.secrets.text})

    def _setting(self, wanted: str) -> str:
        for line in self._read(ENVIRONMENT_FILE).splitlines():
            name, _, value = line.partition("=")
            if name == f"{PREFIX}{wanted}":
                with contextlib.suppress(ValueError):
                    return "".join(shlex.split(value))
        return ""

    def _read(self, name: str) -> str:
        path = self._folder.path / name
        return path.read_text(encoding="utf-8", errors="replace").strip() if path.is_file() else ""
