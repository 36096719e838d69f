"""Git data, files and repositories over the REST API."""

import base64

import pytest
import requests
from stories.demo_repository import FILES, Ask, branch, commit, tip

from infra.practice_forge.server import PracticeForge


def test_files_and_folders(ask: Ask) -> None:
    file = ask("bot", "GET", "/contents/src/a.py").json()
    assert (file["encoding"], base64.b64decode(file["content"])) == ("base64", b"x = 1\n")
    assert {f["name"]: f["type"] for f in ask("bot", "GET", "/contents/").json()}["src"] == "dir"
    raw = ask("bot", "GET", "/contents/run.sh", Accept="application/vnd.github.raw+json")
    assert raw.content == b"#!/bin/sh\n"
    big = ask("bot", "GET", "/contents/big.bin").json()
    assert (big["encoding"], big["content"], big["size"]) == ("none", "", 1_000_001)
    modes = {e["path"]: e["mode"] for e in ask("bot", "GET", "/git/trees/main?recursive=1").json()["tree"]}
    assert (modes["run.sh"], modes["src/a.py"]) == ("100755", "100644")


def test_what_is_not_in_the_repository_is_a_404(ask: Ask) -> None:
    for path in (
        "/contents/none.py",
        "/contents/src/a.py?ref=none",
        "/contents/%2e%2e/x",
        "/branches/none",
        "/git/ref/heads/none",
        "/git/ref/heads",
        "/git/trees/none",
        "/git/commits/" + "0" * 40,
        "/git/blobs/" + "0" * 40,
        "/compare/main...none",
        "/compare/main",
        "/pulls/1",
        "/pulls/1/files",
        "/check-runs/1",
    ):
        assert ask("bot", "GET", path).status_code == 404, path


@pytest.mark.parametrize("name", ["none", "--all", "main..main"])
def test_what_names_no_commit_is_a_422_in_githubs_words(ask: Ask, name: str) -> None:
    reply = ask("bot", "GET", f"/commits/{name}")
    assert (reply.status_code, reply.json()["message"]) == (422, f"No commit found for SHA: {name}")


def test_a_commit_shows_what_it_changed(ask: Ask) -> None:
    shown = ask("bot", "GET", "/commits/main").json()
    names = {file["filename"]: file["status"] for file in shown["files"]}
    assert names == dict.fromkeys(FILES, "added")
    assert shown["stats"]["total"] == shown["stats"]["additions"] == sum(file["additions"] for file in shown["files"])


def test_a_ref_is_made_moved_forward_and_removed(ask: Ask) -> None:
    first = branch(ask, "topic")
    again = ask("bot", "POST", "/git/refs", {"ref": "refs/heads/topic", "sha": first})
    assert (again.status_code, again.json()["message"]) == (422, "Reference already exists")
    second = commit(ask, "src/a.py", "x = 3\n", first)
    assert ask("bot", "PATCH", "/git/refs/heads/topic", {"sha": second}).status_code == 200
    back = ask("bot", "PATCH", "/git/refs/heads/topic", {"sha": first, "force": False})
    assert (back.status_code, back.json()["message"]) == (422, "Update is not a fast forward")
    assert tip(ask, "topic") == second
    assert ask("bot", "PATCH", "/git/refs/heads/topic", {"sha": first, "force": True}).status_code == 200
    assert ask("bot", "DELETE", "/git/refs/heads/topic").status_code == 204
    for method in ("PATCH", "DELETE"):
        gone = ask("bot", method, "/git/refs/heads/topic", {"sha": first})
        assert (gone.status_code, gone.json()["message"]) == (422, "Reference does not exist")


def test_refs_that_cannot_be(ask: Ask) -> None:
    for ref, sha, words in (
        ("topic", tip(ask), "three slash-separated"),
        ("refs/heads/a..b", tip(ask), "not a valid ref name"),
        ("refs/heads/-x y", tip(ask), "not a valid ref name"),
        ("refs/pull/1/head", tip(ask), "not a valid ref name"),
        ("refs/heads/topic", "0" * 40, "Object does not exist"),
        ("refs/heads/topic", "abc", "exactly 40 characters"),
        ("refs/heads/main/sub", tip(ask), "Reference update failed"),
    ):
        reply = ask("bot", "POST", "/git/refs", {"ref": ref, "sha": sha})
        assert reply.status_code == 422, ref
        assert words in reply.json()["message"]


def test_the_default_branch_stays(ask: Ask) -> None:
    assert ask("bot", "DELETE", "/git/refs/heads/main").status_code == 422


def test_tree_paths_that_climb_are_refused(ask: Ask) -> None:
    for path in ("../up", "/abs", "a/../../b", ".git/config", "a//b", "", "a\0b"):
        entry = {"path": path, "mode": "100644", "type": "blob", "content": "A"}
        assert ask("bot", "POST", "/git/trees", {"tree": [entry]}).status_code == 422, path


def test_trees_that_cannot_be(ask: Ask) -> None:
    for body in (
        {"tree": []},
        {"tree": ["a"]},
        {"tree": [{"path": "a", "mode": "777", "content": "A"}]},
        {"tree": [{"path": "a", "mode": "100644", "sha": "0" * 40}]},
        {"tree": [{"path": "a", "mode": "100644"}]},
        {"tree": [{"path": "none", "mode": "100644", "sha": None}]},
        {"base_tree": "0" * 40, "tree": [{"path": "a", "mode": "100644", "content": "A"}]},
    ):
        assert ask("bot", "POST", "/git/trees", body).status_code == 422, body


def test_commits_and_blobs_that_cannot_be(ask: Ask) -> None:
    sha = tip(ask)
    tree = ask("bot", "GET", f"/git/commits/{sha}").json()["tree"]["sha"]
    for body in (
        {"tree": tree, "parents": [sha]},
        {"message": "A", "tree": sha, "parents": [sha]},
        {"message": "A", "tree": tree, "parents": [tree]},
        {"message": "A", "tree": tree, "parents": [], "author": {"name": "A", "email": "a@b", "date": "soon"}},
    ):
        assert ask("bot", "POST", "/git/commits", body).status_code == 422, body
    for content in ({"content": "%", "encoding": "base64"}, {"content": "A", "encoding": "utf-7"}):
        assert ask("bot", "POST", "/git/blobs", content).status_code == 422


def test_only_commits_without_an_author_of_their_own_are_verified(ask: Ask) -> None:
    author = {"name": "Mallory", "email": "m@example.org", "date": "2026-01-02T03:04:05Z"}
    sha = commit(ask, "a", "A", tip(ask), author=author)
    made = ask("bot", "GET", f"/git/commits/{sha}").json()
    assert (made["author"], made["verification"]["verified"]) == (author, False)


def test_a_person_creates_a_repository(forge: PracticeForge, bot_token: str) -> None:
    url, headers = f"{forge.url}/api/v3/user/repos", {"Authorization": f"Bearer {forge.token_for('eve')}"}
    made = requests.post(url, json={"name": "mine", "auto_init": True}, headers=headers, timeout=10)
    assert (made.status_code, made.json()["full_name"]) == (201, "eve/mine")
    assert requests.get(f"{made.json()['url']}/contents/README.md", timeout=10).status_code == 200
    for name in ("mine", "MINE", "../up", "a/b", ".hidden", "x.git", ""):
        reply = requests.post(url, json={"name": name}, headers=headers, timeout=10)
        assert reply.status_code == 422, name
    assert requests.post(url, json={"name": "x"}, timeout=10).status_code == 401
    bot = {"Authorization": f"Bearer {bot_token}"}
    assert requests.post(url, json={"name": "x"}, headers=bot, timeout=10).status_code == 403
    assert [r["name"] for r in requests.get(url, headers=headers, timeout=10).json()] == ["mine"]
