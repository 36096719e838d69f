"""Forks in a GitLab world: who makes them, and merge requests from them."""

import pytest
import requests
from fakes.door import Door
from stories.sums import CHANGED, Ask

from infra.practice_forge.server import PracticeForge
from infra.practice_forge.state import Repository


@pytest.fixture
def hers(forge: PracticeForge, ask: Ask) -> Ask:
    """Return a function that asks about eve's fork of ann/sums as her, once `topic` is on it."""
    made = ask("eve", "POST", "/fork").json()
    assert (made["path_with_namespace"], made["forked_from_project"]["path_with_namespace"]) == ("eve/sums", "ann/sums")
    headers = {"PRIVATE-TOKEN": forge.token_for("eve")}

    def call(method: str, path: str, body: object = None) -> requests.Response:
        url = f"{forge.url}/api/v4/projects/{made['id']}{path}"
        return requests.request(method, url, headers=headers, json=body, timeout=20)

    wish = {"branch": "topic", "start_branch": "main", "commit_message": "Change"}
    action = {"action": "update", "file_path": "src/a.py", "content": CHANGED}
    assert call("POST", "/repository/commits", wish | {"actions": [action]}).status_code == 201
    return call


def proposed(hers: Ask, repo: Repository, **more: object) -> requests.Response:
    wish = {"source_branch": "topic", "target_branch": "main", "title": "Change", "target_project_id": repo.id}
    return hers("POST", "/merge_requests", wish | more)


def test_a_merge_request_from_a_fork_follows_its_branch(
    forge: PracticeForge, repo: Repository, ask: Ask, hers: Ask, door: Door
) -> None:
    forge.gitlab.add_hook(repo, door.url)
    made = proposed(hers, repo, allow_collaboration=True).json()
    assert (made["source_project_id"] == repo.id, made["target_project_id"]) == (False, repo.id)
    assert (made["iid"], made["allow_collaboration"], made["allow_maintainer_to_push"]) == (1, True, True)
    action = {"action": "create", "file_path": "b.py", "content": "b"}
    more = hers("POST", "/repository/commits", {"branch": "topic", "commit_message": "More", "actions": [action]})
    read = ask("codex-bot", "GET", "/merge_requests/1").json()
    assert (read["sha"], read["changes_count"]) == (more.json()["id"], "2")
    assert len(ask("codex-bot", "GET", "/merge_requests/1/versions").json()) == 2
    assert ask("codex-bot", "GET", "/repository/branches/topic").status_code == 404
    told = [door.next()[1]["object_attributes"] for _ in ("open", "update")]
    assert [(each["action"], each["last_commit"]["id"]) for each in told] == [
        ("open", made["sha"]),
        ("update", read["sha"]),
    ]
    assert {each["source_project_id"] for each in told} == {made["source_project_id"]}
    assert {each["source"]["path_with_namespace"] for each in told} == {"eve/sums"}
    assert ask("ann", "PUT", "/merge_requests/1/merge").json()["state"] == "merged"


def test_one_of_the_project_itself_says_nothing_of_collaboration(ask: Ask) -> None:
    ask("bob", "POST", "/repository/branches", {"branch": "topic", "ref": "main"})
    wish = {"source_branch": "topic", "target_branch": "main", "title": "Change", "allow_collaboration": True}
    made = ask("bob", "POST", "/merge_requests", wish).json()
    assert (made["source_project_id"], "allow_collaboration" in made) == (made["target_project_id"], False)


def test_only_relatives_get_merge_requests_and_owners_no_forks(
    forge: PracticeForge, repo: Repository, ask: Ask, hers: Ask
) -> None:
    other = forge.create_repo("bob", "other", {"a": b"a"})
    assert proposed(hers, other).status_code == 422
    assert proposed(hers, repo, target_project_id=4711).status_code == 404
    assert (proposed(hers, repo).status_code, proposed(hers, repo).status_code) == (201, 409)
    assert (ask("ann", "POST", "/fork").status_code, ask("", "POST", "/fork").status_code) == (409, 401)
