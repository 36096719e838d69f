"""Telling the App: every event becomes one webhook, with the fields that real ones have."""

from collections.abc import Mapping
from typing import Any

from infra.practice_forge.forge import Forge
from infra.practice_forge.shapes.people import account, app, installation, node_id
from infra.practice_forge.shapes.repositories import api, repository
from infra.practice_forge.state import Account, Installation, Repository


def announce(forge: Forge, repo: Repository, sender: Account, event: str, payload: Mapping[str, Any]) -> None:
    """Send one event of a repository, if the App is installed there, subscribed, and has an address."""
    record = forge.state.installation_of(repo.owner)
    if record is None or record.suspended_at or not forge.webhook_url or event not in forge.app.events:
        return
    envelope = {
        "repository": repository(forge, repo),
        "sender": account(forge, sender),
        "installation": {"id": record.id, "node_id": node_id("IN", record.id)},
    }
    forge.hookshot.send(
        event,
        dict(payload) | envelope,
        url=forge.webhook_url,
        installation_id=record.id,
        repository_id=repo.id,
    )


def ping(forge: Forge) -> None:
    """Send the ping that GitHub sends when a hook is made."""
    if not forge.webhook_url:
        return
    config = {"url": forge.webhook_url, "content_type": "json", "insecure_ssl": "0", "secret": "********"}
    hook = {
        "type": "App",
        "id": forge.app.id,
        "app_id": forge.app.id,
        "name": "web",
        "active": True,
        "events": list(forge.app.events),
        "config": config,
        "deliveries_url": f"{forge.api_url}/app/hook/deliveries",
    }
    payload = {"zen": "Practice makes the pull request.", "hook_id": forge.app.id, "hook": hook}
    forge.hookshot.send("ping", payload, url=forge.webhook_url)


def installation_changed(forge: Forge, record: Installation, action: str) -> None:
    """Send what became of an installation, such as `created` or `suspend`: `installation` cannot be unsubscribed."""
    owner = forge.state.account(record.owner)
    if owner is None or not forge.webhook_url:
        return
    names = [repo for repo in forge.state.repositories.values() if repo.owner == owner.login]
    payload = {
        "action": action,
        "installation": installation(forge, record) | {"app": app(forge)},
        "repositories": [
            {"id": repo.id, "node_id": node_id("R", repo.id), "name": repo.name, "full_name": repo.path}
            | {"private": repo.private, "url": api(forge, repo)}
            for repo in names
        ],
        "requester": None,
        "sender": account(forge, owner),
    }
    forge.hookshot.send("installation", payload, url=forge.webhook_url, installation_id=record.id)
