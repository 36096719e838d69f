"""Notes on lines of a diff: every rule of `position`, and what it takes to break it."""

import hashlib
from typing import Any

import pytest
import requests
from stories.sums import Ask, propose

CODE = hashlib.sha1(b"src/a.py").hexdigest()
INVALID = '400 Bad request - Note {:line_code=>["can\'t be blank", "must be a valid line code"]}'
PLACE_INVALID = '400 Bad request - Note {:position=>["is invalid"]}'


def comment(ask: Ask, body: str = "Look here", **position: object) -> requests.Response:
    """Comment on !1; what is None is left out of the position."""
    refs = ask("bob", "GET", "/merge_requests/1").json()["diff_refs"]
    place: dict[str, Any] = {"position_type": "text", **refs, "old_path": "src/a.py", "new_path": "src/a.py"} | position
    sent = {name: value for name, value in place.items() if value is not None}
    return ask("codex-bot", "POST", "/merge_requests/1/discussions", {"body": body, "position": sent})


@pytest.mark.parametrize(
    ("lines", "code"),
    [
        ({"old_line": 12}, f"{CODE}_12_12"),
        ({"new_line": 14}, f"{CODE}_15_14"),
        ({"old_line": 13, "new_line": 12}, f"{CODE}_13_12"),
        ({"old_line": 9, "new_line": 9}, f"{CODE}_9_9"),
    ],
)
def test_a_line_is_named_by_the_sides_that_have_it(ask: Ask, lines: dict[str, int], code: str) -> None:
    propose(ask)
    made = comment(ask, **lines)
    assert made.status_code == 201, made.text
    note = made.json()["notes"][0]
    assert (note["type"], note["position"]["position_type"]) == ("DiffNote", "text")
    assert {name: note["position"][name] for name in lines} == lines
    draft = {"note": "D", "position": note["position"]}
    assert ask("codex-bot", "POST", "/merge_requests/1/draft_notes", draft).json()["line_code"] == code


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"new_line": 12},  # unchanged: needs both
        {"old_line": 13},  # unchanged: needs both
        {"old_line": 13, "new_line": 13},  # the numbers do not belong together
        {"old_line": 12, "new_line": 12},  # removed: only old
        {"old_line": 15, "new_line": 14},  # added: only new
        {"old_line": 2, "new_line": 2},  # outside of every hunk
        {"new_line": 99},
        {"new_line": 14, "new_path": "README.md", "old_path": "README.md"},  # not in the diff
        {"new_line": 14, "old_path": "other.py"},
        {"new_line": 14, "head_sha": "0" * 40},
        {"new_line": 14, "base_sha": "0" * 40},
    ],
)
def test_a_line_that_is_none_is_refused(ask: Ask, wrong: dict[str, object]) -> None:
    propose(ask)
    refused = comment(ask, **wrong)
    assert (refused.status_code, refused.json()) == (400, {"message": INVALID})
    assert ask("bob", "GET", "/merge_requests/1/notes").json() == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"base_sha": None}, {"error": "position[base_sha] is missing"}),
        ({"position_type": None}, {"error": "position[position_type] is missing"}),
        ({"position_type": "line"}, {"error": "position[position_type] does not have a valid value"}),
        ({"new_line": "first"}, {"error": "position[new_line] is invalid"}),
        ({"new_path": None, "old_path": None}, {"message": '400 Bad request - Note {:position=>["is incomplete"]}'}),
    ],
)
def test_a_position_must_be_whole(ask: Ask, wrong: dict[str, object], said: dict[str, str]) -> None:
    propose(ask)
    refused = comment(ask, **wrong)
    assert (refused.status_code, refused.json()) == (400, said)


def test_an_older_version_can_still_be_spoken_of(ask: Ask) -> None:
    propose(ask)
    old = ask("bob", "GET", "/merge_requests/1").json()["diff_refs"]
    change = {"action": "update", "file_path": "src/a.py", "content": "all new\n"}
    body = {"branch": "topic", "commit_message": "Again", "actions": [change]}
    assert ask("bob", "POST", "/repository/commits", body).status_code == 201
    assert comment(ask, new_line=14).status_code == 400
    assert comment(ask, new_line=14, **old).status_code == 201


def test_a_file_can_be_spoken_of_as_a_whole(ask: Ask) -> None:
    propose(ask)
    made = comment(ask, position_type="file")
    position = made.json()["notes"][0]["position"]
    assert (made.status_code, position["position_type"], position["new_line"]) == (201, "file", None)
    refused = comment(ask, position_type="file", new_path="README.md", old_path="README.md")
    assert (refused.status_code, refused.json()) == (400, {"message": PLACE_INVALID})


def end(old: int, new: int, kind: str | None) -> dict[str, object]:
    lines = {"old_line": None if kind == "new" else old, "new_line": None if kind == "old" else new}
    return {"line_code": f"{CODE}_{old}_{new}", "type": kind, **lines}


def test_a_range_of_lines_ends_where_the_note_stands(ask: Ask) -> None:
    propose(ask)
    around = {"start": end(13, 12, None), "end": end(15, 14, "new")}
    made = comment(ask, new_line=14, line_range=around)
    assert made.status_code == 201, made.text
    assert made.json()["notes"][0]["position"]["line_range"] == around


@pytest.mark.parametrize(
    "around",
    [
        {"start": end(13, 12, None)},
        {"start": end(13, 12, None), "end": end(14, 13, None)},  # ends elsewhere than the note stands
        {"start": end(15, 15, None), "end": end(15, 14, "new")},  # starts behind its end
        {"start": end(1, 1, None), "end": end(15, 14, "new")},  # starts outside of the diff
        {"start": end(12, 12, "new"), "end": end(15, 14, "new")},  # a removed line is not new
        {"start": end(13, 12, None) | {"new_line": 13}, "end": end(15, 14, "new")},
    ],
)
def test_a_range_that_is_none_is_refused(ask: Ask, around: dict[str, object]) -> None:
    propose(ask)
    refused = comment(ask, new_line=14, line_range=around)
    assert (refused.status_code, refused.json()) == (400, {"message": PLACE_INVALID})


@pytest.mark.parametrize(("reach", "status"), [("-0+0", 201), ("-100+100", 201), ("-101+0", 400), ("-0+101", 400)])
def test_a_suggestion_reaches_a_hundred_lines(ask: Ask, reach: str, status: int) -> None:
    propose(ask)
    fence = f"Try:\n\n```suggestion:{reach}\nfresher\n```\n"
    assert comment(ask, fence, new_line=14).status_code == status


def test_answers_stand_where_the_first_note_does(ask: Ask) -> None:
    propose(ask)
    thread = comment(ask, new_line=14).json()
    answer = ask("bob", "POST", f"/merge_requests/1/discussions/{thread['id']}/notes", {"body": "Done"}).json()
    assert (answer["type"], answer["position"]["new_line"]) == ("DiffNote", 14)


def test_an_issue_has_no_lines(ask: Ask) -> None:
    ask("bob", "POST", "/issues", {"title": "A"})
    made = ask("bob", "POST", "/issues/1/discussions", {"body": "B", "position": {"position_type": "text"}})
    assert (made.status_code, "position" in made.json()["notes"][0]) == (201, False)
    assert made.json()["notes"][0]["resolvable"] is False
