"""The end of every set-up: what to tell the bot, where the App is installed, and whether a first delivery came."""

import dataclasses
import shlex
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from actions.console import Exit, print_json, printable, say
from actions.setup.asked import ENVIRONMENT_FILE, Asked, show_settings
from actions.setup.browsing import show_link
from actions.setup.waiting import wait_for
from bot.errors import UserError
from bot.forges.github.app import Attempt, GitHubApp, Installed

_PING_SECONDS = 12.0
_MOST_NAMES = 5
_MOST_REPOSITORIES = 100
_MOST_DELIVERIES = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Connected:
    """An App whose key and secret are kept.

    `can_hear` says whether its deliveries have a way to this machine, `is_new` whether GitHub sends its ping by itself.
    """

    app: GitHubApp
    name: str
    slug: str
    html_url: str
    environment: Mapping[str, str]
    can_hear: bool
    is_new: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Home:
    """One account on which the App is installed, and the repositories that it sees there."""

    installed: Installed
    repositories: Sequence[str]
    total: int


def finish(connected: Connected, asked: Asked) -> int:
    """Print the settings, look at the first ping, wait for an installation; return the exit code."""
    if not asked.as_json:
        show_settings(connected.environment, _environment_file(asked))
    ping = _first_ping(connected) if connected.can_hear else None
    _tell_of_ping(ping, connected)
    homes = _installed(connected, asked)
    if asked.as_json:
        print_json(_document(connected, ping, homes))
    else:
        say(f"Done. Start it with:  set -a; . {shlex.quote(str(_environment_file(asked)))}; set +a; codex-bot up")
    return Exit.DONE


def _environment_file(asked: Asked) -> Path:
    return asked.folder.absolute() / ENVIRONMENT_FILE


def _first_ping(connected: Connected) -> Attempt | None:
    """Return what came of the hook's ping. One that failed, or went to an older address, is sent once more."""
    app = connected.app
    seconds = _PING_SECONDS if connected.is_new else 0.0
    ping = wait_for(lambda: _ping(app), what="GitHub's ping", seconds=seconds)
    if ping is None or (ping.went_well and connected.is_new):
        return ping
    app.deliver_again(ping.id)
    again = wait_for(lambda: _ping(app, after=ping.id), what="a second ping", seconds=_PING_SECONDS)
    return again or ping


def _ping(app: GitHubApp, after: int = 0) -> Attempt | None:
    pings = [attempt for attempt in app.deliveries(_MOST_DELIVERIES) if attempt.event == "ping"]
    return pings[0] if pings and pings[0].id != after else None


def _tell_of_ping(ping: Attempt | None, connected: Connected) -> None:
    if not connected.can_hear:
        say("No public URL: GitHub's deliveries fail, and `codex-bot sweep` fetches those every few seconds")
    elif ping is None:
        say("! GitHub has no ping to show; `codex-bot doctor` looks at the deliveries that follow")
    elif ping.went_well:
        say(f"✓ GitHub's ping came through ({ping.status_code})")
    else:
        reason = f"{printable(ping.status)} ({ping.status_code})"
        say(f"! GitHub's ping did not come through: {reason}; `codex-bot doctor` looks again")


def _installed(connected: Connected, asked: Asked) -> list[Home]:
    link = f"{connected.html_url}/installations/new"
    found = connected.app.installations()
    if not found:
        show_link("Install the App on the repositories that it shall work for", link, opens=asked.opens)
        waited = wait_for(
            lambda: connected.app.installations() or None, what="an installation", seconds=float(asked.seconds)
        )
        if waited is None:
            raise UserError(
                "The App is kept here, and installed nowhere yet.",
                mend=f"Open {link} and install it; `codex-bot doctor` says when that is done.",
            )
        found = waited
    homes = [_home(connected.app, installed) for installed in found]
    for home in homes:
        say(printable(_told(home)))
    return homes


def _home(app: GitHubApp, installed: Installed) -> Home:
    if installed.is_suspended:
        return Home(installed, (), 0)
    return Home(installed, *app.repositories(installed.id, _MOST_REPOSITORIES))


def _told(home: Home) -> str:
    where = f"on {home.installed.account}"
    if home.installed.is_suspended:
        return f"! suspended {where}: {home.installed.html_url}"
    if not home.total:
        return f"! installed {where}, and sees no repository: choose some at {home.installed.html_url}"
    names = ", ".join(home.repositories[:_MOST_NAMES]) + (", …" if home.total > _MOST_NAMES else "")
    return f"✓ installed {where}, sees {home.total} {'repository' if home.total == 1 else 'repositories'}: {names}"


def _document(connected: Connected, ping: Attempt | None, homes: Sequence[Home]) -> dict[str, Any]:
    return {
        "app": {"name": connected.name, "slug": connected.slug, "url": connected.html_url},
        "environment": dict(connected.environment),
        "ping": {"ok": ping.went_well, "status": ping.status, "status_code": ping.status_code} if ping else None,
        "installations": [
            {
                "id": home.installed.id,
                "account": home.installed.account,
                "suspended": home.installed.is_suspended,
                "repositories": list(home.repositories),
                "repositories_total": home.total,
            }
            for home in homes
        ],
    }
