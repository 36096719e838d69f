"""Fields that GitHub's OpenAPI description calls required, and that stand in no other test.

https://github.com/github/rest-api-description; each set is what the schema named beside it asks for.
"""

import time

import jwt
import pytest
import requests
from fakes.door import open_door
from stories.demo_repository import Ask, branch, tip

from infra.practice_forge.server import AppSpec, PracticeForge

REQUIRED = {
    "full-repository": ("", {"network_count", "subscribers_count", "permissions"}),
    "branch-with-protection": ("/branches/main", {"protection", "protection_url", "_links"}),
    "commit-comparison": ("/compare/main...topic", {"permalink_url", "diff_url", "patch_url", "merge_base_commit"}),
}


@pytest.mark.parametrize("schema", REQUIRED)
def test_a_repository_and_its_parts_have_every_field(ask: Ask, schema: str) -> None:
    branch(ask, "topic")
    path, fields = REQUIRED[schema]
    assert fields <= ask("bot", "GET", path).json().keys()


def test_a_blob_has_every_field(ask: Ask) -> None:
    [sha] = {file["sha"] for file in ask("bot", "GET", "/contents/").json() if file["name"] == "README.md"}
    blob = ask("bot", "GET", f"/git/blobs/{sha}").json()
    assert {"sha", "url", "node_id", "size", "content", "encoding"} <= blob.keys()


def test_a_comparison_keeps_an_address_of_its_commits(ask: Ask) -> None:
    branch(ask, "topic")
    found = ask("bot", "GET", "/compare/main...topic").json()
    assert found["permalink_url"].endswith(f"/compare/{tip(ask, 'main')[:12]}...{tip(ask, 'topic')[:12]}")


@pytest.mark.parametrize("span", ["main...none", "none...main"])
def test_a_comparison_with_nothing_is_not_found(ask: Ask, span: str) -> None:
    reply = ask("bot", "GET", f"/compare/{span}")
    assert (reply.status_code, reply.json()["message"]) == (404, "Not Found")


def test_people_have_every_field(forge: PracticeForge) -> None:
    shown = requests.get(f"{forge.url}/api/v3/users/ann", timeout=10).json()
    assert {"blog", "followers", "following", "public_gists", "public_repos", "created_at"} <= shown.keys()


def test_the_app_and_its_installations_have_every_field(forge: PracticeForge, app: AppSpec) -> None:
    now = int(time.time())
    signed = jwt.encode({"iat": now - 60, "exp": now + 300, "iss": str(app.id)}, app.key_pem, algorithm="RS256")

    def get(path: str) -> dict[str, object]:
        headers = {"Authorization": f"Bearer {signed}"}
        found: dict[str, object] = requests.get(f"{forge.url}/api/v3{path}", headers=headers, timeout=10).json()
        return found

    assert {"created_at", "updated_at", "owner", "permissions"} <= get("/app").keys()
    installation = get("/repos/ann/demo/installation")
    assert {"target_id", "single_file_name", "suspended_by", "suspended_at"} <= installation.keys()
    assert installation["target_id"] == forge.forge.state.accounts["ann"].id


def test_a_label_is_told_whole(forge: PracticeForge, ask: Ask) -> None:
    number = ask("ann", "POST", "/issues", {"title": "T"}).json()["number"]
    with open_door() as door:
        forge.send_webhooks_to(door.url)
        label = ask("ann", "POST", f"/issues/{number}/labels", {"labels": ["codex"]}).json()[0]
        _, told = door.next()
    assert (told["action"], told["label"]) == ("labeled", label)
    assert {"id", "node_id", "url", "name", "color", "default", "description"} <= label.keys()
