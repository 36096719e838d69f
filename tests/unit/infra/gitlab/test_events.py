"""What hooks hear: every event in order, with the fields that real ones have."""

from typing import Any

import pytest
from fakes.door import Door
from stories.sums import Ask, propose

from infra.practice_forge.server import PracticeForge
from infra.practice_forge.state import Repository

Heard = list[tuple[str, dict[str, Any]]]


def heard(forge: PracticeForge, door: Door) -> Heard:
    """Return event and payload of everything that was sent."""
    forge.forge.hookshot.wait_until_idle()
    found = []
    while not door.received.empty():
        headers, payload = door.next()
        found.append((headers["X-Gitlab-Event"], payload))
    return found


@pytest.fixture(autouse=True)
def hooked(forge: PracticeForge, repo: Repository, door: Door) -> None:
    forge.gitlab.add_hook(repo, door.url)


def test_a_note_on_an_issue(forge: PracticeForge, repo: Repository, ask: Ask, door: Door) -> None:
    ask("bob", "POST", "/issues", {"title": "Über", "description": "ä", "labels": "bug"})
    note = ask("eve", "POST", "/issues/1/notes", {"body": "/codex implement"}).json()
    ask("eve", "PUT", f"/issues/1/notes/{note['id']}", {"body": "/codex help"})
    ask("eve", "DELETE", f"/issues/1/notes/{note['id']}")
    (_, opened), (event, made), (_, edited) = heard(forge, door)
    assert event == "Note Hook"
    assert (opened["object_attributes"]["action"], opened["labels"][0]["title"]) == ("open", "bug")
    assert (made["object_kind"], made["event_type"], made["project_id"]) == ("note", "note", repo.id)
    assert (made["user"]["username"], made["user"]["email"]) == ("eve", "[REDACTED]")
    assert made["project"]["path_with_namespace"] == "ann/sums"
    attributes = made["object_attributes"]
    assert (attributes["note"], attributes["noteable_type"]) == ("/codex implement", "Issue")
    assert (attributes["action"], attributes["system"], attributes["id"]) == ("create", False, note["id"])
    assert attributes["url"] == f"{forge.url}/ann/sums/-/issues/1#note_{note['id']}"
    assert (made["issue"]["iid"], made["issue"]["title"], made["issue"]["state"]) == (1, "Über", "opened")
    assert "merge_request" not in made
    assert (edited["object_attributes"]["action"], edited["object_attributes"]["note"]) == ("update", "/codex help")


def test_a_note_on_a_line_of_a_merge_request(forge: PracticeForge, ask: Ask, door: Door) -> None:
    request = propose(ask)
    refs = request["diff_refs"]
    assert isinstance(refs, dict)
    place = {"position_type": "text", **refs, "old_path": "src/a.py", "new_path": "src/a.py", "new_line": 14}
    thread = ask("bob", "POST", "/merge_requests/1/discussions", {"body": "Why?", "position": place}).json()
    payload = heard(forge, door)[-1][1]
    attributes = payload["object_attributes"]
    assert (attributes["noteable_type"], attributes["type"]) == ("MergeRequest", "DiffNote")
    assert attributes["discussion_id"] == thread["id"]
    assert attributes["position"]["new_line"] == 14
    assert attributes["position"]["head_sha"] == refs["head_sha"]
    assert payload["merge_request"]["last_commit"]["id"] == refs["head_sha"]
    assert (payload["merge_request"]["source_branch"], payload["merge_request"]["iid"]) == ("topic", 1)


def test_the_life_of_an_issue(forge: PracticeForge, ask: Ask, door: Door) -> None:
    bob = forge.forge.state.account("bob")
    assert bob
    ask("bob", "POST", "/issues", {"title": "A", "labels": "one"})
    ask("bob", "PUT", "/issues/1", {"add_labels": "codex", "assignee_ids": [bob.id]})
    ask("bob", "PUT", "/issues/1", {"add_labels": "codex"})
    ask("bob", "PUT", "/issues/1", {"title": "B", "description": "C"})
    ask("bob", "PUT", "/issues/1", {"state_event": "close"})
    ask("bob", "PUT", "/issues/1", {"state_event": "reopen"})
    events = heard(forge, door)
    actions = [payload["object_attributes"]["action"] for _, payload in events]
    assert actions == ["open", "update", "update", "close", "reopen"]
    changes = events[1][1]["changes"]
    assert [[label["title"] for label in changes["labels"][when]] for when in ("previous", "current")] == [
        ["one"],
        ["one", "codex"],
    ]
    assert [len(changes["assignees"][when]) for when in ("previous", "current")] == [0, 1]
    assert events[1][1]["assignees"][0]["username"] == "bob"
    assert events[2][1]["changes"]["title"] == {"previous": "A", "current": "B"}
    assert events[3][1]["object_attributes"]["state"] == "closed"
    assert events[3][1]["changes"]["state_id"] == {"previous": 1, "current": 2}


def test_the_life_of_a_merge_request(forge: PracticeForge, ask: Ask, door: Door) -> None:
    propose(ask, title="Draft: Change")
    head = ask("bob", "GET", "/merge_requests/1").json()["sha"]
    action = {"action": "create", "file_path": "b", "content": "b\n"}
    ask("bob", "POST", "/repository/commits", {"branch": "topic", "commit_message": "B", "actions": [action]})
    ask("bob", "PUT", "/merge_requests/1", {"title": "Change"})
    ask("ann", "PUT", "/merge_requests/1/merge")
    events = heard(forge, door)
    assert [(event, payload.get("object_attributes", {}).get("action")) for event, payload in events] == [
        ("Push Hook", None),
        ("Merge Request Hook", "open"),
        ("Push Hook", None),
        ("Merge Request Hook", "update"),
        ("Merge Request Hook", "update"),
        ("Push Hook", None),
        ("Merge Request Hook", "merge"),
    ]
    pushed, retitled, merged = events[3][1], events[4][1], events[6][1]
    assert pushed["object_attributes"]["oldrev"] == head
    assert "oldrev" not in retitled["object_attributes"]
    assert retitled["changes"]["draft"] == {"previous": True, "current": False}
    assert (merged["object_attributes"]["state"], merged["user"]["username"]) == ("merged", "ann")
    assert events[5][1]["ref_protected"] is True


def test_a_merge_request_that_is_closed(forge: PracticeForge, ask: Ask, door: Door) -> None:
    propose(ask)
    heard(forge, door)
    ask("bob", "PUT", "/merge_requests/1", {"state_event": "close"})
    [(event, payload)] = heard(forge, door)
    assert (event, payload["object_attributes"]["action"]) == ("Merge Request Hook", "close")
    assert payload["object_attributes"]["state"] == "closed"


def test_a_published_review_is_told_note_by_note(forge: PracticeForge, ask: Ask, door: Door) -> None:
    propose(ask)
    for word in ("One", "Two"):
        ask("codex-bot", "POST", "/merge_requests/1/draft_notes", {"note": word})
    assert len(heard(forge, door)) == 2
    ask("codex-bot", "POST", "/merge_requests/1/draft_notes/bulk_publish")
    assert [payload["object_attributes"]["note"] for _, payload in heard(forge, door)] == ["One", "Two"]


def test_what_is_confidential_has_flags_of_its_own(
    forge: PracticeForge, repo: Repository, ask: Ask, door: Door
) -> None:
    ask("bob", "POST", "/issues", {"title": "Secret", "confidential": True})
    ask("bob", "POST", "/issues/1/notes", {"body": "Secret"})
    ask("bob", "POST", "/issues", {"title": "Open"})
    ask("bob", "POST", "/issues/2/notes", {"body": "Hush", "internal": True})
    assert [payload["object_attributes"].get("title") for _, payload in heard(forge, door)] == ["Open"]
    forge.gitlab.add_hook(repo, door.url, events=["confidential_issues_events", "confidential_note_events"])
    ask("bob", "PUT", "/issues/1", {"title": "Still secret"})
    ask("bob", "POST", "/issues/2/notes", {"body": "Hush", "internal": True})
    events = [event for event, _ in heard(forge, door)]
    assert events == ["Confidential Issue Hook", "Confidential Note Hook"]


def test_pipelines_and_jobs(forge: PracticeForge, repo: Repository, ask: Ask, door: Door) -> None:
    propose(ask)
    heard(forge, door)
    forge.gitlab.pipeline(repo, ref="topic", status="failed", user="bob")
    forge.gitlab.job(repo, status="failed", name="unit")
    (event, pipeline), (other, job) = heard(forge, door)
    assert (event, other) == ("Pipeline Hook", "Job Hook")
    attributes = pipeline["object_attributes"]
    assert (attributes["status"], attributes["ref"], attributes["sha"]) == (
        "failed",
        "topic",
        ask("bob", "GET", "/merge_requests/1").json()["sha"],
    )
    assert (pipeline["merge_request"]["iid"], pipeline["user"]["username"]) == (1, "bob")
    assert pipeline["builds"][0]["failure_reason"] == "script_failure"
    assert (job["object_kind"], job["build_name"], job["build_status"]) == ("build", "unit", "failed")
    assert (job["ref"], job["project_id"]) == ("main", repo.id)
    with pytest.raises(LookupError):
        forge.gitlab.job(repo, user="nobody")


def test_a_long_push_is_cut(forge: PracticeForge, ask: Ask, door: Door) -> None:
    for number in range(22):
        action = {"action": "create", "file_path": f"f{number}", "content": "x"}
        body = {"branch": "side", "commit_message": f"M{number}", "actions": [action]}
        ask("bob", "POST", "/repository/commits", body | ({} if number else {"start_branch": "main"}))
    heard(forge, door)
    ask("bob", "POST", "/repository/branches", {"branch": "copy", "ref": "side"})
    [(_, payload)] = heard(forge, door)
    assert (payload["total_commits_count"], len(payload["commits"])) == (22, 20)
    assert payload["commits"][-1]["title"] == "M21"
    ask("bob", "DELETE", "/repository/branches/copy")
    [(_, payload)] = heard(forge, door)
    assert (payload["checkout_sha"], payload["after"], payload["commits"]) == (None, "0" * 40, [])
