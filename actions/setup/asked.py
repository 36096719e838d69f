"""What the person asked `codex-bot setup github` for, and the settings that come of it."""

import dataclasses
import shlex
from collections.abc import Mapping
from pathlib import Path

import click

from actions.console import say
from bot.settings import PREFIX, Settings

KEY_FILE, SECRET_FILE, ENVIRONMENT_FILE = "github-app.pem", "github-webhook.secret", "github.env"
_MISSED_SECONDS = 15  # without a public URL fetching is the only way in


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """The options. `folder` is where secrets go; an empty `public_url` means that nothing reaches the bot."""

    settings: Settings
    public_url: str
    org: str
    name: str
    public: bool
    folder: Path
    proves: bool
    opens: bool
    page_port: int
    seconds: int
    as_json: bool

    @property
    def web_url(self) -> str:
        """Return GitHub's address."""
        return self.settings.github_url

    @property
    def ca_file(self) -> str:
        """Return the file of GitHub's certificates, or an empty string."""
        return str(self.settings.github_ca_file.absolute()) if self.settings.github_ca_file else ""

    def environment(self, app_id: str, key: Path) -> dict[str, str]:
        """Return the settings that connect the bot to an App whose key lies in a file."""
        way_in = ("PUBLIC_URL", self.public_url) if self.public_url else ("MISSED_SECONDS", str(_MISSED_SECONDS))
        named = {
            "GITHUB_URL": self.web_url,
            "GITHUB_CA_FILE": self.ca_file,
            "GITHUB_APP_ID": app_id,
            "GITHUB_APP_KEY_FILE": str(key),
            "GITHUB_WEBHOOK_SECRET_FILE": str(self.folder.absolute() / SECRET_FILE),
            way_in[0]: way_in[1],
        }
        return {PREFIX + name: value for name, value in named.items() if value}


def show_settings(environment: Mapping[str, str], file: Path) -> None:
    """Print the settings on stdout as a shell takes them, and say which file holds them."""
    for name, value in environment.items():
        click.echo(f"export {name}={shlex.quote(value)}")
    say(f"These settings also stand in {file}")


def environment_text(environment: Mapping[str, str], forge: str = "github") -> str:
    """Return the text of the file for `set -a; . FILE`; it names files and holds no secret."""
    lines = [f"{name}={shlex.quote(value)}" for name, value in environment.items()]
    return "\n".join([f"# By `codex-bot setup {forge}`: where its secrets lie, and none of them.", *lines, ""])
