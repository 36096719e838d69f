"""Issues, notes, discussions and award emoji."""

import gitlab
import pytest
from gitlab.v4.objects import Project
from stories.sums import Ask, propose

from infra.practice_forge.server import PracticeForge

LONG = "x" * 1_000_001
TOO_LONG = "is too long (maximum is 1000000 characters)"


def test_python_gitlab_talks_on_an_issue(project: Project) -> None:
    issue = project.issues.create({"title": "Wrong sum", "description": "1 + 1", "labels": "bug,sums"})
    note = issue.notes.create({"body": "I look at it."})
    note.body = "I looked at it."
    note.save()
    note.awardemojis.create({"name": "eyes"})
    issue.awardemojis.create({"name": "rocket"})
    fresh = project.issues.get(issue.iid)
    assert (fresh.iid, fresh.labels, fresh.author["username"]) == (1, ["bug", "sums"], "codex-bot")
    assert [n.body for n in fresh.notes.list(get_all=True)] == ["I looked at it."]
    assert [a.name for a in fresh.notes.get(note.id).awardemojis.list(get_all=True)] == ["eyes"]
    note.delete()
    assert fresh.notes.list(get_all=True) == []


def test_issues_and_merge_requests_count_apart(ask: Ask) -> None:
    assert ask("bob", "POST", "/issues", {"title": "A"}).json()["iid"] == 1
    assert propose(ask)["iid"] == 1
    assert ask("bob", "GET", "/issues/1").json()["references"]["short"] == "#1"
    assert ask("bob", "GET", "/merge_requests/1").json()["references"]["short"] == "!1"
    ask("bob", "POST", "/issues/1/notes", {"body": "On the issue"})
    assert ask("bob", "GET", "/merge_requests/1/notes").json() == []


def test_lists_come_in_pages(ask: Ask) -> None:
    ask("bob", "POST", "/issues", {"title": "A"})
    for number in range(5):
        ask("bob", "POST", "/issues/1/notes", {"body": f"n{number}"})
    page = ask("bob", "GET", "/issues/1/notes?per_page=2&page=2")
    assert [note["body"] for note in page.json()] == ["n2", "n1"]
    names = ("X-Page", "X-Per-Page", "X-Total", "X-Total-Pages", "X-Next-Page", "X-Prev-Page")
    assert [page.headers[name] for name in names] == ["2", "2", "5", "3", "3", "1"]
    assert set(page.links) == {"prev", "next", "first", "last"}
    assert "/projects/ann%2Fsums/issues/1/notes?page=3" in page.links["next"]["url"]
    assert ask("bob", "GET", "/issues/1/notes?per_page=2&page=3").headers["X-Next-Page"] == ""
    oldest = ask("bob", "GET", "/issues/1/notes?sort=asc&order_by=created_at&per_page=1")
    assert oldest.json()[0]["body"] == "n0"
    assert ask("bob", "GET", "/issues/1/notes?sort=sideways").json() == {"error": "sort does not have a valid value"}


@pytest.mark.parametrize(
    ("path", "body", "refusal"),
    [
        ("/issues", {}, {"error": "title is missing"}),
        ("/issues", {"title": " "}, {"message": {"title": ["can't be blank"]}}),
        ("/issues", {"title": "x" * 256}, {"message": {"title": ["is too long (maximum is 255 characters)"]}}),
        ("/issues", {"title": "T", "description": LONG}, {"message": {"description": [TOO_LONG]}}),
        ("/issues/1/notes", {}, {"error": "body is missing"}),
        ("/issues/1/notes", {"body": " "}, {"message": '400 Bad request - Note {:note=>["can\'t be blank"]}'}),
        ("/issues/1/notes", {"body": LONG}, {"message": f'400 Bad request - Note {{:note=>["{TOO_LONG}"]}}'}),
        ("/issues/1/award_emoji", {}, {"error": "name is missing"}),
    ],
)
def test_what_is_missing_or_too_long_is_refused(
    ask: Ask, path: str, body: dict[str, str], refusal: dict[str, object]
) -> None:
    ask("bob", "POST", "/issues", {"title": "A"})
    reply = ask("bob", "POST", path, body)
    assert (reply.status_code, reply.json()) == (400, refusal)


def test_an_emoji_is_given_once(ask: Ask) -> None:
    ask("bob", "POST", "/issues", {"title": "A"})
    first = ask("bob", "POST", "/issues/1/award_emoji", {"name": "eyes"})
    assert (first.status_code, first.json()["awardable_type"]) == (201, "Issue")
    again = ask("bob", "POST", "/issues/1/award_emoji", {"name": "eyes"})
    assert (again.status_code, again.json()) == (
        404,
        {"message": "404 Award Emoji Name has already been taken Not Found"},
    )
    assert ask("eve", "POST", "/issues/1/award_emoji", {"name": "eyes"}).status_code == 201
    assert ask("eve", "POST", "/issues/1/award_emoji", {"name": "no such thing"}).status_code == 404
    address = f"/issues/1/award_emoji/{first.json()['id']}"
    assert ask("eve", "DELETE", address).status_code == 401
    assert ask("bob", "DELETE", address).status_code == 204
    assert ask("bob", "GET", address).json() == {"message": "404 Not found"}


def test_notes_are_edited_by_their_author_only(ask: Ask) -> None:
    ask("bob", "POST", "/issues", {"title": "A"})
    address = f"/issues/1/notes/{ask('bob', 'POST', '/issues/1/notes', {'body': 'A'}).json()['id']}"
    assert ask("codex-bot", "PUT", address, {"body": "B"}).json() == {"message": "403 Forbidden"}
    assert ask("codex-bot", "DELETE", address).status_code == 403
    assert ask("bob", "PUT", address, {"body": "B"}).json()["body"] == "B"
    assert ask("bob", "PUT", address, {"body": ""}).json() == {"error": "body is empty"}
    assert ask("ann", "DELETE", address).status_code == 204
    assert ask("ann", "GET", address).json() == {"message": "404 Not found"}


def test_labels_are_set_added_and_taken_away_by_reporters(ask: Ask) -> None:
    mine = ask("eve", "POST", "/issues", {"title": "A", "labels": "urgent"}).json()
    assert mine["labels"] == []
    ask("bob", "PUT", "/issues/1", {"labels": "a,b"})
    assert ask("bob", "PUT", "/issues/1", {"add_labels": ["c"], "remove_labels": "a"}).json()["labels"] == ["b", "c"]
    assert ask("eve", "PUT", "/issues/1", {"labels": "x", "title": "B"}).json()["labels"] == ["b", "c"]
    assert [i["iid"] for i in ask("bob", "GET", "/issues?labels=b,c").json()] == [1]
    assert ask("bob", "GET", "/issues?labels=a").json() == []


def test_an_issue_closes_and_opens_again(ask: Ask) -> None:
    ask("ann", "POST", "/issues", {"title": "A"})
    assert ask("eve", "PUT", "/issues/1", {"state_event": "close"}).status_code == 403
    assert ask("bob", "PUT", "/issues/1", {"state_event": "close"}).json()["state"] == "closed"
    assert ask("bob", "GET", "/issues?state=opened").json() == []
    assert ask("bob", "PUT", "/issues/1", {"state_event": "reopen"}).json()["closed_at"] is None
    assert ask("bob", "PUT", "/issues/1", {"state_event": "burn"}).status_code == 400
    assert "at least one parameter" in ask("bob", "PUT", "/issues/1", {}).json()["error"]


def test_confidential_issues_show_to_members_and_their_author(ask: Ask) -> None:
    ask("eve", "POST", "/issues", {"title": "Secret", "confidential": True})
    assert ask("eve", "GET", "/issues/1").json()["confidential"] is True
    assert ask("bob", "GET", "/issues/1").status_code == 200
    assert ask("", "GET", "/issues/1").status_code == 404
    assert ask("", "GET", "/issues").json() == []


def test_internal_notes_show_to_members_only(ask: Ask) -> None:
    ask("bob", "POST", "/issues", {"title": "A"})
    ask("bob", "POST", "/issues/1/notes", {"body": "Hush", "internal": True})
    assert len(ask("codex-bot", "GET", "/issues/1/notes").json()) == 1
    assert ask("eve", "GET", "/issues/1/notes").json() == []
    assert ask("eve", "POST", "/issues/1/notes", {"body": "Hush", "internal": True}).status_code == 403


def test_in_a_locked_discussion_only_members_write(ask: Ask) -> None:
    ask("bob", "POST", "/issues", {"title": "A"})
    ask("bob", "PUT", "/issues/1", {"discussion_locked": True})
    assert ask("eve", "POST", "/issues/1/notes", {"body": "A"}).status_code == 403
    assert ask("codex-bot", "POST", "/issues/1/notes", {"body": "A"}).status_code == 201


def test_assignees_are_people_by_id(ask: Ask, forge: PracticeForge) -> None:
    bob = forge.forge.state.account("bob")
    assert bob
    issue = ask("bob", "POST", "/issues", {"title": "A", "assignee_ids": [bob.id, 999_999]}).json()
    assert [person["username"] for person in issue["assignees"]] == ["bob"]
    assert ask("bob", "PUT", "/issues/1", {"assignee_ids": []}).json()["assignees"] == []


def test_a_discussion_is_answered_and_resolved(project: Project, ask: Ask) -> None:
    propose(ask)
    request = project.mergerequests.get(1)
    thread = request.discussions.create({"body": "Why?"})
    thread.notes.create({"body": "Because."})
    thread = request.discussions.get(thread.id)
    assert [note["body"] for note in thread.attributes["notes"]] == ["Why?", "Because."]
    thread.resolved = True
    thread.save()
    notes = request.discussions.get(thread.id).attributes["notes"]
    assert [(note["resolved"], note["resolved_by"]["username"]) for note in notes] == [(True, "codex-bot")] * 2
    path = f"/merge_requests/1/discussions/{thread.id}"
    assert ask("eve", "PUT", path, {"resolved": False}).status_code == 403
    one = f"{path}/notes/{notes[0]['id']}"
    assert ask("bob", "PUT", one, {"resolved": False}).json()["resolved"] is False
    assert "mutually exclusive" in ask("bob", "PUT", one, {"resolved": True, "body": "x"}).json()["error"]
    assert ask("bob", "PUT", path, {}).json() == {"error": "resolved is missing"}
    assert ask("bob", "GET", one).json()["body"] == "Why?"
    assert ask("codex-bot", "DELETE", one).status_code == 204


def test_a_note_alone_becomes_a_thread_by_an_answer(ask: Ask) -> None:
    ask("bob", "POST", "/issues", {"title": "A"})
    ask("bob", "POST", "/issues/1/notes", {"body": "Alone"})
    alone = ask("bob", "GET", "/issues/1/discussions").json()[0]
    assert (alone["individual_note"], alone["notes"][0]["type"]) == (True, None)
    ask("eve", "POST", f"/issues/1/discussions/{alone['id']}/notes", {"body": "Not any more"})
    thread = ask("bob", "GET", f"/issues/1/discussions/{alone['id']}").json()
    assert (thread["individual_note"], len(thread["notes"])) == (False, 2)
    assert ask("bob", "PUT", f"/issues/1/discussions/{alone['id']}", {"resolved": True}).status_code == 403
    missing = ask("bob", "POST", "/issues/1/discussions/none/notes", {"body": "x"})
    assert (missing.status_code, missing.json()) == (404, {"message": "404 Discussion Not Found"})


def test_gitlab_itself_writes_between_the_notes(ask: Ask) -> None:
    propose(ask)
    action = {"action": "create", "file_path": "b", "content": "b"}
    ask("bob", "POST", "/repository/commits", {"branch": "topic", "commit_message": "B", "actions": [action]})
    ask("bob", "PUT", "/merge_requests/1", {"title": "Better"})
    notes = ask("bob", "GET", "/merge_requests/1/notes?sort=asc").json()
    assert [(note["body"], note["system"]) for note in notes] == [
        ("added 1 commit", True),
        ("changed title from **Change** to **Better**", True),
    ]
    address = f"/merge_requests/1/notes/{notes[0]['id']}"
    assert ask("bob", "PUT", address, {"body": "mine"}).status_code == 403
    assert ask("ann", "DELETE", address).status_code == 403
    thread = ask("bob", "GET", "/merge_requests/1/discussions").json()[0]["id"]
    refused = ask("bob", "POST", f"/merge_requests/1/discussions/{thread}/notes", {"body": "Thanks"})
    assert (refused.status_code, "can not be replied to" in refused.json()["message"]) == (400, True)
    assert ask("bob", "GET", "/merge_requests/1").json()["user_notes_count"] == 0


def test_python_gitlab_raises_what_is_refused(project: Project) -> None:
    with pytest.raises(gitlab.GitlabCreateError) as refused:
        project.issues.create({"title": "x" * 300})
    assert refused.value.response_code == 400


def test_what_was_written_is_listed_as_events_of_the_project(ask: Ask) -> None:
    ask("bob", "POST", "/issues", {"title": "Open"})
    ask("bob", "POST", "/issues", {"title": "Closed to most", "confidential": True})
    for place, body in (("1", "first"), ("2", "secret"), ("1", "second")):
        assert ask("bob", "POST", f"/issues/{place}/notes", {"body": body}).status_code == 201

    def listed(who: str, query: str = "") -> list[str]:
        return [event["note"]["body"] for event in ask(who, "GET", f"/events?action=commented{query}").json()]

    assert listed("bob") == ["second", "secret", "first"]
    assert listed("eve") == ["second", "first"]
    assert listed("bob", "&after=2199-01-01") == []
    assert listed("bob", "&before=2000-01-01") == []
    assert ask("bob", "GET", "/events?action=pushed").json() == []
    assert ask("bob", "GET", "/events?after=yesterday").status_code == 400
    newest = ask("bob", "GET", "/events").json()[0]
    assert (newest["action_name"], newest["author_username"], newest["note"]["noteable_iid"]) == (
        "commented on",
        "bob",
        1,
    )
