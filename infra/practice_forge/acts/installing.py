"""Putting the App on an account, taking it away, and telling it so."""

from collections.abc import Mapping

from infra.practice_forge.acts.announce import installation_changed
from infra.practice_forge.forge import Forge
from infra.practice_forge.state import Installation


def install(forge: Forge, owner: str, permissions: Mapping[str, str]) -> Installation:
    """Install the App on all repositories of an account, or accept there what it asks for by now."""
    known = forge.state.installation_of(owner)
    record = forge.install(owner, permissions)
    installation_changed(forge, record, "new_permissions_accepted" if known else "created")
    return record


def suspend(forge: Forge, record: Installation, *, to: bool) -> None:
    """Suspend an installation, or end that."""
    forge.suspend(record, to=to)
    installation_changed(forge, forge.state.installations[record.id], "suspend" if to else "unsuspend")


def uninstall(forge: Forge, record: Installation) -> None:
    """Remove the App from an account."""
    forge.uninstall(record)
    installation_changed(forge, record, "deleted")
