"""Accounts, the App and its installations as JSON."""

from datetime import UTC, datetime
from typing import Any

from infra.practice_forge.forge import Forge
from infra.practice_forge.state import Account, Installation

SINCE = datetime(2026, 1, 1, tzinfo=UTC)  # when every account and App was made
LINKS = ("followers", "subscriptions", "repos", "received_events")


def stamp(time: Any) -> str | None:
    """Return a time as GitHub writes it, in UTC to the second; None stays None."""
    return time.strftime("%Y-%m-%dT%H:%M:%SZ") if time else None


def node_id(kind: str, number: int) -> str:
    """Return the opaque id of GraphQL, which only has to be there and differ."""
    return f"{kind}_practice{number}"


def account(forge: Forge, who: Account) -> dict[str, Any]:
    """Return the short form of an account, as it stands inside other documents."""
    url = f"{forge.api_url}/users/{who.login}"
    return {
        "login": who.login,
        "id": who.id,
        "node_id": node_id("BOT" if who.is_bot else "U", who.id),
        "avatar_url": f"{forge.base_url}/static/mark.svg",
        "gravatar_id": "",
        "url": url,
        "html_url": f"{forge.base_url}/{who.login}",
        **{f"{link}_url": f"{url}/{link}" for link in LINKS},
        "organizations_url": f"{url}/orgs",
        "following_url": f"{url}/following{{/other_user}}",
        "gists_url": f"{url}/gists{{/gist_id}}",
        "starred_url": f"{url}/starred{{/owner}}{{/repo}}",
        "events_url": f"{url}/events{{/privacy}}",
        "type": "Bot" if who.is_bot else "Organization" if who.is_org else "User",
        "user_view_type": "public",
        "site_admin": False,
    }


def person(forge: Forge, login: str) -> dict[str, Any]:
    """Return the short form of the account with this login; one that is gone shows as GitHub's ghost."""
    return account(forge, forge.state.account(login) or Account(0, "ghost", "Ghost"))


def profile(forge: Forge, who: Account) -> dict[str, Any]:
    """Return the long form of an account."""
    nothing = ("company", "bio", "email", "location", "hireable", "twitter_username")
    zeros = ("public_repos", "public_gists", "followers", "following")
    since = {"created_at": stamp(SINCE), "updated_at": stamp(SINCE)}
    return (
        account(forge, who) | {"name": who.name, "blog": ""} | since | dict.fromkeys(nothing) | dict.fromkeys(zeros, 0)
    )


def app(forge: Forge) -> dict[str, Any]:
    """Return the App."""
    spec = forge.app
    return {
        "id": spec.id,
        "client_id": spec.client_id,
        "slug": spec.slug,
        "node_id": node_id("A", spec.id),
        "owner": person(forge, spec.owner) if spec.owner else account(forge, forge.bot()),
        "name": spec.name or spec.slug.replace("-", " ").title(),
        "description": "",
        "external_url": forge.base_url,
        "html_url": f"{forge.base_url}/apps/{spec.slug}",
        "permissions": dict(spec.permissions),
        "events": list(spec.events),
        "created_at": stamp(SINCE),
        "updated_at": stamp(SINCE),
        "installations_count": len(forge.state.installations),
    }


def installation(forge: Forge, record: Installation) -> dict[str, Any]:
    """Return one installation."""
    url = f"{forge.api_url}/app/installations/{record.id}"
    return {
        "id": record.id,
        "account": person(forge, record.owner),
        "access_tokens_url": f"{url}/access_tokens",
        "repositories_url": f"{forge.api_url}/installation/repositories",
        "html_url": f"{forge.base_url}/settings/installations/{record.id}",
        "app_id": forge.app.id,
        "app_slug": forge.app.slug,
        "target_id": person(forge, record.owner)["id"],
        "target_type": person(forge, record.owner)["type"],
        "repository_selection": "all",
        "permissions": dict(record.permissions),
        "events": list(forge.app.events),
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.created_at),
        "suspended_at": stamp(record.suspended_at),
        "suspended_by": person(forge, record.owner) if record.suspended_at else None,
        "single_file_name": None,
        "has_multiple_single_files": False,
        "single_file_paths": [],
    }
