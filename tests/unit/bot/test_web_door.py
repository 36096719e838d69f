"""A webhook in, an answer out."""

import asyncio
import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import httpx2
import pytest
from stories.fresh_ledger import fresh_ledger

from bot.errors import RetryableError
from bot.forges.github.hooks import GitHubHooks
from bot.forges.protocol import Hooks
from bot.ledger import Ledger, TakenIn, Wanted
from bot.web.hook import LARGEST_DELIVERY, MOST_HELD, Hook
from bot.web.service import make_service

SECRET = "a secret of the test"


def comment_payload(body: str = "/codex implement", login: str = "ann") -> dict[str, Any]:
    user = {"login": login, "id": 1, "type": "User"}
    return {
        "action": "created",
        "issue": {"number": 7, "title": "Add is_even", "body": "Please.", "user": user, "state": "open"},
        "comment": {"id": 55, "body": body, "user": user},
        "repository": {"name": "numberkit", "full_name": "ann/numberkit", "owner": user},
        "sender": user,
        "installation": {"id": 3},
    }


def sign(body: bytes) -> str:
    return "sha256=" + hmac.new(SECRET.encode(), body, hashlib.sha256).hexdigest()


class Door:
    def __init__(self, ledger: Ledger, *, listening: bool = True) -> None:
        self.ledger = ledger
        self.hinted: list[int] = []
        hooks = GitHubHooks(SECRET) if listening else None
        self.service: Any = make_service(ledger=ledger, hooks=self._only_github(hooks), hint=self._hint)

    def ask(self, method: str, path: str, **how: Any) -> httpx2.Response:
        async def asking() -> httpx2.Response:
            transport = httpx2.ASGITransport(self.service)
            async with httpx2.AsyncClient(transport=transport, base_url="http://door") as client:
                return await client.request(method, path, **how)

        return asyncio.run(asking())

    def _only_github(self, hooks: Hooks | None) -> Any:
        return lambda name: hooks if name == "github" else None

    def _hint(self, job_id: int) -> bool:
        self.hinted.append(job_id)
        return True

    def knock(
        self, body: Any, *, guid: str = "g-1", signature: str | None = None, event: str = "issue_comment"
    ) -> httpx2.Response:
        headers = {"X-GitHub-Event": event, "X-GitHub-Delivery": guid, "Content-Type": "application/json"}
        if signature != "":
            headers["X-Hub-Signature-256"] = signature or sign(body)
        return self.ask("POST", "/webhooks/github", content=body, headers=headers)

    def say(self, payload: dict[str, Any], **how: Any) -> httpx2.Response:
        return self.knock(json.dumps(payload).encode(), **how)


@pytest.fixture
def door(tmp_path: Path) -> Any:
    ledger = fresh_ledger(tmp_path)
    yield Door(ledger)
    ledger.close()


def test_a_command_is_stored_hinted_and_answered_202(door: Door) -> None:
    answer = door.say(comment_payload())
    assert (answer.status_code, answer.json()["status"]) == (202, "accepted")
    (job,) = door.ledger.jobs()
    assert (job.kind, job.subject, door.hinted) == ("implement", "github:ann/numberkit#7", [job.id])


def test_a_redelivery_is_answered_200_and_starts_nothing(door: Door) -> None:
    door.say(comment_payload())
    answer = door.say(comment_payload())
    assert (answer.status_code, answer.json()["status"]) == (200, "duplicate")
    assert (len(door.ledger.jobs()), len(door.hinted)) == (1, 1)


def test_mere_talk_is_answered_200_and_stored_nowhere(door: Door) -> None:
    answer = door.say(comment_payload("Nice work!"))
    assert (answer.status_code, answer.json()["status"]) == (200, "ignored")
    assert door.ledger.jobs() == []


def test_an_event_that_nobody_asked_for_is_answered_200(door: Door) -> None:
    answer = door.knock(b"{}", event="star")
    assert (answer.status_code, answer.json()["status"]) == (200, "ignored")


@pytest.mark.parametrize("signature", ["", "sha256=" + "0" * 64, "sha1=abc", "nonsense"])
def test_without_the_right_signature_nothing_is_stored(door: Door, signature: str) -> None:
    answer = door.say(comment_payload(), signature=signature)
    assert answer.status_code == 401
    assert (door.ledger.jobs(), door.hinted) == ([], [])


def test_a_changed_body_does_not_pass_with_the_old_signature(door: Door) -> None:
    assert door.say(comment_payload(), signature=sign(b"{}")).status_code == 401


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b"\xff\xfe", b'{"action": "created"'])
def test_what_is_signed_but_not_json_is_answered_400(door: Door, body: bytes) -> None:
    assert door.knock(body).status_code == 400


def test_more_than_25_mb_is_answered_413(door: Door) -> None:
    assert door.knock(b"x" * (LARGEST_DELIVERY + 1)).status_code == 413
    assert door.knock(b"x" * (LARGEST_DELIVERY + 2)).status_code == 413


def test_25_mb_that_come_without_their_length_are_read_and_more_are_answered_413(door: Door) -> None:
    def pour(size: int) -> int:
        body = b'{"a": "' + b"x" * (size - 9) + b'"}'

        async def chunks() -> AsyncIterator[bytes]:
            for start in range(0, size, 1 << 20):
                yield body[start : start + (1 << 20)]

        return door.knock(chunks(), event="push", signature=sign(body)).status_code

    assert [pour(LARGEST_DELIVERY), pour(LARGEST_DELIVERY + 1)] == [200, 413]


def test_more_large_deliveries_at_once_than_memory_should_hold_are_answered_503(door: Door) -> None:
    """Five clients, each of which has sent 24 MB and has not ended; one that was refused makes room again."""
    size = 24 * 1024 * 1024
    hook = Hook(ledger=door.ledger, hooks=lambda _name: GitHubHooks(SECRET), hint=lambda _job: None)
    scope = {"type": "http", "method": "POST", "path": "/webhooks/github", "headers": []}

    async def client(others: asyncio.Barrier) -> int:
        status = []
        messages = [{"type": "http.request", "body": b"x" * size, "more_body": True}]

        async def receive() -> dict[str, Any]:
            if messages:
                return messages.pop()
            await others.wait()
            return {"type": "http.disconnect"}

        async def send(message: Any) -> None:
            status.append(message.get("status"))
            if message.get("status") == 503:
                await others.wait()

        await hook(scope, receive, send)
        return int(status[0])

    async def crowd(number: int) -> list[int]:
        others = asyncio.Barrier(number)
        return sorted(await asyncio.gather(*[client(others) for _ in range(number)]))

    assert 5 * size > MOST_HELD > 4 * size
    assert asyncio.run(crowd(5)) == [400, 400, 400, 400, 503]
    assert asyncio.run(crowd(4)) == [400, 400, 400, 400]


def test_a_form_is_refused_with_the_setting_to_change(door: Door) -> None:
    answer = door.knock(b"payload=%7B%7D")
    assert (answer.status_code, "application/json" in answer.json()["error"]) == (400, True)


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT"])
def test_only_a_post_delivers(door: Door, method: str) -> None:
    assert door.ask(method, "/webhooks/github").status_code == 405


def test_a_forge_that_is_not_connected_is_answered_404(door: Door) -> None:
    assert door.ask("POST", "/webhooks/gitlab", content=b"{}").status_code == 404


def test_a_forge_without_a_secret_is_not_listened_to(tmp_path: Path) -> None:
    ledger = fresh_ledger(tmp_path)
    assert Door(ledger, listening=False).say(comment_payload()).status_code == 404
    ledger.close()


class _FullDisk(Ledger):
    def take_in_all(self, wanted: Sequence[Wanted]) -> list[TakenIn | Exception]:
        return [RetryableError("database or disk is full")] * len(wanted)

    def ping(self) -> None:
        raise RetryableError("database or disk is full")


def test_a_ledger_that_cannot_keep_the_job_is_answered_503_never_202(tmp_path: Path) -> None:
    opened = fresh_ledger(tmp_path)
    door = Door(_FullDisk(opened._engine, lambda _connection: 0.0))
    assert door.say(comment_payload()).status_code == 503
    assert door.hinted == []
    assert door.ask("GET", "/readyz").status_code == 503
    assert door.ask("GET", "/healthz").status_code == 200
    opened.close()


def test_ready_when_the_ledger_answers(door: Door) -> None:
    assert door.ask("GET", "/readyz").status_code == 200


def test_bots_command_nothing(door: Door) -> None:
    payload = comment_payload(login="codex-bot[bot]")
    payload["sender"]["type"] = payload["comment"]["user"]["type"] = "Bot"
    assert door.say(payload).json()["status"] == "ignored"
    assert door.ledger.jobs() == []
