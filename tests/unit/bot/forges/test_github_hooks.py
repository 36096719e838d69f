import copy
import hashlib
import hmac
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.events import Event, Subject, Unwanted
from bot.forges.github.hooks import GitHubHooks
from bot.forges.hearing import Hearing

HOOKS = GitHubHooks("sesame")
HEADERS = {"x-github-event": "issue_comment", "x-github-delivery": "guid-1"}
PAYLOAD: dict[str, Any] = {
    "action": "created",
    "issue": {
        "number": 7,
        "title": "sum() forgets the last number",
        "body": None,
        "state": "open",
        "user": {"login": "ann", "type": "User"},
        "labels": [],
    },
    "comment": {"id": 99, "body": "/codex implement", "user": {"login": "bob", "type": "User"}},
    "repository": {"name": "sums", "full_name": "ann/sums", "owner": {"login": "ann", "type": "User"}},
    "sender": {"login": "bob", "type": "User"},
    "installation": {"id": 12},
}


def _read(payload: Any, **headers: str) -> Event | Unwanted:
    return HOOKS.read({**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}, _body(payload))


def _body(payload: Any) -> bytes:
    return json.dumps(payload).encode()


def _changed(*path: str, to: Any) -> dict[str, Any]:
    payload = copy.deepcopy(PAYLOAD)
    part = payload
    for name in path[:-1]:
        part = part[name]
    part[path[-1]] = to
    return payload


def _without(*path: str) -> dict[str, Any]:
    payload = copy.deepcopy(PAYLOAD)
    part = payload
    for name in path[:-1]:
        part = part[name]
    del part[path[-1]]
    return payload


def test_the_signature_of_githubs_own_documentation_is_right() -> None:
    hooks = GitHubHooks("It's a Secret to Everybody")
    signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17"
    assert hooks.verify({"x-hub-signature-256": signature}, b"Hello, World!")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-hub-signature-256": ""},
        {"x-hub-signature-256": "sha256="},
        {"x-hub-signature-256": "sha256=\u00fc\udc80"},
        {"x-hub-signature": "sha1=" + hmac.new(b"sesame", b"{}", hashlib.sha1).hexdigest()},
        {"x-hub-signature-256": hmac.new(b"sesame", b"{}", hashlib.sha256).hexdigest()},
        {"x-hub-signature-256": "sha256=" + hmac.new(b"other", b"{}", hashlib.sha256).hexdigest()},
        {"x-hub-signature-256": "sha256=" + hmac.new(b"sesame", b"{ }", hashlib.sha256).hexdigest()},
    ],
)
def test_any_other_signature_is_wrong(headers: dict[str, str]) -> None:
    assert not HOOKS.verify(headers, b"{}")


def test_without_a_secret_there_is_no_listening() -> None:
    with pytest.raises(SettingsError):
        GitHubHooks("")


def test_a_new_comment_is_an_event() -> None:
    event = _read(PAYLOAD)
    assert isinstance(event, Event)
    assert (event.forge, event.guid, event.kind, event.action) == ("github", "guid-1", "comment", "created")
    assert event.repo.path == "ann/sums"
    assert (event.issue.number, event.issue.body, event.issue.is_pull_request, event.issue.is_open) == (
        7,
        "",
        False,
        True,
    )
    assert (event.comment.id, event.comment.body, event.comment.author.login) == ("99", "/codex implement", "bob")
    assert (event.sender.login, event.installation) == ("bob", "12")


def test_an_edited_comment_says_what_it_was_before_and_who_edited_it() -> None:
    edited = _changed("action", to="edited") | {"changes": {"body": {"from": "Hm."}}}
    event = _read(edited | {"sender": {"login": "ann", "type": "User"}})
    assert isinstance(event, Event)
    assert (event.action, event.before, event.comment.body) == ("edited", "Hm.", "/codex implement")
    assert (event.comment.author.login, event.sender.login) == ("bob", "ann")


LABELED: dict[str, Any] = {
    **{name: PAYLOAD[name] for name in ("repository", "sender", "installation")},
    "action": "labeled",
    "issue": {**PAYLOAD["issue"], "updated_at": "2026-11-26T10:00:00Z"},
    "label": {"id": 1, "name": "codex"},
}


def test_a_label_on_an_issue_is_an_event_of_whoever_put_it_there() -> None:
    event = _read(LABELED, x_github_event="issues")
    assert isinstance(event, Event)
    assert (event.kind, event.action, event.labels, event.comment) == ("label", "labeled", ("codex",), None)
    assert (event.moment, event.asker.login, event.issue.number) == ("2026-11-26T10:00:00Z", "bob", 7)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"action": "opened"}, "issues that are opened"),
        ({"action": "unlabeled"}, "issues that are unlabeled"),
        ({"label": None}, "issues that are labeled"),
        ({"sender": {"login": "helper", "type": "Bot"}}, "helper is a bot"),
    ],
)
def test_what_else_happens_to_an_issue_is_unwanted(change: dict[str, Any], reason: str) -> None:
    unwanted = _read(LABELED | change, x_github_event="issues")
    assert isinstance(unwanted, Unwanted)
    assert (unwanted.kind, reason in unwanted.reason) == ("issues", True)


def test_an_issue_that_is_given_to_the_bot_is_an_event() -> None:
    hooks = GitHubHooks("sesame", Hearing("Codex"))
    headers = HEADERS | {"x-github-event": "issues"}
    assigned = LABELED | {"action": "assigned", "label": None, "assignee": {"login": "codex", "type": "User"}}
    event = hooks.read(headers, _body(assigned))
    assert isinstance(event, Event)
    assert (event.kind, event.moment, event.asker.login) == ("assignment", "2026-11-26T10:00:00Z", "bob")
    for assignee in ({"login": "bob"}, None):
        assert isinstance(hooks.read(headers, _body(assigned | {"assignee": assignee})), Unwanted)
    assert isinstance(_read(assigned, x_github_event="issues"), Unwanted)  # an App has no account to assign to


def test_the_bots_own_comments_are_not_heard_and_listed_programs_are() -> None:
    own = GitHubHooks("sesame", Hearing("bob")).read(HEADERS, _body(PAYLOAD))
    assert isinstance(own, Unwanted)
    assert "the bot itself" in own.reason
    program = {"login": "helper[bot]", "type": "Bot", "id": 4}
    payload = _changed("comment", "user", to=program) | {"sender": program}
    listed = GitHubHooks("sesame", Hearing(bots=frozenset({4}))).read(HEADERS, _body(payload))
    assert isinstance(listed, Event)
    assert listed.asker.is_listed
    assert isinstance(GitHubHooks("sesame", Hearing(bots=frozenset({5}))).read(HEADERS, _body(payload)), Unwanted)
    person = _changed("comment", "user", to={**program, "login": "helper", "type": "User"})
    heard = GitHubHooks("sesame", Hearing(bots=frozenset({4}))).read(HEADERS, _body(person))
    assert isinstance(heard, Event)
    assert not heard.asker.is_listed  # who is no program is asked about like everybody


def test_a_comment_on_a_line_of_a_pull_request_is_an_event() -> None:
    payload = {name: part for name, part in PAYLOAD.items() if name != "issue"} | {"pull_request": PAYLOAD["issue"]}
    event = _read(payload, x_github_event="pull_request_review_comment")
    assert isinstance(event, Event)
    assert (event.kind, event.issue.subject) == ("comment", Subject(7, is_pull_request=True))
    assert event.comment is not None
    assert event.comment.id == "pulls/comments/99"
    assert event.thread == "pulls/comments/99"
    answer = {**payload, "comment": {**PAYLOAD["comment"], "in_reply_to_id": 77}}
    event = _read(answer, x_github_event="pull_request_review_comment")
    assert isinstance(event, Event)
    assert event.thread == "pulls/comments/77"


def test_a_comment_under_an_issue_stands_in_no_thread() -> None:
    event = _read(_changed("comment", "in_reply_to_id", to=77))
    assert isinstance(event, Event)
    assert event.thread == ""


def test_a_comment_on_a_pull_request_says_so() -> None:
    event = _read(_changed("issue", "pull_request", to={"url": "https://forge.example/pulls/7"}))
    assert isinstance(event, Event)
    assert event.issue.is_pull_request


def test_a_repositorys_own_webhook_has_no_installation() -> None:
    event = _read(_without("installation"))
    assert isinstance(event, Event)
    assert not event.installation


def test_a_deleted_author_is_a_ghost() -> None:
    event = _read(_changed("issue", "user", to=None))
    assert isinstance(event, Event)
    assert event.issue.author.login == "ghost"


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (_changed("action", to="edited"), "left the comment's text"),
        (_changed("action", to="edited") | {"changes": {}}, "left the comment's text"),
        (_changed("action", to="deleted"), "deleted"),
        (_changed("sender", to={"login": "helper", "type": "Bot"}), "helper is a bot"),
        (_changed("sender", to={"login": "codex[bot]", "type": "User"}), "codex[bot] is a bot"),
    ],
)
def test_what_nobody_asked_for_is_unwanted_with_its_reason(payload: Any, reason: str) -> None:
    unwanted = _read(payload)
    assert isinstance(unwanted, Unwanted)
    assert reason in unwanted.reason
    assert unwanted.guid == "guid-1"


def test_other_kinds_of_events_are_unwanted_whatever_they_hold() -> None:
    unwanted = _read({"zen": "Keep it logically awesome."}, x_github_event="ping")
    assert unwanted == Unwanted("guid-1", "ping", "ping events are not read")


@pytest.mark.parametrize("missing", ["x-github-event", "x-github-delivery"])
def test_a_delivery_without_its_headers_is_none(missing: str) -> None:
    headers = {name: value for name, value in HEADERS.items() if name != missing}
    with pytest.raises(ValueError, match=missing):
        HOOKS.read(headers, _body(PAYLOAD))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"payload=%7B%7D",
        b"\xff\xfe",
        b"[]",
        b"7",
        b'{"action": "created"',
        b'{"a": ' * 100_000 + b"1" + b"}" * 100_000,
        b'{"action": "\\ud800"}',
    ],
)
def test_what_is_no_json_object_is_no_delivery(body: bytes) -> None:
    with pytest.raises(ValueError, match="JSON"):
        HOOKS.read(HEADERS, body)


@pytest.mark.parametrize(
    "payload",
    [
        _without("comment"),
        _without("repository", "owner"),
        _changed("comment", "id", to="99"),
        _changed("comment", "id", to=True),
        _changed("issue", "number", to=-1),
        _changed("repository", "name", to=".."),
        _changed("repository", "name", to="a/b"),
        _changed("repository", "owner", "login", to="../ann"),
    ],
)
def test_a_misshapen_comment_is_no_delivery_and_its_values_stay_out_of_the_error(payload: Any) -> None:
    payload["comment"] = {**payload.get("comment", {}), "body": "quiet"} if "comment" in payload else None
    with pytest.raises(ValueError, match="issue_comment") as caught:
        _read(payload)
    assert "quiet" not in str(caught.value)


ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PATHS = [
    (),
    *((name,) for name in PAYLOAD),
    *((name, inner) for name, part in PAYLOAD.items() if isinstance(part, dict) for inner in part),
    ("repository", "owner", "login"),
    ("comment", "user", "type"),
    ("issue", "pull_request"),
]


@given(st.sampled_from(PATHS), ANY_JSON, st.sampled_from(["issue_comment", "issues", "push", ""]))
def test_whatever_comes_becomes_an_event_an_unwanted_or_a_value_error(path: Any, value: Any, kind: str) -> None:
    payload = _changed(*path, to=value) if path else value
    try:
        result = _read(payload, x_github_event=kind)
    except ValueError:
        return
    assert isinstance(result, Event | Unwanted)


@given(st.binary(max_size=64))
def test_whatever_bytes_come_nothing_but_a_value_error_is_raised(body: bytes) -> None:
    assert not HOOKS.verify({}, body)
    with pytest.raises(ValueError, match=r"JSON|issue_comment"):
        HOOKS.read(HEADERS, body)
