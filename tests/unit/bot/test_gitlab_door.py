"""What GitLab's groups, its whole instance and people's emoji say at the door: read or passed over, never refused.

A hook that is refused four times in a row is switched off by GitLab, so what is merely not wanted is answered 200.
Payloads: https://docs.gitlab.com/user/project/integrations/webhook_events/ and
https://docs.gitlab.com/administration/system_hooks/
"""

import asyncio
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from stories.fresh_ledger import fresh_ledger

from bot.forges.gitlab.hooks import GitLabHooks
from bot.ledger import Ledger
from bot.web.service import make_service

TOKEN = "sesame"
MADE = "2026-11-26T10:00:00Z"
BOB = {"id": 4, "name": "Bob", "username": "bob", "email": "[REDACTED]"}
PROJECT = {"id": 9, "name": "sums", "path_with_namespace": "acme/team/sums"}
ISSUE = {"id": 90, "iid": 7, "title": "add() subtracts", "description": "It does.", "state": "opened", "author_id": 3}
NOTE = {"id": 99, "note": "/codex implement", "noteable_type": "Issue", "author_id": 4, "system": False}
COMMENT = {
    "object_kind": "note",
    "event_type": "note",
    "user": BOB,
    "project": PROJECT,
    "object_attributes": {**NOTE, "action": "create"},
    "issue": ISSUE,
}
GROUP = {"group_name": "team", "group_path": "team", "group_id": 12}
IN_GROUP = {
    "member": {
        **GROUP,
        "event_name": "user_add_to_group",
        "created_at": MADE,
        "user_name": "Bob",
        "user_username": "bob",
        "user_id": 4,
        "group_access": "Developer",
        "expires_at": None,
    },
    "subgroup": {
        "event_name": "subgroup_create",
        "created_at": MADE,
        "name": "sub",
        "path": "sub",
        "full_path": "team/sub",
        "group_id": 13,
        "parent_group_id": 12,
    },
    "project": {
        "event_name": "project_create",
        "name": "sums",
        "path_with_namespace": "acme/team/sums",
        "project_id": 9,
    },
}
IN_INSTANCE = {
    "user": {"event_name": "user_create", "created_at": MADE, "name": "Bob", "username": "bob", "user_id": 4},
    "key": {"event_name": "key_create", "created_at": MADE, "username": "bob", "id": 4, "key": "ssh-ed25519 AAAA"},
    "push": {"event_name": "push", "before": "0" * 40, "after": "1" * 40, "ref": "refs/heads/main", "project": PROJECT},
    "refs": {"event_name": "repository_update", "user_id": 4, "project_id": 9, "project": PROJECT, "changes": []},
}
EMOJI = {
    "object_kind": "emoji",
    "event_type": "award",
    "user": BOB,
    "project_id": 9,
    "project": PROJECT,
    "object_attributes": {
        "user_id": 4,
        "created_at": "2026-11-26 10:00:00 UTC",
        "id": 1,
        "name": "thumbsup",
        "awardable_type": "Note",
        "awardable_id": 99,
        "action": "award",
        "awarded_on_url": "http://gitlab.example/acme/team/sums/-/issues/7#note_99",
    },
    "note": NOTE,
    "issue": ISSUE,
}
REQUEST = {
    "object_kind": "merge_request",
    "event_type": "merge_request",
    "user": BOB,
    "project": PROJECT,
    "object_attributes": {**ISSUE, "iid": 8, "action": "open", "last_commit": {"id": "1" * 40}, "updated_at": MADE},
}
Knock = Callable[..., httpx2.Response]


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = fresh_ledger(tmp_path)
    yield opened
    opened.close()


@pytest.fixture
def knock(ledger: Ledger) -> Knock:
    hooks = {"gitlab": GitLabHooks(TOKEN)}
    service: Any = make_service(ledger=ledger, hooks=hooks.get, hint=lambda _job: True)

    def knocking(payload: Any, event: str, *, token: str = TOKEN, guid: str = "id-1") -> httpx2.Response:
        headers = {"X-Gitlab-Event": event, "X-Gitlab-Token": token, "Idempotency-Key": guid}

        async def asking() -> httpx2.Response:
            transport = httpx2.ASGITransport(service)
            async with httpx2.AsyncClient(transport=transport, base_url="http://door") as client:
                return await client.post("/webhooks/gitlab", content=json.dumps(payload), headers=headers)

        return asyncio.run(asking())

    return knocking


UNWANTED = (
    *((payload, "Member Hook", payload["event_name"]) for payload in IN_GROUP.values()),
    *((payload, "System Hook", payload["event_name"]) for payload in (*IN_INSTANCE.values(), *IN_GROUP.values())),
    (EMOJI, "Emoji Hook", "emoji"),
    ({**EMOJI, "event_type": "revoke"}, "Emoji Hook", "emoji"),
)


@pytest.mark.parametrize(("payload", "event", "name"), UNWANTED)
def test_what_groups_instances_and_emoji_tell_is_passed_over_by_name(
    knock: Knock, ledger: Ledger, payload: Any, event: str, name: str
) -> None:
    answer = knock(payload, event)
    assert (answer.status_code, answer.json()["status"]) == (200, "ignored")
    assert answer.json()["reason"] == f"{name} events are not read"
    assert ledger.jobs() == []


@pytest.mark.parametrize("token", ["", "Sesame"])
@pytest.mark.parametrize(("payload", "event", "_name"), UNWANTED)
def test_their_token_is_asked_for_like_any_other(
    knock: Knock, payload: Any, event: str, _name: str, token: str
) -> None:
    assert knock(payload, event, token=token).status_code == 401


def test_a_comment_that_a_group_and_its_project_both_tell_is_one_job(knock: Knock, ledger: Ledger) -> None:
    """The two hooks know nothing of one another: each delivery has a key of its own."""
    assert knock(COMMENT, "Note Hook", guid="of the project").status_code == 202
    assert knock(COMMENT, "Note Hook", guid="of the group").status_code == 200
    (job,) = ledger.jobs()
    assert (job.kind, job.subject) == ("implement", "gitlab:acme/team/sums#7")


def test_a_merge_request_that_the_instance_tells_is_read_as_the_projects_own(knock: Knock) -> None:
    by_project = knock(REQUEST, "Merge Request Hook", guid="of the project").json()
    by_instance = knock(REQUEST, "System Hook", guid="of the instance").json()
    assert by_project["status"] == "accepted"
    assert by_instance["status"] == "duplicate"
