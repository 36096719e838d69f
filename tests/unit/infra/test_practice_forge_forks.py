"""Forks on the practice forge: who makes them, and what may come of them."""

import base64

import requests
from stories.demo_repository import Ask, tip

from infra.practice_forge.server import PracticeForge

OURS = {"title": "T", "body": "B", "head": "eve:topic", "base": "main"}


def forked(ask: Ask) -> None:
    """Let eve fork ann/demo."""
    made = ask("eve", "POST", "/forks")
    assert (made.status_code, made.json()["full_name"], made.json()["fork"]) == (202, "eve/demo", True)
    assert made.json()["parent"]["full_name"] == made.json()["source"]["full_name"] == "ann/demo"


def written(forge: PracticeForge, ask: Ask, content: str) -> str:
    """Let eve commit to `topic` of her fork; return the commit."""
    root = f"{forge.url}/api/v3/repos/eve/demo"
    headers = {"Authorization": f"Bearer {forge.token_for('eve')}"}

    def post(path: str, body: object, method: str = "POST") -> str:
        answer = requests.request(method, f"{root}/git/{path}", json=body, headers=headers, timeout=20)
        assert answer.ok, answer.text
        return str(answer.json().get("sha"))

    known = requests.get(f"{root}/git/ref/heads/topic", headers=headers, timeout=20)
    parent = known.json()["object"]["sha"] if known.ok else tip(ask)
    blob = post("blobs", {"content": base64.b64encode(content.encode()).decode(), "encoding": "base64"})
    tree = post("trees", {"base_tree": parent, "tree": [{"path": "a", "mode": "100644", "type": "blob", "sha": blob}]})
    sha = post("commits", {"message": content, "tree": tree, "parents": [parent]})
    if known.ok:
        post("refs/heads/topic", {"sha": sha}, "PATCH")
    else:
        post("refs", {"ref": "refs/heads/topic", "sha": sha})
    return sha


def test_a_fork_is_made_once_and_by_people_who_do_not_own_the_repository(ask: Ask) -> None:
    forked(ask)
    forked(ask)
    assert [each["full_name"] for each in ask("bot", "GET", "/forks").json()] == ["eve/demo"]
    assert [ask(who, "POST", "/forks").status_code for who in ("bot", "ann")] == [403, 422]
    assert ask("bot", "GET", "").json()["fork"] is False


def test_a_pull_request_from_a_fork_follows_its_branch(forge: PracticeForge, ask: Ask) -> None:
    forked(ask)
    first = written(forge, ask, "one")
    opened = ask("eve", "POST", "/pulls", OURS)
    assert opened.status_code == 201
    pull = opened.json()
    assert (pull["head"]["label"], pull["head"]["repo"]["full_name"], pull["head"]["sha"]) == (
        "eve:topic",
        "eve/demo",
        first,
    )
    assert (pull["base"]["repo"]["full_name"], pull["maintainer_can_modify"]) == ("ann/demo", True)
    assert [each["number"] for each in ask("bot", "GET", "/pulls?head=eve:topic").json()] == [pull["number"]]
    assert ask("bot", "GET", "/pulls?head=ann:topic").json() == []
    second = written(forge, ask, "two")
    assert ask("bot", "GET", f"/pulls/{pull['number']}").json()["head"]["sha"] == second
    assert ask("bot", "GET", f"/git/ref/pull/{pull['number']}/head").json()["object"]["sha"] == second
    assert ask("bot", "GET", "/git/ref/heads/topic").status_code == 404
    merged = ask("ann", "PUT", f"/pulls/{pull['number']}/merge")
    assert (
        ask("ann", "GET", f"/commits/{merged.json()['sha']}")
        .json()["commit"]["message"]
        .startswith(f"Merge pull request #{pull['number']} from eve/topic")
    )


def test_who_may_not_write_to_the_fork_proposes_nothing_from_it(forge: PracticeForge, ask: Ask) -> None:
    forked(ask)
    written(forge, ask, "one")
    refused = ask("bob", "POST", "/pulls", OURS)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "head")
    assert ask("eve", "POST", "/pulls", OURS | {"head": "bob:topic"}).status_code == 422
    assert ask("eve", "POST", "/pulls", OURS | {"head": "main", "base": "main"}).status_code == 403


def test_an_app_can_give_nobody_a_right_that_it_lacks(forge: PracticeForge, ask: Ask) -> None:
    forked(ask)
    written(forge, ask, "one")
    for more in ({}, {"maintainer_can_modify": True}):
        refused = ask("bot", "POST", "/pulls", OURS | more)
        assert (refused.status_code, refused.json()["errors"][0]["field"]) == (422, "fork_collab")
    opened = ask("bot", "POST", "/pulls", OURS | {"maintainer_can_modify": False})
    assert (opened.status_code, opened.json()["maintainer_can_modify"]) == (201, False)
