"""The one place that knows which forges there are; adding one is a folder beside `github` and an entry here.

What a forge's library and payloads need is loaded only for who listens or speaks to that forge: all of them together
take longer to load than most of our programs run.
"""

import dataclasses
import functools
import itertools
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from bot.errors import UserError
from bot.events import Event, Limit, Unwanted
from bot.forges.github.access import CONTENT_LIMITS, GitHubAccess
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.hearing import Hearing
from bot.forges.protocol import Forge, Hooks

CHATTY = ("github", "gitlab", "urllib3")  # loggers of the forges' libraries, which tell of every request
LISTENING_NEEDS = (
    "Set CODEX_BOT_GITHUB_WEBHOOK_SECRET_FILE or CODEX_BOT_GITLAB_WEBHOOK_SECRET_FILE to a file that holds the "
    "webhook's secret."
)

_EVERYBODY = Hearing()

Missed = Callable[[], Iterable[tuple[Event | Unwanted, bytes]]]


def _nothing() -> Iterable[tuple[Event | Unwanted, bytes]]:
    return ()


def _in_turn(*looks: Missed) -> Missed:
    return lambda: itertools.chain.from_iterable(look() for look in looks)


@dataclasses.dataclass(frozen=True, slots=True)
class Entry:
    """One forge: its listening half if a webhook secret is set, and how to get its speaking half.

    `limits` is how many calls that create content the forge takes from one installation, `missed` asks it for
    what deliveries said (and their bodies) that did not get through.
    """

    hooks: Hooks | None
    connect: Callable[[str], Forge]
    limits: Sequence[Limit] = ()
    missed: Missed = _nothing


class Forges:
    """All forges of one deployment, by name."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Mapping[str, Entry]) -> None:
        self._entries = dict(entries)

    def listening(self) -> tuple[str, ...]:
        """Return the names of the forges whose deliveries can be trusted."""
        return tuple(name for name, entry in self._entries.items() if entry.hooks is not None)

    def hooks(self, name: str) -> Hooks | None:
        """Return the listening half of a forge, or None when the forge or its secret is unknown."""
        entry = self._entries.get(name)
        return entry.hooks if entry else None

    def limits(self, name: str) -> Sequence[Limit]:
        """Return what a forge takes from one installation in calls that create content."""
        entry = self._entries.get(name)
        return entry.limits if entry else ()

    def missed(self) -> Mapping[str, Missed]:
        """Return, by forge, what asks it for the deliveries that did not get through since the last time."""
        return {name: entry.missed for name, entry in self._entries.items()}

    def connect(self, name: str, installation: str = "") -> Forge:
        """Return a new speaking half for one job; raises `UserError` when the forge or the way in is unknown."""
        entry = self._entries.get(name)
        if entry is None:
            raise UserError(f"There is no forge called {name!r}.", mend=f"Known: {', '.join(self._entries)}.")
        return entry.connect(installation)


def github_entry(
    access: GitHubAccess, webhook_secret: str, hearing: Hearing = _EVERYBODY, *, speaking: bool = True
) -> Entry:
    """Return the entry for GitHub; without a secret it only speaks, and with `speaking` off it need only listen."""
    entry = Entry(None, functools.partial(_connect_github, access), CONTENT_LIMITS)
    if webhook_secret:
        from bot.forges.github.hooks import GitHubHooks  # noqa: PLC0415  # see above

        entry = dataclasses.replace(entry, hooks=GitHubHooks(webhook_secret, hearing))
    if speaking and access.is_set_up:
        from bot.forges.github import adapter, missed  # noqa: PLC0415  # see above

        connect = functools.partial(adapter.GitHubForge, access)
        entry = dataclasses.replace(entry, connect=connect, missed=missed.MissedDeliveries(access, hearing))
    return entry


def _connect_github(access: GitHubAccess, installation: str) -> Forge:
    from bot.forges.github.adapter import GitHubForge  # noqa: PLC0415  # only for its word on what is not set up

    return GitHubForge(access, installation)


def gitlab_entry(
    access: GitLabAccess, webhook_secret: str, hearing: Hearing = _EVERYBODY, *, speaking: bool = True
) -> Entry:
    """Return the entry for GitLab; without a secret it only speaks, and with `speaking` off it need only listen."""
    entry = Entry(None, functools.partial(_connect_gitlab, access))
    if webhook_secret:
        from bot.forges.gitlab.hooks import GitLabHooks  # noqa: PLC0415  # see above

        entry = dataclasses.replace(entry, hooks=GitLabHooks(webhook_secret, hearing))
    if speaking and access.is_set_up:
        from bot.forges.gitlab import adapter, comments, missed  # noqa: PLC0415  # see above

        looks = _in_turn(missed.MissedDeliveries(access, hearing), comments.NewComments(access, hearing))
        entry = dataclasses.replace(entry, connect=lambda _installation: adapter.GitLabForge(access), missed=looks)
    return entry


def _connect_gitlab(access: GitLabAccess, _installation: str) -> Forge:
    from bot.forges.gitlab.adapter import GitLabForge  # noqa: PLC0415  # only for its word on what is not set up

    return GitLabForge(access)


class ForgeSettings(Protocol):
    """What the forges need of the settings; `bot.settings` has it."""

    @property
    def github_url(self) -> str:
        """Where people find GitHub in a browser."""
        ...

    @property
    def github_ca_file(self) -> Path | None:
        """Certificates to check an Enterprise Server's own against."""
        ...

    @property
    def github_app_id(self) -> str:
        """App id or client id, or empty."""
        ...

    @property
    def gitlab_url(self) -> str:
        """Where people find GitLab in a browser."""
        ...

    @property
    def gitlab_ca_file(self) -> Path | None:
        """Certificates to trust for GitLab."""
        ...

    @property
    def login(self) -> str:
        """The bot's own account, where the forge does not call it a bot."""
        ...

    @property
    def listed_bots(self) -> frozenset[int]:
        """Ids of the programs that may command the bot."""
        ...

    def secret(self, name: str) -> str:
        """Return the secret of a setting ("gitlab_token"), or an empty string."""
        ...

    def app_key(self) -> str:
        """Return the App's private key (PEM), or an empty string."""
        ...


def github_access(settings: ForgeSettings) -> GitHubAccess:
    """Return how the settings reach GitHub."""
    return GitHubAccess(
        web_url=settings.github_url,
        app_id=settings.github_app_id,
        private_key=settings.app_key(),
        token=settings.secret("github_token"),
        ca_file=str(settings.github_ca_file or ""),
    )


def gitlab_access(settings: ForgeSettings) -> GitLabAccess:
    """Return how the settings reach GitLab."""
    return GitLabAccess(
        web_url=settings.gitlab_url,
        token=settings.secret("gitlab_token"),
        ca_file=str(settings.gitlab_ca_file or ""),
    )


def make_forges(settings: ForgeSettings, *, speaking: bool = True) -> Forges:
    """Build the registry; an entrance calls this once, the door with `speaking` off."""
    hearing = Hearing(settings.login, settings.listed_bots)
    github, gitlab = (settings.secret(f"{name}_webhook_secret") for name in ("github", "gitlab"))
    return Forges(
        {
            "github": github_entry(github_access(settings), github, hearing, speaking=speaking),
            "gitlab": gitlab_entry(gitlab_access(settings), gitlab, hearing, speaking=speaking),
        }
    )
