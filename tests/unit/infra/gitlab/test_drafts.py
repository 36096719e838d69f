"""Draft notes: a whole review that appears at once."""

import gitlab
import pytest
from gitlab.v4.objects import Project
from stories.sums import Ask, propose


def test_a_review_appears_at_once(ask: Ask, project: Project) -> None:
    propose(ask)
    request = project.mergerequests.get(1)
    question = ask("bob", "POST", "/merge_requests/1/discussions", {"body": "Is it right?"}).json()["id"]
    place = {"position_type": "text", **request.diff_refs, "old_path": "src/a.py", "new_path": "src/a.py"}
    request.draft_notes.create({"note": "On a line", "position": place | {"new_line": 14}})
    request.draft_notes.create({"note": "In all", "resolve_discussion": False})
    reply = {"note": "It is", "in_reply_to_discussion_id": question, "resolve_discussion": True}
    request.draft_notes.create(reply)
    assert len(ask("bob", "GET", "/merge_requests/1/notes").json()) == 1
    assert ask("bob", "GET", "/merge_requests/1/draft_notes").json() == []
    assert [draft.note for draft in request.draft_notes.list(get_all=True)] == ["On a line", "In all", "It is"]
    request.draft_notes.bulk_publish()
    assert request.draft_notes.list(get_all=True) == []
    notes = ask("bob", "GET", "/merge_requests/1/notes?sort=asc").json()
    assert [(note["body"], note["type"]) for note in notes] == [
        ("Is it right?", "DiscussionNote"),
        ("On a line", "DiffNote"),
        ("In all", None),
        ("It is", "DiscussionNote"),
    ]
    assert [note["resolved"] for note in notes if note["resolvable"]] == [True, False, True]


def test_drafts_are_changed_published_one_by_one_and_deleted(ask: Ask, project: Project) -> None:
    propose(ask)
    drafts = project.mergerequests.get(1).draft_notes
    one, two = drafts.create({"note": "One"}), drafts.create({"note": "Two"})
    one.note = "First"
    one.save()
    assert drafts.get(one.id).note == "First"
    one.publish()
    two.delete()
    assert [note["body"] for note in ask("bob", "GET", "/merge_requests/1/notes").json()] == ["First"]
    with pytest.raises(gitlab.GitlabGetError):
        drafts.get(two.id)


def test_drafts_obey_the_rules_of_notes(ask: Ask) -> None:
    propose(ask)
    drafts = "/merge_requests/1/draft_notes"
    refs = ask("bob", "GET", "/merge_requests/1").json()["diff_refs"]
    place = {"position_type": "text", **refs, "new_path": "src/a.py"}
    for body, status, words in (
        ({}, 400, "note is missing"),
        ({"note": " "}, 400, "can't be blank"),
        ({"note": "x", "position": place | {"new_line": 12}}, 400, "must be a valid line code"),
        ({"note": "x", "in_reply_to_discussion_id": "none"}, 404, "404 Discussion Not Found"),
        ({"note": "```suggestion:-200+0\nx\n```"}, 400, "suggestions"),
    ):
        reply = ask("codex-bot", "POST", drafts, body)
        assert (reply.status_code, words in next(iter(reply.json().values()))) == (status, True)
    mine = ask("codex-bot", "POST", drafts, {"note": "Mine"}).json()["id"]
    assert ask("bob", "PUT", f"{drafts}/{mine}", {"note": "Yours"}).status_code == 404
    assert ask("codex-bot", "PUT", f"{drafts}/{mine}", {}).json()["message"].endswith("Missing params to modify")
    assert ask("", "GET", drafts).status_code == 401
