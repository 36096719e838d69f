"""Issues, comments and reactions: what GitHub accepts, and how it refuses."""

from collections.abc import Callable, Iterator
from http import HTTPStatus
from pathlib import Path

import pytest
import requests

from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key
from infra.practice_forge.state import Repository, Token

Ask = Callable[..., requests.Response]
REPO = "/repos/ann/demo"


@pytest.fixture(scope="module")
def app() -> AppSpec:
    return AppSpec(key_pem=new_app_key())


@pytest.fixture
def forge(tmp_path: Path, app: AppSpec) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path, app=app, limits=False) as forge:
        yield forge


@pytest.fixture
def repo(forge: PracticeForge) -> Repository:
    return forge.create_repo("ann", "demo", {"README.md": b"# Demo\n"})


@pytest.fixture
def ask(forge: PracticeForge, repo: Repository) -> Ask:
    """Return a function that asks the API as somebody: "ann", "eve" or "bot"."""
    secrets = {login: forge.token_for(login) for login in ("ann", "bob", "eve")}
    installation = forge.forge.state.installation_of("ann")
    assert installation
    bot = Token(forge.forge.app.login, installation.id, forge.forge.app.permissions)
    secrets["bot"] = forge.forge.new_token(bot, prefix="ghs_")

    def call(who: str, method: str, path: str, body: object = None, **rest: object) -> requests.Response:
        headers = {"Authorization": f"token {secrets[who]}"}
        return requests.request(method, f"{forge.url}/api/v3{path}", headers=headers, json=body, timeout=10, **rest)

    return call


def effects(forge: PracticeForge) -> list[dict[str, object]]:
    return requests.get(f"{forge.url}/_practice/effects", timeout=10).json()


def test_an_issue_is_opened_edited_closed_and_reopened(ask: Ask) -> None:
    opened = ask("eve", "POST", f"{REPO}/issues", {"title": "Umlauts", "body": "Über", "labels": ["bug"]})
    assert opened.status_code == 201
    assert opened.headers["Location"] == opened.json()["url"]
    assert (opened.json()["number"], opened.json()["labels"]) == (1, [])
    edited = ask("eve", "PATCH", f"{REPO}/issues/1", {"title": "Vowels", "state": "closed"}).json()
    assert (edited["title"], edited["body"], edited["state"]) == ("Vowels", "Über", "closed")
    assert ask("bob", "PATCH", f"{REPO}/issues/1", {"state": "open", "body": None}).json()["body"] is None
    assert [i["number"] for i in ask("ann", "GET", f"{REPO}/issues").json()] == [1]
    assert ask("ann", "GET", f"{REPO}/issues?state=closed").json() == []


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, '"title" wasn\'t supplied.'),
        ({"title": 5}, "is not a string"),
        ({"title": "  "}, "Validation Failed"),
        ({"title": "x" * 257}, "Validation Failed"),
        ({"title": "x", "body": "y" * 65_537}, "Validation Failed"),
        ({"title": "x", "labels": "bug"}, "is not an array"),
    ],
)
def test_an_issue_that_github_would_refuse(ask: Ask, forge: PracticeForge, body: object, words: str) -> None:
    reply = ask("ann", "POST", f"{REPO}/issues", body)
    assert reply.status_code == 422
    assert words in reply.json()["message"]
    assert effects(forge) == []


def test_others_issues_are_not_for_strangers_to_change(ask: Ask) -> None:
    ask("ann", "POST", f"{REPO}/issues", {"title": "Mine"})
    assert ask("eve", "PATCH", f"{REPO}/issues/1", {"state": "closed"}).status_code == 403
    assert ask("eve", "POST", f"{REPO}/issues/1/labels", {"labels": ["x"]}).status_code == 403
    assert ask("ann", "PATCH", f"{REPO}/issues/1", {"state": "asleep"}).status_code == 422
    assert ask("ann", "PATCH", f"{REPO}/issues/9", {"state": "closed"}).status_code == 404
    assert ask("ann", "GET", f"{REPO}/issues/9").status_code == 404


def test_labels_are_added_once(ask: Ask) -> None:
    ask("ann", "POST", f"{REPO}/issues", {"title": "A", "labels": ["bug"]})
    added = ask("bot", "POST", f"{REPO}/issues/1/labels", {"labels": ["bug", "codex"]})
    assert [label["name"] for label in added.json()] == ["bug", "codex"]
    assert len(ask("ann", "GET", f"{REPO}/issues/1/labels").json()) == 2
    assert len(ask("ann", "GET", f"{REPO}/issues?labels=codex").json()) == 1
    assert ask("bot", "POST", f"{REPO}/issues/1/labels", {"labels": [" "]}).status_code == 422


def test_a_comment_is_written_edited_and_deleted_by_its_author_only(ask: Ask, forge: PracticeForge) -> None:
    ask("ann", "POST", f"{REPO}/issues", {"title": "A"})
    mine = ask("bot", "POST", f"{REPO}/issues/1/comments", {"body": "Working"}).json()
    assert (mine["user"]["login"], mine["user"]["type"]) == ("codex-bot[bot]", "Bot")
    path = f"{REPO}/issues/comments/{mine['id']}"
    for somebody in ("ann", "eve"):
        refused = ask(somebody, "PATCH", path, {"body": "Stolen"})
        assert (refused.status_code, refused.json()["message"]) == (403, "Must have admin rights to Repository.")
        assert ask(somebody, "DELETE", path).status_code == 403
    assert ask("bot", "PATCH", path, {"body": "Done"}).json()["body"] == "Done"
    assert ask("bot", "PATCH", path, {"body": " "}).status_code == 422
    assert ask("bot", "DELETE", path).status_code == 204
    assert ask("bot", "GET", path).status_code == 404
    assert [e["method"] for e in effects(forge)] == ["POST", "POST", "PATCH", "DELETE"]


def test_a_comment_of_65536_characters_is_the_longest(ask: Ask) -> None:
    ask("ann", "POST", f"{REPO}/issues", {"title": "A"})
    assert ask("bot", "POST", f"{REPO}/issues/1/comments", {"body": "ü" * 65_536}).status_code == 201
    reply = ask("bot", "POST", f"{REPO}/issues/1/comments", {"body": "x" * 65_537})
    assert reply.status_code == 422
    assert reply.json()["message"] == "Validation Failed"
    assert reply.json()["errors"] == [
        {
            "resource": "IssueComment",
            "field": "data",
            "code": "unprocessable",
            "message": "Body is too long (maximum is 65536 characters)",
        }
    ]


def test_comments_that_cannot_be(ask: Ask, forge: PracticeForge, repo: Repository) -> None:
    ask("ann", "POST", f"{REPO}/issues", {"title": "A"})
    assert ask("bot", "POST", f"{REPO}/issues/2/comments", {"body": "A"}).status_code == 404
    assert ask("bot", "POST", f"{REPO}/issues/1/comments", {}).status_code == 422
    assert ask("bot", "POST", f"{REPO}/issues/1/comments", {"body": "\n"}).status_code == 422
    forge.lock_issue(repo, 1)
    locked = ask("eve", "POST", f"{REPO}/issues/1/comments", {"body": "A"})
    assert (locked.status_code, locked.json()["message"]) == (403, "Unable to create comment because issue is locked.")
    assert ask("bot", "POST", f"{REPO}/issues/1/comments", {"body": "A"}).status_code == 201


def test_comments_of_another_repository_are_not_found_here(ask: Ask, forge: PracticeForge) -> None:
    forge.create_repo("ann", "other", {})
    ask("ann", "POST", f"{REPO}/issues", {"title": "A"})
    number = ask("ann", "POST", f"{REPO}/issues/1/comments", {"body": "A"}).json()["id"]
    assert ask("ann", "GET", f"/repos/ann/other/issues/comments/{number}").status_code == 404


def test_lists_come_in_pages_with_links(ask: Ask, forge: PracticeForge) -> None:
    ask("ann", "POST", f"{REPO}/issues", {"title": "A"})
    for number in range(5):
        ask("ann", "POST", f"{REPO}/issues/1/comments", {"body": str(number)})
    first = ask("ann", "GET", f"{REPO}/issues/1/comments?per_page=2")
    assert [c["body"] for c in first.json()] == ["0", "1"]
    assert set(first.links) == {"next", "last"}
    assert first.links["next"]["url"].startswith(f"{forge.url}/api/v3{REPO}/issues/1/comments?per_page=2&page=2")
    last = ask("ann", "GET", f"{REPO}/issues/1/comments?per_page=2&page=3")
    assert ([c["body"] for c in last.json()], set(last.links)) == (["4"], {"prev", "first"})
    assert ask("ann", "GET", f"{REPO}/issues/1/comments?page=9").json() == []
    assert len(ask("ann", "GET", f"{REPO}/issues/1/comments?per_page=nonsense&page=0").json()) == 5


def test_comments_since(ask: Ask) -> None:
    ask("ann", "POST", f"{REPO}/issues", {"title": "A"})
    ask("ann", "POST", f"{REPO}/issues/1/comments", {"body": "A"})
    path = f"{REPO}/issues/1/comments"
    assert len(ask("ann", "GET", path, params={"since": "2020-01-01T00:00:00Z"}).json()) == 1
    assert ask("ann", "GET", path, params={"since": "2099-01-01T00:00:00Z"}).json() == []
    assert ask("ann", "GET", path, params={"since": "yesterday"}).status_code == 422


def test_a_reaction_is_new_once(ask: Ask, forge: PracticeForge) -> None:
    ask("ann", "POST", f"{REPO}/issues", {"title": "A"})
    number = ask("ann", "POST", f"{REPO}/issues/1/comments", {"body": "A"}).json()["id"]
    path = f"{REPO}/issues/comments/{number}/reactions"
    before = len(effects(forge))
    first, second = (ask("bot", "POST", path, {"content": "eyes"}) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["id"] == second.json()["id"]
    assert len(effects(forge)) == before + 1
    assert ask("bot", "POST", path, {"content": "shrug"}).status_code == 422
    assert [r["content"] for r in ask("ann", "GET", path).json()] == ["eyes"]
    assert ask("ann", "GET", f"{REPO}/issues/comments/{number}").json()["reactions"]["eyes"] == 1
    assert ask("ann", "DELETE", f"{path}/{first.json()['id']}").status_code == 403
    assert ask("bot", "DELETE", f"{path}/{first.json()['id']}").status_code == 204
    assert ask("bot", "DELETE", f"{path}/{first.json()['id']}").status_code == 404
    assert ask("eve", "POST", f"{REPO}/issues/1/reactions", {"content": "+1"}).status_code == 201


@pytest.mark.parametrize("body", [b"{", b"\xff", b'{"body": "\\ud800"}', b"[1]", b"[" * 100_000])
def test_a_body_that_is_no_json_object(ask: Ask, forge: PracticeForge, body: bytes) -> None:
    ask("ann", "POST", f"{REPO}/issues", {"title": "A"})
    headers = {"Authorization": f"token {forge.token_for('ann')}", "Content-Type": "application/json"}
    url = f"{forge.url}/api/v3{REPO}/issues/1/comments"
    reply = requests.post(url, data=body, headers=headers, timeout=10)
    assert reply.status_code == HTTPStatus.BAD_REQUEST
    assert reply.json()["message"] in {"Problems parsing JSON", "Body should be a JSON object"}


def test_what_is_not_there_is_a_404_document(ask: Ask) -> None:
    for method, path in (("GET", "/nothing"), ("PUT", f"{REPO}/issues"), ("GET", "/repos/ann"), ("GET", "/")):
        reply = ask("ann", method, path)
        assert (reply.status_code, reply.json()["message"]) == (404, "Not Found")
        assert reply.json()["documentation_url"]
