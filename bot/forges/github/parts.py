"""Builds events of the parts that GitHub's deliveries share."""

from bot.events import Account, Issue, Repo
from bot.forges.github.payloads import InstallationPart, IssuePart, RepositoryPart, User
from bot.forges.hearing import Hearing

_GHOST = "ghost"  # the account that GitHub shows where somebody deleted theirs


def account(user: User | None, hearing: Hearing) -> Account:
    """Return the account of a user; nobody is the ghost."""
    return hearing.account(user.login, user.id, is_bot=user.is_bot) if user else Account(_GHOST)


def issue(part: IssuePart, hearing: Hearing) -> Issue:
    """Return an issue or pull request."""
    return Issue(
        number=part.number,
        title=part.title,
        body=part.body or "",
        author=account(part.user, hearing),
        is_pull_request=part.pull_request is not None,
        is_open=part.state == "open",
    )


def repo(part: RepositoryPart) -> Repo:
    """Return the repository."""
    return Repo(part.owner.login, part.name)


def installation(part: InstallationPart | None) -> str:
    """Return what the adapter needs to act there; repository webhooks have none."""
    return str(part.id) if part else ""
