"""Accounts, members and tokens as JSON."""

from datetime import datetime
from typing import Any

from infra.practice_forge.forge import Forge, digest
from infra.practice_forge.gitlab.access import LEVELS
from infra.practice_forge.gitlab.records import AccessToken
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.state import Account, Repository, Token


def stamp(time: datetime | None) -> str | None:
    """Return a time as GitLab writes it, in UTC to the millisecond; None stays None."""
    return f"{time:%Y-%m-%dT%H:%M:%S}.{time.microsecond // 1000:03}Z" if time else None


def person(forge: Forge, login: str) -> dict[str, Any]:
    """Return the short form of an account; one that is gone shows as GitLab's ghost."""
    who = forge.state.account(login) or Account(0, "ghost", "Ghost User")
    return {
        "id": who.id,
        "username": who.login,
        "name": who.name,
        "state": "active",
        "locked": False,
        "avatar_url": f"{forge.base_url}/static/mark.svg",
        "web_url": f"{forge.base_url}/{who.login}",
    }


def people(forge: Forge, logins: tuple[str, ...]) -> list[dict[str, Any]]:
    """Return several accounts."""
    return [person(forge, login) for login in logins]


def profile(forge: Forge, who: Account) -> dict[str, Any]:
    """Return the long form of an account, as `/user` shows one's own."""
    email = f"{who.id}-{who.login}@users.noreply.example.com"
    return person(forge, who.login) | {"bot": who.is_bot, "email": email, "commit_email": email, "is_admin": False}


def member(forge: Forge, repo: Repository, who: Account) -> dict[str, Any]:
    """Return an account as a member of a project."""
    return person(forge, who.login) | {"access_level": LEVELS[repo.role(who.login)], "expires_at": None}


def token(account: Account, record: Token) -> dict[str, Any]:
    """Return a token without its secret; only the date of its end is told."""
    return {
        "id": account.id,
        "name": f"{account.login} token",
        "revoked": False,
        "active": True,
        "scopes": list(record.scopes),
        "user_id": account.id,
        "expires_at": f"{record.expires_at:%Y-%m-%d}" if record.expires_at else None,
    }


def access_token(shelves: Shelves, made: AccessToken, account: Account, level: int) -> dict[str, Any]:
    """Return a project's or group's token without its secret."""
    record = shelves.state.tokens[digest(made.secret)]
    return token(account, record) | {"id": made.id, "name": made.name, "access_level": level}
