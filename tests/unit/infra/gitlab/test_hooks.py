"""Project hooks: making them, what their deliveries prove, and how they switch themselves off."""

import base64
import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import gitlab
import pytest
from fakes.door import Door
from standardwebhooks.webhooks import Webhook
from stories.sums import FILES, Ask

from infra.practice_forge.gitlab.signing import key_of, signature
from infra.practice_forge.server import PracticeForge
from infra.practice_forge.state import Repository

SIGNING = "whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q="


class Hands:
    """A clock whose hands a test moves; it starts now, because receivers compare it with theirs."""

    def __init__(self) -> None:
        self.time = datetime.now(UTC)

    def __call__(self) -> datetime:
        return self.time

    def move(self, seconds: float) -> None:
        self.time += timedelta(seconds=seconds)


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def forge(tmp_path: Path, hands: Hands) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path, dialect="gitlab", limits=False, clock=hands) as forge:
        yield forge


def hear(forge: PracticeForge, ask: Ask, times: int = 1) -> None:
    """Let something happen that hooks hear of, and wait until they were told."""
    for _ in range(times):
        assert ask("bob", "POST", "/issues", {"title": "A"}).status_code == 201
    forge.forge.hookshot.wait_until_idle()


def test_the_signature_is_the_one_of_the_specification() -> None:
    key = key_of(SIGNING)
    assert key
    body, message = b'{"object_kind":"note"}', "f5e5f430-f57b-4e6e-9fac-d9128cd7232f"
    assert signature(key, message, 1767225600, body) == "v1,ak1V6NVicdXDlAnebHvbt31RNGidgb8nD2S3pUI4SCk="


@pytest.mark.parametrize(
    "token", ["", "whsec_", "whsec_!", "whsec_" + base64.b64encode(b"short").decode(), SIGNING[6:]]
)
def test_a_signing_token_is_32_bytes(ask: Ask, token: str) -> None:
    assert key_of(token) is None
    reply = ask("ann", "POST", "/hooks", {"url": "http://127.0.0.1:9/", "signing_token": token})
    assert reply.status_code == (400 if token else 201)


def test_a_delivery_proves_where_it_is_from(forge: PracticeForge, repo: Repository, ask: Ask, door: Door) -> None:
    hook = forge.gitlab.add_hook(repo, door.url, signing_token=SIGNING, token="old secret")
    hear(forge, ask)
    headers, raw = door.received.get(timeout=10)
    assert Webhook(SIGNING).verify(raw, headers) == json.loads(raw)
    assert headers["webhook-id"] == headers["Idempotency-Key"]
    assert headers["X-Gitlab-Token"] == "old secret"
    assert headers["X-Gitlab-Event"] == "Issue Hook"
    assert headers["X-Gitlab-Instance"] == forge.url
    assert headers["X-Gitlab-Webhook-UUID"] == hook.uuid
    assert headers["User-Agent"].startswith("GitLab/")
    assert len({headers[name] for name in ("Idempotency-Key", "X-Gitlab-Event-UUID", "X-Gitlab-Webhook-UUID")}) == 3


def test_without_secrets_nothing_is_proved(forge: PracticeForge, repo: Repository, ask: Ask, door: Door) -> None:
    forge.gitlab.add_hook(repo, door.url)
    hear(forge, ask)
    headers, _ = door.received.get(timeout=10)
    assert not {"X-Gitlab-Token", "webhook-id", "webhook-signature", "webhook-timestamp"} & set(headers)


def test_a_maintainer_makes_changes_and_deletes_hooks(forge: PracticeForge, repo: Repository, door: Door) -> None:
    with gitlab.Gitlab(forge.url, private_token=forge.token_for("ann"), keep_base_url=True) as client:
        hooks = client.projects.get(repo.path).hooks
        wish = {"url": door.url, "note_events": True, "push_events": False, "token": "t", "signing_token": SIGNING}
        made = hooks.create(wish)
        assert (made.note_events, made.push_events, made.issues_events) == (True, False, False)
        assert (made.token_present, made.signing_token_present) == (True, True)
        assert (made.alert_status, made.disabled_until, made.enable_ssl_verification) == ("executable", None, True)
        assert not {"token", "signing_token"} & set(made.attributes)
        made.enable_ssl_verification = False
        made.save()
        assert (hooks.get(made.id).enable_ssl_verification, hooks.get(made.id).token_present) == (False, True)
        made.url = f"{door.url}/elsewhere"
        made.save()
        moved = hooks.get(made.id)
        assert (moved.token_present, moved.signing_token_present) == (False, True)
        assert [hook.id for hook in hooks.list(get_all=True)] == [made.id]
        made.delete()
        with pytest.raises(gitlab.GitlabGetError):
            hooks.get(made.id)


def test_hooks_that_cannot_be(ask: Ask) -> None:
    assert ask("ann", "POST", "/hooks", {}).json() == {"error": "url is missing"}
    for url in ("file:///etc/passwd", "nonsense"):
        reply = ask("ann", "POST", "/hooks", {"url": url})
        assert (reply.status_code, reply.json()) == (422, {"message": "Invalid url given"})
    assert ask("ann", "GET", "/hooks/1").json() == {"message": "404 Hook Not Found"}
    assert ask("bob", "GET", "/hooks").status_code == 403


def test_some_servers_ignore_signing_tokens(forge: PracticeForge, ask: Ask) -> None:
    forge.gitlab.ignores_signing_token = True
    made = ask("ann", "POST", "/hooks", {"url": "http://127.0.0.1:9/", "signing_token": SIGNING})
    assert (made.status_code, made.json()["signing_token_present"]) == (201, False)


def test_two_hooks_both_fire(forge: PracticeForge, repo: Repository, ask: Ask, door: Door) -> None:
    for _ in range(2):
        forge.gitlab.add_hook(repo, door.url)
    hear(forge, ask)
    (one, first), (two, second) = door.received.get(timeout=10), door.received.get(timeout=10)
    assert first == second
    assert one["Idempotency-Key"] != two["Idempotency-Key"]
    assert one["X-Gitlab-Webhook-UUID"] != two["X-Gitlab-Webhook-UUID"]


def test_a_delivery_is_sent_again_with_the_same_key(
    forge: PracticeForge, repo: Repository, ask: Ask, door: Door
) -> None:
    hook = forge.gitlab.add_hook(repo, door.url, token="t", signing_token=SIGNING)
    door.status = 500
    hear(forge, ask)
    door.status = 200
    events = ask("ann", "GET", f"/hooks/{hook.id}/events").json()
    assert [(event["response_status"], event["trigger"]) for event in events] == [("500", "issues_hooks")]
    assert events[0]["request_headers"]["X-Gitlab-Token"] == "[REDACTED]"
    assert events[0]["request_data"]["object_kind"] == "issue"
    resend = f"/hooks/{hook.id}/events/{events[0]['id']}/resend"
    again = ask("ann", "POST", resend)
    assert (again.status_code, again.json()) == (201, {"response_status": 200})
    (one, first), (two, second) = door.received.get(timeout=10), door.received.get(timeout=10)
    assert (one["Idempotency-Key"], first) == (two["Idempotency-Key"], second)
    assert one["X-Gitlab-Event-UUID"] != two["X-Gitlab-Event-UUID"]
    for query, count in (
        ("", 2),
        ("?status=500", 1),
        ("?status=successful", 1),
        ("?status=client_failure", 0),
        ("?status=200,500", 2),
    ):
        assert len(ask("ann", "GET", f"/hooks/{hook.id}/events{query}").json()) == count
    for query in ("status=odd", "per_page=21"):
        assert "does not have a valid value" in ask("ann", "GET", f"/hooks/{hook.id}/events?{query}").json()["error"]
    assert ask("ann", "POST", f"/hooks/{hook.id}/events/999/resend").status_code == 404


def test_sending_again_has_a_limit(forge: PracticeForge, repo: Repository, ask: Ask, door: Door, hands: Hands) -> None:
    hook = forge.gitlab.add_hook(repo, door.url)
    hear(forge, ask)
    event = ask("ann", "GET", f"/hooks/{hook.id}/events").json()[0]["id"]
    tries = [ask("ann", "POST", f"/hooks/{hook.id}/events/{event}/resend") for _ in range(6)]
    assert [reply.status_code for reply in tries] == [201] * 5 + [429]
    assert "too many times" in tries[-1].json()["message"]["error"]
    hands.move(61)
    assert ask("ann", "POST", f"/hooks/{hook.id}/events/{event}/resend").status_code == 201


def test_a_hook_that_fails_four_times_rests(
    forge: PracticeForge, repo: Repository, ask: Ask, door: Door, hands: Hands
) -> None:
    hook = forge.gitlab.add_hook(repo, door.url)
    door.status = 500
    hear(forge, ask, 3)
    assert ask("ann", "GET", f"/hooks/{hook.id}").json()["alert_status"] == "executable"
    hear(forge, ask)
    off = ask("ann", "GET", f"/hooks/{hook.id}").json()
    assert (off["alert_status"], off["disabled_until"] is None) == ("temporarily_disabled", False)
    hear(forge, ask)
    assert door.received.qsize() == 4
    hands.move(61)
    hear(forge, ask)
    assert door.received.qsize() == 5
    hands.move(61)
    hear(forge, ask)
    assert door.received.qsize() == 5  # the second rest is twice as long
    hands.move(60)
    door.status = 200
    hear(forge, ask)
    whole = ask("ann", "GET", f"/hooks/{hook.id}").json()
    assert (door.received.qsize(), whole["alert_status"], whole["disabled_until"]) == (6, "executable", None)


def test_forty_failures_are_the_end(forge: PracticeForge, repo: Repository, ask: Ask, door: Door, hands: Hands) -> None:
    hook = forge.gitlab.add_hook(repo, door.url)
    shelf = forge.gitlab.shelves.hooks
    shelf[hook.id] = dataclasses.replace(shelf[hook.id], failures=39)
    door.status = 404
    hear(forge, ask)
    hands.move(timedelta(days=30).total_seconds())
    assert ask("ann", "GET", f"/hooks/{hook.id}").json()["alert_status"] == "disabled"
    hear(forge, ask)
    assert door.received.qsize() == 1


def test_nobody_home_is_an_internal_error(forge: PracticeForge, repo: Repository, ask: Ask) -> None:
    hook = forge.gitlab.add_hook(repo, "http://127.0.0.1:9/")
    hear(forge, ask)
    event = ask("ann", "GET", f"/hooks/{hook.id}/events?status=server_failure").json()[0]
    assert event["response_status"] == "internal error"
    again = ask("ann", "POST", f"/hooks/{hook.id}/events/{event['id']}/resend")
    assert (again.status_code, again.json()) == (422, {"message": "failed to connect to host"})


@pytest.mark.parametrize(
    ("trigger", "event"),
    [
        ("push_events", "Push Hook"),
        ("issues_events", "Issue Hook"),
        ("note_events", "Note Hook"),
        ("pipeline_events", "Pipeline Hook"),
        ("job_events", "Job Hook"),
    ],
)
def test_a_hook_is_tested_with_a_true_event(
    forge: PracticeForge, repo: Repository, ask: Ask, door: Door, *, trigger: str, event: str
) -> None:
    hook = forge.gitlab.add_hook(repo, door.url, events=[])
    ask("bob", "POST", "/issues", {"title": "A"})
    ask("bob", "POST", "/issues/1/notes", {"body": "B"})
    reply = ask("ann", "POST", f"/hooks/{hook.id}/test/{trigger}")
    assert (reply.status_code, reply.json()) == (201, {"message": "201 Created"})
    assert door.next()[0]["X-Gitlab-Event"] == event


def test_a_test_needs_something_to_show_and_has_a_limit(forge: PracticeForge, repo: Repository, ask: Ask) -> None:
    hook = forge.gitlab.add_hook(repo, "http://127.0.0.1:9/", events=[])
    address = f"/hooks/{hook.id}/test"
    lacking = ask("ann", "POST", f"{address}/note_events")
    assert (lacking.status_code, lacking.json()) == (422, {"message": "Ensure the project has notes."})
    assert ask("ann", "POST", f"{address}/merge_requests_events").status_code == 422
    assert ask("ann", "POST", f"{address}/wiki_page_events").status_code == 422
    assert ask("ann", "POST", f"{address}/nothing").json() == {"error": "trigger does not have a valid value"}
    tries = [ask("ann", "POST", f"{address}/push_events").status_code for _ in range(3)]
    assert tries == [422, 422, 429]


def test_a_test_tells_what_the_receiver_said(forge: PracticeForge, repo: Repository, ask: Ask, door: Door) -> None:
    hook = forge.gitlab.add_hook(repo, door.url, events=[])
    door.status = 401
    refused = ask("ann", "POST", f"/hooks/{hook.id}/test/push_events")
    assert (refused.status_code, refused.json()) == (422, {"message": "Invalid HTTP Response: 401"})


def test_pushes_mind_the_branch_filter(forge: PracticeForge, repo: Repository, ask: Ask, door: Door) -> None:
    wish = {"url": door.url, "push_events": True, "push_events_branch_filter": "main"}
    assert ask("ann", "POST", "/hooks", wish).status_code == 201
    for branch in ("topic", "main"):
        action = {"action": "create", "file_path": branch, "content": "x"}
        body = {"branch": branch, "commit_message": "M", "actions": [action]}
        ask("ann", "POST", "/repository/commits", body | ({"start_branch": "main"} if branch == "topic" else {}))
    forge.forge.hookshot.wait_until_idle()
    assert door.received.qsize() == 1
    assert door.next()[1]["ref"] == "refs/heads/main"


def test_hooks_of_other_projects_hear_nothing(forge: PracticeForge, ask: Ask, door: Door) -> None:
    other = forge.create_repo("bob", "other", FILES)
    forge.gitlab.add_hook(other, door.url)
    hear(forge, ask)
    assert door.received.empty()
