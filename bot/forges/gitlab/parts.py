"""Builds events of the parts that GitLab's deliveries share."""

import re

from bot.events import Account, Issue, Repo
from bot.forges.gitlab.payloads import IssuePart, User
from bot.forges.hearing import Hearing

# Projects' and groups' access tokens speak through accounts that are called so:
# https://docs.gitlab.com/user/project/settings/project_access_tokens/#bot-users-for-projects
_BOT = re.compile(r"(project|group)_\d+_bot(_[0-9a-z]+|\d+)?")
_UNKNOWN = "unknown"  # GitLab tells of most authors by number alone


def is_bot(login: str) -> bool:
    """Return whether the account belongs to a project's or group's access token."""
    return _BOT.fullmatch(login) is not None


def account(user: User, hearing: Hearing) -> Account:
    """Return the account of a user."""
    return hearing.account(user.username, user.id, is_bot=is_bot(user.username))


def repo(path: str) -> Repo:
    """Return the project; its owner may be a group of groups."""
    owner, _, name = path.rpartition("/")
    return Repo(owner, name)


def issue(part: IssuePart, user: User, hearing: Hearing, *, is_pull_request: bool) -> Issue:
    """Return an issue or merge request; its author is known only if it is the one who acts."""
    wrote_it = part.author_id is not None and part.author_id == user.id
    return Issue(
        number=part.iid,
        title=part.title,
        body=part.description or "",
        author=account(user, hearing) if wrote_it else Account(_UNKNOWN),
        is_pull_request=is_pull_request,
        is_open=part.state == "opened",
    )
