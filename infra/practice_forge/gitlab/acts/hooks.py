"""Making and changing hooks."""

import dataclasses
import ipaddress
import uuid
from http import HTTPStatus
from urllib.parse import urlsplit

from infra.practice_forge.gitlab.records import Hook
from infra.practice_forge.gitlab.refusals import Refusal, invalid_field
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.gitlab.signing import key_of
from infra.practice_forge.state import Repository

_BLOCKED = "Url is blocked: Requests to the local network are not allowed"


def _is_local(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return host == "localhost"


def add_hook(shelves: Shelves, repo: Repository, wish: Hook) -> Hook:
    """Put a new hook on its shelf."""
    hook = dataclasses.replace(wish, id=shelves.state.new_id(), uuid=str(uuid.uuid4()), created_at=shelves.state.now())
    return keep_hook(shelves, repo, hook)


def keep_hook(shelves: Shelves, repo: Repository, hook: Hook) -> Hook:
    """Check a new or changed hook and put it on its shelf.

    Addresses in the local network are allowed unless the world blocks them. A server where the flag is off drops
    signing tokens in silence.
    """
    url = urlsplit(hook.url)
    if url.scheme not in {"http", "https"} or not url.hostname:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "Invalid url given")
    if shelves.blocks_local_network and _is_local(url.hostname):
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, _BLOCKED, key="error")
    if shelves.ignores_signing_token:
        hook = dataclasses.replace(hook, signing_token="")
    if hook.signing_token and key_of(hook.signing_token) is None:
        raise invalid_field("signing_token", "must be whsec_ and the base64 of 32 bytes")
    shelves.hooks[hook.id] = dataclasses.replace(hook, repo_id=repo.id)
    return shelves.hooks[hook.id]
