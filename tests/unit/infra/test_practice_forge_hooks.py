"""Webhooks: what the App is told, signed and in order, and sent again only when somebody asks."""

import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path

import jwt
import pytest
import requests
from fakes.door import Door, open_door

from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key
from infra.practice_forge.state import Token

SECRET = "a webhook secret"


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as door:
        yield door


@pytest.fixture(scope="module")
def key() -> str:
    return new_app_key()


@pytest.fixture
def forge(tmp_path: Path, door: Door, key: str) -> Iterator[PracticeForge]:
    app = AppSpec(key_pem=key, webhook_url=door.url, webhook_secret=SECRET)
    with PracticeForge(tmp_path, app=app, limits=False) as forge:
        forge.create_repo("ann", "demo", {"README.md": b"# Demo\n"})
        yield forge


def api(
    forge: PracticeForge, method: str, path: str, body: object = None, *, login: str = "ann", token: str = ""
) -> requests.Response:
    headers = {"Authorization": f"Bearer {token or forge.token_for(login)}"}
    reply = requests.request(method, f"{forge.url}/api/v3{path}", headers=headers, json=body, timeout=10)
    assert reply.ok, reply.text
    return reply


def app_jwt(key: str) -> str:
    now = int(time.time())
    return jwt.encode({"iat": now - 60, "exp": now + 300, "iss": "4242"}, key, algorithm="RS256")


def test_a_comment_arrives_signed_over_its_raw_bytes(forge: PracticeForge, door: Door) -> None:
    api(forge, "POST", "/repos/ann/demo/issues", {"title": "Über", "body": "ä"})
    api(forge, "POST", "/repos/ann/demo/issues/1/comments", {"body": "/codex implement"}, login="eve")
    door.received.get(timeout=10)
    headers, raw = door.received.get(timeout=10)
    signature = hmac.new(SECRET.encode(), raw, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={signature}"
    assert headers["X-GitHub-Event"] == "issue_comment"
    assert headers["User-Agent"].startswith("GitHub-Hookshot/")
    assert headers["X-GitHub-Hook-Installation-Target-Type"] == "integration"
    assert len(headers["X-GitHub-Delivery"]) == 36
    payload = json.loads(raw)
    assert (payload["action"], payload["comment"]["body"]) == ("created", "/codex implement")
    assert (payload["sender"]["login"], payload["comment"]["author_association"]) == ("eve", "NONE")
    assert payload["issue"]["author_association"] == "OWNER"
    assert payload["repository"]["full_name"] == "ann/demo"
    assert payload["repository"]["url"] == f"{forge.url}/api/v3/repos/ann/demo"
    assert payload["installation"]["id"] > 0
    assert "pull_request" not in payload["issue"]


def test_every_kind_of_event_comes_once_and_in_order(forge: PracticeForge, door: Door) -> None:
    base = "/repos/ann/demo"
    api(forge, "POST", f"{base}/issues", {"title": "A"})
    api(forge, "PATCH", f"{base}/issues/1", {"title": "B"})
    comment = api(forge, "POST", f"{base}/issues/1/comments", {"body": "A"}).json()["id"]
    api(forge, "PATCH", f"{base}/issues/comments/{comment}", {"body": "B"})
    api(forge, "DELETE", f"{base}/issues/comments/{comment}")
    head = api(forge, "GET", f"{base}/git/ref/heads/main").json()["object"]["sha"]
    tree = api(forge, "GET", f"{base}/git/commits/{head}").json()["tree"]["sha"]
    shas = [head]
    for word in ("One", "Two"):
        commit = {"message": word, "tree": tree, "parents": [shas[-1]]}
        shas.append(api(forge, "POST", f"{base}/git/commits", commit).json()["sha"])
    api(forge, "POST", f"{base}/git/refs", {"ref": "refs/heads/topic", "sha": shas[1]})
    api(forge, "POST", f"{base}/pulls", {"title": "T", "head": "topic", "base": "main"})
    api(forge, "PATCH", f"{base}/git/refs/heads/topic", {"sha": shas[2]})
    api(forge, "POST", f"{base}/issues/2/comments", {"body": "On the pull request"})
    api(forge, "PATCH", f"{base}/pulls/2", {"state": "closed"})
    forge.ping()
    events = [door.next() for _ in forge.deliveries()]
    assert [(headers["X-GitHub-Event"], payload.get("action")) for headers, payload in events] == [
        ("issues", "opened"),
        ("issues", "edited"),
        ("issue_comment", "created"),
        ("issue_comment", "edited"),
        ("issue_comment", "deleted"),
        ("push", None),
        ("pull_request", "opened"),
        ("push", None),
        ("pull_request", "synchronize"),
        ("issue_comment", "created"),
        ("pull_request", "closed"),
        ("ping", None),
        ("installation", "created"),
    ]
    payloads = [payload for _, payload in events]
    assert payloads[1]["changes"] == {"title": {"from": "A"}}
    assert payloads[3]["changes"] == {"body": {"from": "A"}}
    assert (payloads[5]["created"], payloads[5]["ref"]) == (True, "refs/heads/topic")
    assert [commit["message"] for commit in payloads[7]["commits"]] == ["Two"]
    assert (payloads[8]["number"], payloads[8]["before"], payloads[8]["after"]) == (2, shas[1], shas[2])
    assert payloads[9]["issue"]["pull_request"]["html_url"] == f"{forge.url}/ann/demo/pull/2"
    assert payloads[10]["pull_request"]["merged"] is False
    assert len({headers["X-GitHub-Delivery"] for headers, _ in events}) == len(events)


def test_the_bots_own_comments_are_told_too_with_the_bot_as_sender(forge: PracticeForge, door: Door) -> None:
    installation = forge.forge.state.installation_of("ann")
    assert installation
    token = forge.forge.new_token(Token("codex-bot[bot]", installation.id, {"issues": "write"}), prefix="ghs_")
    api(forge, "POST", "/repos/ann/demo/issues", {"title": "A"}, token=token)
    assert door.next()[1]["sender"]["type"] == "Bot"


def test_a_failed_delivery_is_kept_and_redelivered_under_the_same_guid(
    forge: PracticeForge, door: Door, key: str
) -> None:
    door.status = 500
    api(forge, "POST", "/repos/ann/demo/issues", {"title": "A"})
    first, _ = door.next()
    failed = forge.deliveries()
    assert [(d.status_code, d.parcel.redelivery) for d in failed] == [(500, False)]
    listed = api(forge, "GET", "/app/hook/deliveries?status=failure", token=app_jwt(key)).json()
    assert [entry["guid"] for entry in listed] == [first["X-GitHub-Delivery"]]
    door.status = 202
    again = api(forge, "POST", f"/app/hook/deliveries/{listed[0]['id']}/attempts", token=app_jwt(key))
    assert again.status_code == 202
    second, _ = door.next()
    assert second["X-GitHub-Delivery"] == first["X-GitHub-Delivery"]
    assert second["X-Hub-Signature-256"] == first["X-Hub-Signature-256"]
    assert [(d.status_code, d.parcel.redelivery) for d in forge.deliveries()] == [(202, True), (500, False)]
    one = api(forge, "GET", f"/app/hook/deliveries/{listed[0]['id']}", token=app_jwt(key)).json()
    assert (one["request"]["payload"]["action"], one["status_code"]) == ("opened", 500)
    assert SECRET not in json.dumps(one)


def test_deliveries_are_listed_by_cursor(forge: PracticeForge, key: str) -> None:
    for number in range(5):
        api(forge, "POST", "/repos/ann/demo/issues", {"title": str(number)})
    assert len(forge.deliveries()) == 5
    seen, url = [], f"{forge.url}/api/v3/app/hook/deliveries?per_page=2"
    while url:
        reply = requests.get(url, headers={"Authorization": f"Bearer {app_jwt(key)}"}, timeout=10)
        seen += [entry["id"] for entry in reply.json()]
        url = reply.links.get("next", {}).get("url", "")
    assert seen == [5, 4, 3, 2, 1]


def test_a_door_that_is_shut_is_a_502_and_a_redirect_is_not_followed(forge: PracticeForge, door: Door) -> None:
    door.status = 302
    api(forge, "POST", "/repos/ann/demo/issues", {"title": "A"})
    assert [d.status_code for d in forge.deliveries()] == [302]
    forge.send_webhooks_to("http://127.0.0.1:9/nobody")
    api(forge, "POST", "/repos/ann/demo/issues", {"title": "B"})
    newest = forge.deliveries()[0]
    assert (newest.status_code, newest.status) == (502, "failed to connect to host")


def test_nothing_is_sent_without_an_address_or_for_repositories_without_the_app(
    forge: PracticeForge, door: Door
) -> None:
    forge.create_repo("bob", "own", {})
    api(forge, "POST", "/repos/bob/own/issues", {"title": "A"}, login="bob")
    forge.send_webhooks_to("")
    api(forge, "POST", "/repos/ann/demo/issues", {"title": "A"})
    forge.ping()
    assert forge.deliveries() == []
    assert door.received.empty()
