"""Access tokens of projects and groups, and hooks to a network that a server keeps its hooks away from."""

from datetime import UTC, datetime, timedelta

import pytest
import requests
from stories.sums import Ask

from infra.practice_forge.server import PracticeForge

WISH = {"name": "codex-bot", "scopes": ["api", "write_repository"], "access_level": 30}
TODAY = datetime.now(UTC).date()


def test_a_project_token_makes_an_account_with_its_role(forge: PracticeForge, ask: Ask) -> None:
    made = ask("ann", "POST", "/access_tokens", WISH | {"expires_at": f"{TODAY + timedelta(days=365)}"}).json()
    own = {"PRIVATE-TOKEN": made["token"]}
    user = requests.get(f"{forge.url}/api/v4/user", headers=own, timeout=9).json()
    assert (user["bot"], user["username"].startswith("project_")) == (True, True)
    assert ask("", "GET", f"/members/all/{user['id']}", **own).json()["access_level"] == 30
    told = requests.get(f"{forge.url}/api/v4/personal_access_tokens/self", headers=own, timeout=9).json()
    assert (told["scopes"], told["expires_at"]) == (made["scopes"], f"{TODAY + timedelta(days=365)}")
    assert [each["id"] for each in ask("ann", "GET", "/access_tokens").json()] == [made["id"]]
    assert "token" not in ask("ann", "GET", "/access_tokens").json()[0]


def test_a_token_that_is_revoked_is_no_good(forge: PracticeForge, ask: Ask) -> None:
    made = ask("ann", "POST", "/access_tokens", WISH).json()
    assert ask("bob", "DELETE", f"/access_tokens/{made['id']}").status_code == 403
    assert ask("ann", "DELETE", f"/access_tokens/{made['id']}").status_code == 204
    assert ask("", "GET", "", **{"PRIVATE-TOKEN": made["token"]}).status_code == 401
    assert ask("ann", "DELETE", f"/access_tokens/{made['id']}").status_code == 404


@pytest.mark.parametrize(
    ("who", "change", "status"),
    [
        ("bob", {}, 403),
        ("ann", {"scopes": ["everything"]}, 400),
        ("ann", {"scopes": []}, 400),
        ("ann", {"access_level": 31}, 400),
        ("ann", {"expires_at": f"{TODAY + timedelta(days=366)}"}, 400),
        ("ann", {"expires_at": "tomorrow"}, 400),
    ],
)
def test_tokens_that_cannot_be(ask: Ask, who: str, change: dict[str, object], status: int) -> None:
    assert ask(who, "POST", "/access_tokens", WISH | change).status_code == status


def test_without_a_licence_nobody_makes_one(forge: PracticeForge, ask: Ask) -> None:
    forge.gitlab.shelves.makes_access_tokens = False
    reply = ask("ann", "POST", "/access_tokens", WISH)
    assert (reply.status_code, "does not have permission" in reply.json()["message"]) == (400, True)


def test_a_group_token_reaches_every_project_below(forge: PracticeForge, ask: Ask) -> None:
    for group, owner in (("Acme", "ann"), ("acme/team", "ann"), ("others", "bob")):
        forge.create_repo(group, "api", {"a": b"1"}, private=True, roles={owner: "admin"})

    def post(group: str, who: str) -> requests.Response:
        own = {"PRIVATE-TOKEN": forge.token_for(who)}
        return requests.post(f"{forge.url}/api/v4/groups/{group}/access_tokens", json=WISH, headers=own, timeout=9)

    assert [post("acme", "bob").status_code, post("others", "ann").status_code, post("ann", "ann").status_code] == [
        *(404, 404, 404)
    ]
    own = {"PRIVATE-TOKEN": post("acme", "ann").json()["token"]}
    url = f"{forge.url}/api/v4/projects?membership=true"
    found = [each["path_with_namespace"] for each in requests.get(url, headers=own, timeout=9).json()]
    assert sorted(found) == ["Acme/api", "acme/team/api"]


@pytest.mark.parametrize(("host", "status"), [("127.0.0.1", 422), ("10.0.0.9", 422), ("codex.example.org", 201)])
def test_a_fresh_server_keeps_hooks_out_of_its_network(forge: PracticeForge, ask: Ask, host: str, status: int) -> None:
    forge.gitlab.blocks_local_network = True
    reply = ask("ann", "POST", "/hooks", {"url": f"http://{host}/"})
    assert reply.status_code == status
    if status == 422:
        assert reply.json() == {"error": "Url is blocked: Requests to the local network are not allowed"}
