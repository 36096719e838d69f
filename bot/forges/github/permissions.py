"""The one table of what the GitHub App may do and hears: manifest, doctor and mends all follow from it."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence

_RANK = {"": 0, "read": 1, "write": 2, "admin": 3}


@dataclasses.dataclass(frozen=True, slots=True)
class Need:
    """One permission of the App: its `level`, the events that GitHub sends only with it, and what is lost without.

    Names are GitHub's: https://docs.github.com/rest/authentication/permissions-required-for-github-apps
    """

    permission: str
    level: str
    events: Sequence[str]
    otherwise: str


# GitHub refuses a manifest whole when one event lacks its permission, or when `installation` or
# `installation_repositories` is listed: those two always come. Neither permissions nor events can be changed by its API
# later, and every change must be accepted by every owner; so what the bot is built to do is asked for at once.
NEEDS = (
    Need("metadata", "read", (), "no repository can be found"),
    Need("contents", "write", ("push",), "no code can be read and no branch made"),
    Need("issues", "write", ("issues", "issue_comment"), "no command is heard and no comment written"),
    Need(
        "pull_requests",
        "write",
        ("pull_request", "pull_request_review", "pull_request_review_comment"),
        "no pull request can be opened",
    ),
    Need("checks", "write", ("check_run", "check_suite"), "no check runs will be posted"),
    Need("statuses", "write", (), "no commit status will be posted"),
    Need("actions", "read", ("workflow_run",), "the logs of failed runs cannot be read"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Lack:
    """What somebody granted falls short of: `what` says so in one line, `otherwise` what follows from it."""

    permission: str
    what: str
    otherwise: str


def permissions() -> dict[str, str]:
    """Return the level of every permission, by its name."""
    return {need.permission: need.level for need in NEEDS}


def events() -> list[str]:
    """Return every event that the App subscribes to."""
    return [event for need in NEEDS for event in need.events]


def lacking_permissions(granted: Mapping[str, str], where: str) -> Iterator[Lack]:
    """Yield each permission that is granted at a lower level than needed; `where` is "on installation acme"."""
    for need in NEEDS:
        level = granted.get(need.permission, "")
        if _RANK.get(level, 0) < _RANK[need.level]:
            has = f'is "{level}"' if level else "is not granted"
            yield Lack(need.permission, f'{need.permission} {has} {where}, needs "{need.level}"', need.otherwise)


def lacking_events(heard: Sequence[str]) -> Iterator[Lack]:
    """Yield each permission's events that the App does not subscribe to."""
    for need in NEEDS:
        missing = [event for event in need.events if event not in heard]
        if missing:
            what = f"the App does not hear {', '.join(missing)}"
            yield Lack(need.permission, what, f"what happens there starts nothing (they come with {need.permission})")
