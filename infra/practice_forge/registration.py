"""Apps made from a manifest: what GitHub lets pass, and the code that is good once, for an hour.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

import json
import re
import secrets
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

from infra.practice_forge.acts.announce import ping
from infra.practice_forge.app_keys import new_app_key
from infra.practice_forge.forge import AppSpec, Forge, digest

CODE_LIFE = timedelta(hours=1)
LONGEST_NAME = 34
LEVELS = frozenset({"read", "write", "admin"})
# GitHub has more of both; these are those that a bot of this kind could ask for.
PERMISSIONS = frozenset(
    {
        *("actions", "administration", "checks", "contents", "deployments", "environments", "issues", "members"),
        *("metadata", "organization_administration", "packages", "pages", "pull_requests", "repository_hooks"),
        *("secrets", "security_events", "single_file", "statuses", "vulnerability_alerts", "workflows"),
    }
)
EVENTS: Mapping[str, Sequence[str]] = {
    "actions": ("workflow_run", "workflow_job"),
    "checks": ("check_run", "check_suite"),
    "contents": ("commit_comment", "create", "delete", "fork", "push", "release"),
    "deployments": ("deployment", "deployment_status"),
    "issues": ("issues", "issue_comment", "label", "milestone"),
    "members": ("membership", "team"),
    "metadata": ("public", "repository", "star", "watch"),
    "organization_administration": ("organization",),
    "pull_requests": (
        *("pull_request", "pull_request_review", "pull_request_review_comment", "pull_request_review_thread"),
    ),
    "statuses": ("status",),
    "workflows": ("workflow_dispatch",),
}
NEEDED = {event: permission for permission, events in EVENTS.items() for event in events}


class Manifest:
    """A manifest as it was sent. `complaints` says, in GitHub's words, why it is refused."""

    def __init__(self, text: str) -> None:
        self._found: dict[str, Any] = {}
        self.complaints: list[str] = []
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, dict):
            self._found = found
            self.complaints = [*self._of_addresses(), *self._of_events()]
        else:
            self.complaints = ["Manifest is not valid JSON"]

    @property
    def name(self) -> str:
        """Return the wished name; the person may still change it."""
        return str(self._found.get("name") or "")

    @property
    def permissions(self) -> dict[str, str]:
        """Return the permissions; every App reads metadata."""
        return {"metadata": "read"} | {str(key): str(value) for key, value in self._object("default_permissions")}

    @property
    def events(self) -> list[str]:
        """Return the events that the App subscribes to."""
        return [str(event) for event in self._found.get("default_events") or []]

    @property
    def hook_url(self) -> str:
        """Return where the App's hook points; empty when it is off."""
        hook = dict(self._object("hook_attributes"))
        return str(hook.get("url") or "") if hook.get("active", True) else ""

    @property
    def redirect_url(self) -> str:
        """Return where the person goes with the code."""
        return str(self._found.get("redirect_url") or "")

    @property
    def public(self) -> bool:
        """Return whether others than the owner may install the App."""
        return self._found.get("public") is True

    def _object(self, name: str) -> list[tuple[Any, Any]]:
        value = self._found.get(name)
        return list(value.items()) if isinstance(value, dict) else []

    def _of_addresses(self) -> list[str]:
        hook = dict(self._object("hook_attributes"))
        complaints = [] if is_address(self._found.get("url")) else ["Url must be a valid URL"]
        if hook and not is_address(hook.get("url")):
            complaints.append("Hook url must be a valid URL")
        if "secret" in hook:
            complaints.append("Hook attributes: secret is not a permitted key.")
        if not is_address(self.redirect_url):
            complaints.append("Redirect url must be a valid URL")
        return complaints

    def _of_events(self) -> list[str]:
        strange = [event for event in self.events if event not in NEEDED]
        bare = [event for event in self.events if event in NEEDED and NEEDED[event] not in self.permissions]
        wrong = [name for name, level in self.permissions.items() if name not in PERMISSIONS or level not in LEVELS]
        complaints = [f"Default events unsupported: {', '.join(strange)}"] if strange else []
        if bare:
            complaints.append(f"Default events are not supported by permissions: {', '.join(bare)}")
        return [*complaints, *(f"Default permission records resource is not included in the list: {n}" for n in wrong)]


def is_address(value: object) -> bool:
    """Return whether something is an absolute web address."""
    parts = urlsplit(str(value or ""))
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def name_complaint(forge: Forge, name: str) -> str:
    """Return why an App cannot be called so; empty when it can."""
    if not name or len(name) > LONGEST_NAME:
        return f"Name must have 1 to {LONGEST_NAME} characters"
    taken = not slug_of(name) or f"{slug_of(name)}[bot]" in forge.state.accounts
    return "Name is already taken" if taken else ""


def slug_of(name: str) -> str:
    """Return the name as it stands in addresses."""
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")


def register(forge: Forge, manifest: Manifest, *, name: str, owner: str) -> str:
    """Make the App, send its hook the first ping, and return the code that buys its key."""
    number = forge.state.new_id()
    forge.replace_app(
        AppSpec(
            id=number,
            client_id=f"Iv23practice{number}",
            slug=slug_of(name),
            key_pem=new_app_key(),
            webhook_url=manifest.hook_url,
            webhook_secret=secrets.token_hex(20),
            permissions=manifest.permissions,
            events=manifest.events,
            name=name,
            owner=owner,
            public=manifest.public,
        )
    )
    ping(forge)
    code = secrets.token_hex(20)
    forge.registrations[digest(code)] = forge.state.now()
    return code


def redeem(forge: Forge, code: str) -> bool:
    """Return whether a code is good; it is not any more afterwards."""
    made = forge.registrations.pop(digest(code), None)
    return made is not None and forge.state.now() - made <= CODE_LIFE
