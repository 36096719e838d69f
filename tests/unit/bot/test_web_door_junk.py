"""Whatever comes to the door: never a failure of ours, and never a job that nobody who may be trusted asked for."""

import asyncio
import base64
import copy
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from standardwebhooks import Webhook
from stories.fresh_ledger import fresh_ledger

from bot.forges.github.hooks import GitHubHooks
from bot.forges.gitlab.hooks import GitLabHooks
from bot.ledger import Ledger
from bot.web.service import make_service

SECRET = "a secret of the test"
SIGNING = "whsec_" + base64.b64encode(b"s" * 32).decode()
HOOKS: Any = {"github": GitHubHooks(SECRET), "gitlab": GitLabHooks(f"{SIGNING} sesame")}
ANN = {"login": "ann", "id": 1, "type": "User"}
GITHUB: dict[str, Any] = {
    "action": "created",
    "issue": {"number": 7, "title": "Add is_even", "body": "Please.", "user": ANN, "state": "open"},
    "comment": {"id": 55, "body": "/codex implement", "user": ANN},
    "repository": {"name": "numberkit", "owner": ANN},
    "sender": ANN,
}
GITLAB: dict[str, Any] = {
    "object_kind": "note",
    "event_type": "note",
    "user": {"id": 4, "username": "ann"},
    "project": {"path_with_namespace": "ann/numberkit"},
    "object_attributes": {"id": 55, "note": "/codex implement", "author_id": 4, "system": False, "action": "create"},
    "issue": {"iid": 7, "title": "Add is_even", "description": "Please.", "state": "opened", "author_id": 4},
}
PAYLOADS = {"github": GITHUB, "gitlab": GITLAB}
JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


def _places(part: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    if path:
        yield path
    if isinstance(part, dict):
        for name, inner in part.items():
            yield from _places(inner, (*path, name))


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[str, bytes]:
    """Return a forge and a body: a real one with a few of its parts gone or made into something else."""
    forge = draw(st.sampled_from(sorted(PAYLOADS)))
    payload = copy.deepcopy(PAYLOADS[forge])
    for path in draw(st.lists(st.sampled_from(list(_places(PAYLOADS[forge]))), max_size=3)):
        part = payload
        for name in path[:-1]:
            part = part.get(name) if isinstance(part, dict) else None
        if isinstance(part, dict):
            if draw(st.booleans()):
                part.pop(path[-1], None)
            else:
                part[path[-1]] = draw(JUNK)
    body = json.dumps(payload).encode()
    return forge, draw(st.sampled_from([body, body, body, body[:-1], body[1:]]) | st.binary(max_size=40))


def _proof(forge: str, body: bytes, kind: str) -> dict[str, str]:
    """Return headers that prove a body, or that try to."""
    if kind == "none":
        return {}
    signed = body if kind == "right" else b"another " + body
    if forge == "github":
        return {"X-Hub-Signature-256": "sha256=" + hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()}
    moment = datetime.fromtimestamp(time.time(), UTC)
    signature = Webhook(SIGNING).sign("id-1", moment, signed.decode(errors="replace"))
    proof = {"webhook-id": "id-1", "webhook-timestamp": str(int(moment.timestamp())), "webhook-signature": signature}
    return proof if kind == "right" else {**proof, "X-Gitlab-Token": "sesame"}


class Door:
    """The service, and how many jobs stand in its ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger
        self.service: Any = make_service(ledger=ledger, hooks=HOOKS.get, hint=lambda _job: True)
        self.number = 0

    def knock(self, forge: str, body: bytes, proof: dict[str, str]) -> httpx2.Response:
        self.number += 1
        names = {"X-GitHub-Event": "issue_comment", "X-GitHub-Delivery": f"g-{self.number}"}
        headers = {**(names if forge == "github" else {"Idempotency-Key": f"g-{self.number}"}), **proof}

        async def asking() -> httpx2.Response:
            transport = httpx2.ASGITransport(self.service)
            async with httpx2.AsyncClient(transport=transport, base_url="http://door") as client:
                return await client.post(f"/webhooks/{forge}", content=body, headers=headers)

        return asyncio.run(asking())

    def jobs(self) -> int:
        return len(self.ledger.jobs(limit=10_000))


@pytest.fixture
def door(tmp_path: Path) -> Iterator[Door]:
    ledger = fresh_ledger(tmp_path)
    yield Door(ledger)
    ledger.close()


def _commands(forge: str, body: bytes) -> bool:
    payload = json.loads(body)
    said = payload["comment"]["body"] if forge == "github" else payload["object_attributes"]["note"]
    return str(said).lstrip().lower().startswith("/codex")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries())
def test_a_proven_delivery_is_taken_or_named_and_only_a_command_becomes_a_job(
    door: Door, delivery: tuple[str, bytes]
) -> None:
    forge, body = delivery
    before = door.jobs()
    answer = door.knock(forge, body, _proof(forge, body, "right"))
    assert answer.status_code in {200, 202, 400, 401}  # a GitLab body that is no text cannot be signed
    if door.jobs() > before:
        assert answer.status_code == 202
        assert _commands(forge, body)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(deliveries(), st.sampled_from(["none", "wrong"]))
def test_nothing_that_is_not_proven_becomes_a_job(door: Door, delivery: tuple[str, bytes], kind: str) -> None:
    forge, body = delivery
    assert door.knock(forge, body, _proof(forge, body, kind)).status_code == 401
    assert door.jobs() == 0


@pytest.mark.parametrize("forge", sorted(PAYLOADS))
def test_the_untouched_one_becomes_a_job(door: Door, forge: str) -> None:
    body = json.dumps(PAYLOADS[forge]).encode()
    assert door.knock(forge, body, _proof(forge, body, "right")).status_code == 202
    assert door.jobs() == 1
