import base64
import copy
import json
import time
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from standardwebhooks import Webhook

from bot.errors import SettingsError
from bot.events import Event, Subject, Unwanted
from bot.forges.gitlab.hooks import GitLabHooks
from bot.forges.hearing import Hearing

SIGNING = "whsec_" + base64.b64encode(b"s" * 32).decode()
OTHER = "whsec_" + base64.b64encode(b"o" * 32).decode()
HOOKS = GitLabHooks(SIGNING)
NOTE: dict[str, Any] = {
    "object_kind": "note",
    "event_type": "note",
    "user": {"id": 4, "username": "bob.baker", "name": "Bob", "email": "[REDACTED]"},
    "project": {"id": 9, "path_with_namespace": "acme/team/sums.py", "default_branch": "main"},
    "object_attributes": {
        "id": 99,
        "note": "/codex implement",
        "noteable_type": "Issue",
        "author_id": 4,
        "system": False,
        "action": "create",
    },
    "issue": {"iid": 7, "title": "add() subtracts", "description": None, "state": "opened", "author_id": 3},
}
MERGE = {"iid": 7, "title": "Mend", "description": "It.", "state": "merged", "author_id": 4, "source_branch": "mend"}
LABEL: dict[str, Any] = {
    "object_kind": "issue",
    "event_type": "issue",
    "user": {"id": 3, "username": "ann"},
    "project": {"path_with_namespace": "ann/sums"},
    "object_attributes": {
        "iid": 7,
        "title": "add() subtracts",
        "description": "It does.",
        "state": "opened",
        "author_id": 3,
        "action": "update",
        "updated_at": "2026-11-26 10:00:00 UTC",
    },
    "labels": [{"title": "bug"}, {"title": "codex"}],
    "changes": {"labels": {"previous": [{"title": "bug"}], "current": [{"title": "bug"}, {"title": "codex"}]}},
}


def _read(payload: Any, **headers: str) -> Event | Unwanted:
    return HOOKS.read({name.replace("_", "-"): value for name, value in headers.items()}, _body(payload))


def _body(payload: Any) -> bytes:
    return json.dumps(payload).encode()


def _changed(original: dict[str, Any], *path: str, to: Any) -> dict[str, Any]:
    payload = copy.deepcopy(original)
    part = payload
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = to
    return payload


def _without(original: dict[str, Any], *path: str) -> dict[str, Any]:
    payload = copy.deepcopy(original)
    part = payload
    for name in path[:-1]:
        part = part[name]
    del part[path[-1]]
    return payload


def _signed(body: bytes, secret: str = SIGNING, *, at: float = 0) -> dict[str, str]:
    moment = datetime.fromtimestamp(at or time.time(), UTC)
    signature = Webhook(secret).sign("id-1", moment, body.decode())
    return {"webhook-id": "id-1", "webhook-timestamp": str(int(moment.timestamp())), "webhook-signature": signature}


EDITED = _changed(NOTE, "object_attributes", "action", to="update")


def test_a_signature_by_our_token_is_right() -> None:
    assert HOOKS.verify(_signed(b"{}"), b"{}")


def test_one_of_several_signatures_is_enough() -> None:
    headers = _signed(b"{}")
    other = _signed(b"{}", OTHER)["webhook-signature"]
    assert HOOKS.verify(headers | {"webhook-signature": f"{other} {headers['webhook-signature']}"}, b"{}")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        _signed(b"{}", OTHER),
        _signed(b"{ }"),
        _signed(b"{}", at=time.time() - 3600),
        _signed(b"{}", at=time.time() + 3600),
        _signed(b"{}") | {"webhook-id": "id-2"},
        _signed(b"{}") | {"webhook-timestamp": "soon"},
        _signed(b"{}") | {"webhook-timestamp": ""},
        _signed(b"{}") | {"webhook-signature": ""},
        _signed(b"{}") | {"webhook-signature": "v1"},
        _signed(b"{}") | {"webhook-signature": "v1,\u00fc\udc80"},
        _signed(b"{}") | {"webhook-signature": "v1,AAAA"},
        {"x-gitlab-token": SIGNING},
    ],
)
def test_any_other_signature_is_wrong(headers: dict[str, str]) -> None:
    assert not HOOKS.verify(headers, b"{}")


def test_a_body_that_is_no_text_is_wrong() -> None:
    assert not HOOKS.verify(_signed(b"{}"), b"\xff{}")


def test_old_servers_send_the_secret_token_itself() -> None:
    hooks = GitLabHooks("sesame")
    assert hooks.verify({"x-gitlab-token": "sesame"}, b"{}")
    for wrong in ("", "Sesame", "sesame ", "\u00fc\udc80"):
        assert not hooks.verify({"x-gitlab-token": wrong}, b"{}")
    assert not hooks.verify({}, b"{}")


def test_a_right_token_does_not_save_a_wrong_signature() -> None:
    hooks = GitLabHooks(f"sesame\n{SIGNING}\n")
    token = {"x-gitlab-token": "sesame"}
    assert hooks.verify(token, b"{}")
    assert hooks.verify(token | _signed(b"{}"), b"{}")
    assert not hooks.verify(token | _signed(b"{}", OTHER), b"{}")
    assert not GitLabHooks("sesame").verify(token | _signed(b"{}"), b"{}")  # a signature that nobody can check


@pytest.mark.parametrize("secret", ["", " \n", "whsec_", "whsec_ü"])
def test_without_a_secret_there_is_no_listening(secret: str) -> None:
    with pytest.raises(SettingsError) as caught:
        GitLabHooks(secret)
    assert caught.value.mend


def test_a_new_comment_on_an_issue_is_an_event() -> None:
    event = _read(NOTE, idempotency_key="key-1", webhook_id="other")
    assert isinstance(event, Event)
    assert (event.forge, event.guid, event.kind, event.action) == ("gitlab", "key-1", "comment", "created")
    assert (event.repo.owner, event.repo.name) == ("acme/team", "sums.py")
    assert (event.issue.subject, event.issue.title, event.issue.body, event.issue.is_open) == (
        Subject(7),
        "add() subtracts",
        "",
        True,
    )
    assert event.comment is not None
    assert (event.comment.id, event.comment.body) == ("issues/7/notes/99", "/codex implement")
    assert (event.asker.login, event.sender.login, event.asker.is_bot) == ("bob.baker", "bob.baker", False)


@pytest.mark.parametrize(
    ("said", "thread"),
    [
        ({"type": "DiffNote", "discussion_id": "5e1f"}, "5e1f"),
        ({"type": "DiscussionNote", "discussion_id": "5e1f"}, ""),
        ({"type": None, "discussion_id": "5e1f"}, ""),
        ({"type": "DiffNote", "discussion_id": None}, ""),
        ({}, ""),
    ],
)
def test_only_a_comment_on_lines_stands_in_a_thread(said: dict[str, Any], thread: str) -> None:
    note = {**NOTE["object_attributes"], "noteable_type": "MergeRequest", **said}
    event = _read(_without(NOTE, "issue") | {"merge_request": MERGE, "object_attributes": note})
    assert isinstance(event, Event)
    assert event.thread == thread


def test_a_merge_request_of_the_same_number_is_something_else() -> None:
    payload = _without(NOTE, "issue") | {"merge_request": MERGE}
    event = _read(_changed(payload, "object_attributes", "noteable_type", to="MergeRequest"))
    assert isinstance(event, Event)
    assert (event.issue.subject, event.issue.is_open) == (Subject(7, is_pull_request=True), False)
    assert event.comment is not None
    assert event.comment.id == "merge_requests/7/notes/99"


def test_what_old_servers_do_not_say_is_not_needed() -> None:
    payload = _without(_without(_without(NOTE, "object_attributes", "action"), "event_type"), "user", "id")
    event = _read(payload)
    assert isinstance(event, Event)
    assert event.action == "created"
    assert event.guid == _read(payload).guid  # the body names it, whenever it is sent
    assert event.guid != _read(_changed(payload, "object_attributes", "id", to=100)).guid


def test_an_edited_comment_is_told_as_one() -> None:
    event = _read(EDITED)
    assert isinstance(event, Event)
    assert (event.action, event.before) == ("edited", "")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (_changed(NOTE, "object_attributes", "system", to=True), "GitLab's own notes"),
        (_changed(NOTE, "object_attributes", "action", to="delete"), "comments with the action delete"),
        (_changed(EDITED, "object_attributes", "author_id", to=3), "somebody else than its author"),
        (_without(EDITED, "object_attributes", "author_id"), "somebody else than its author"),
        (_changed(NOTE, "event_type", to="confidential_note"), "confidential"),
        (_changed(NOTE, "issue", "confidential", to=True), "confidential"),
        (_changed(NOTE, "object_attributes", "internal", to=True), "confidential"),
        (_changed(NOTE, "user", "username", to="project_9_bot_1f2e3d"), "is a bot"),
        (_changed(NOTE, "user", "username", to="group_12_bot"), "is a bot"),
        (_changed(_without(NOTE, "issue"), "object_attributes", "noteable_type", to="Commit"), "comments on a Commit"),
        (_changed(LABEL, "changes", to={"title": {"previous": "a", "current": "b"}}), "the action update"),
        (_changed(LABEL, "changes", "labels", "current", to=[]), "the action update"),
        (_changed(LABEL, "event_type", to="confidential_issue"), "confidential"),
        (_changed(LABEL, "object_attributes", "confidential", to=True), "confidential"),
        (_changed(LABEL, "user", "username", to="project_9_bot"), "is a bot"),
        ({"object_kind": "push", "ref": "refs/heads/main"}, "push events are not read"),
        ({"event_name": "user_create"}, "user_create events are not read"),
        ({}, "unnamed events are not read"),
    ],
)
def test_everything_else_is_unwanted_and_says_why(payload: dict[str, Any], reason: str) -> None:
    found = _read(payload)
    assert isinstance(found, Unwanted)
    assert reason in found.reason


def test_a_label_that_is_new_is_an_event_of_whoever_put_it_there() -> None:
    event = _read(LABEL)
    assert isinstance(event, Event)
    assert (event.kind, event.labels, event.moment) == ("label", ("codex",), "2026-11-26 10:00:00 UTC")
    assert (event.asker.login, event.issue.author.login, event.comment) == ("ann", "ann", None)


def test_an_issue_that_is_given_to_the_bot_is_an_event() -> None:
    hooks = GitLabHooks(SIGNING, Hearing("Codex"))
    to_bob, to_both = [{"username": "bob"}], [{"username": "bob"}, {"username": "codex"}]
    event = hooks.read(
        {}, _body(_changed(LABEL, "changes", to={"assignees": {"previous": to_bob, "current": to_both}}))
    )
    assert isinstance(event, Event)
    assert (event.kind, event.action, event.moment) == ("assignment", "assigned", "2026-11-26 10:00:00 UTC")
    for changes in ({"previous": to_both, "current": to_both}, {"previous": [], "current": to_bob}):
        unwanted = hooks.read({}, _body(_changed(LABEL, "changes", to={"assignees": changes})))
        assert isinstance(unwanted, Unwanted)
    opened = _without(_changed(LABEL, "object_attributes", "action", to="open"), "changes") | {"labels": []}
    event = hooks.read({}, _body(opened | {"assignees": to_both}))
    assert isinstance(event, Event)
    assert event.kind == "assignment"


def test_the_bots_own_comments_are_not_heard_and_listed_programs_are() -> None:
    own = GitLabHooks(SIGNING, Hearing("bob.baker")).read({}, _body(NOTE))
    assert isinstance(own, Unwanted)
    assert "the bot itself" in own.reason
    program = _changed(NOTE, "user", "username", to="project_9_bot_1f2e3d")
    listed = GitLabHooks(SIGNING, Hearing(bots=frozenset({4}))).read({}, _body(program))
    assert isinstance(listed, Event)
    assert listed.asker.is_listed
    other = GitLabHooks(SIGNING, Hearing(bots=frozenset({5}))).read({}, _body(program))
    assert isinstance(other, Unwanted)


def test_an_issue_may_be_opened_with_its_labels() -> None:
    opened = _without(_changed(LABEL, "object_attributes", "action", to="open"), "changes")
    event = _read(opened)
    assert isinstance(event, Event)
    assert event.labels == ("bug", "codex")


@pytest.mark.parametrize(
    "path",
    ["sums", "/sums", "ann/", "ann/..", "../sums", "ann//sums", "ann/su ms", "ann/sums/../../x", "a/./b", "ann/sums\n"],
)
def test_a_path_that_climbs_is_no_project(path: str) -> None:
    with pytest.raises(ValueError, match=r"project.path_with_namespace"):
        _read(_changed(NOTE, "project", "path_with_namespace", to=path))


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b"\xff", b'{"object_kind": 3}', b"[" * 100_000])
def test_what_is_no_delivery_is_refused_without_quoting_it(body: bytes) -> None:
    with pytest.raises(ValueError, match=r"^the "):
        HOOKS.read({}, body)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2),
    max_leaves=4,
)
PLACES = [
    (original, path)
    for original in (NOTE, LABEL)
    for path in [
        *((name,) for name in original),
        *((name, inner) for name, part in original.items() if isinstance(part, dict) for inner in part),
    ]
]


@given(st.sampled_from(PLACES), JUNK)
def test_no_misshapen_payload_does_more_than_be_refused(
    place: tuple[dict[str, Any], tuple[str, ...]], junk: Any
) -> None:
    original, path = place
    try:
        found = _read(_changed(original, *path, to=junk))
    except ValueError:
        return
    assert isinstance(found, Event | Unwanted)
