"""The one table of what the bot needs of GitLab: its token's scopes, its role, and what its webhooks tell."""

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from typing import Any

# https://docs.gitlab.com/api/access_requests/#valid-access-levels
ROLES = {5: "Minimal", 10: "Guest", 15: "Planner", 20: "Reporter", 30: "Developer", 40: "Maintainer", 50: "Owner"}
DEVELOPER, MAINTAINER, OWNER = 30, 40, 50

SCOPES = {
    "api": "nothing can be read or written",
    "write_repository": "no code can be read and no branch pushed",
}


@dataclasses.dataclass(frozen=True, slots=True)
class Told:
    """One kind of event that our hooks tell; without it `otherwise` follows, a failure where it is `vital`."""

    flag: str
    otherwise: str
    vital: bool = False


TOLD = (
    Told("note_events", "no command in a comment is heard", vital=True),
    Told("issues_events", "labels and assignments start nothing", vital=True),
    Told("merge_requests_events", "nothing starts with a merge request"),
    Told("pipeline_events", "nothing starts with a failed pipeline"),
    Told("push_events", "no push to the default branch is heard"),
    Told("resource_access_token_events", "GitLab does not announce that the bot's token ends"),
)
# GitLab turns on pushes alone, but what was on in a hook stays on: so what we do not want is refused by name.
CONFIDENTIAL = ("confidential_issues_events", "confidential_note_events")
_UNWANTED = (
    *CONFIDENTIAL,
    *("tag_push_events", "job_events", "wiki_page_events", "deployment_events", "releases_events"),
    *("feature_flag_events", "milestone_events", "emoji_events"),
)


@dataclasses.dataclass(frozen=True, slots=True)
class Lack:
    """What somebody granted falls short of: `what` says so in one line, `otherwise` what follows from it."""

    what: str
    otherwise: str
    vital: bool = True


def flags() -> dict[str, bool]:
    """Return every flag of our hooks, those that are off too."""
    return {told.flag: True for told in TOLD} | dict.fromkeys(_UNWANTED, False)


def role(level: int) -> str:
    """Return the name of an access level."""
    return ROLES.get(level, f"level {level}" if level else "no role")


def lacking_scopes(granted: Collection[str]) -> Iterator[Lack]:
    """Yield each scope that the bot's token lacks."""
    for scope, otherwise in SCOPES.items():
        if scope not in granted:
            yield Lack(f"the token lacks the scope {scope}", otherwise)


def lacking_role(level: int, where: str) -> Iterator[Lack]:
    """Yield what is wrong with the bot's access level in a project."""
    if level < DEVELOPER:
        yield Lack(f"the bot is {role(level)} in {where}, needs Developer", "no branch and no merge request is made")


def lacking_flags(hook: Mapping[str, Any]) -> Iterator[Lack]:
    """Yield each kind of event that a hook (flags by name) does not tell."""
    for told in TOLD:
        if not hook.get(told.flag):
            yield Lack(f"does not tell {told.flag}", told.otherwise, told.vital)
