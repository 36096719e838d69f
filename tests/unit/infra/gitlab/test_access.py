"""Who may ask what in a GitLab world: tokens, scopes, levels, and projects by any of their names."""

from datetime import UTC, datetime
from pathlib import Path

import gitlab
import pytest
import requests
from stories.sums import Ask

from infra.practice_forge.server import PracticeForge
from infra.practice_forge.state import Repository


def get(forge: PracticeForge, path: str, token: str = "", **headers: str) -> requests.Response:
    own = {"PRIVATE-TOKEN": token} if token else {}
    return requests.get(f"{forge.url}/api/v4{path}", headers=own | headers, timeout=10)


def test_a_token_comes_in_either_header(forge: PracticeForge) -> None:
    token = forge.token_for("codex-bot")
    assert get(forge, "/user", token).json()["username"] == "codex-bot"
    me = get(forge, "/user", Authorization=f"Bearer {token}").json()
    assert (me["bot"], me["name"]) == (True, "Codex Bot")


@pytest.mark.parametrize("headers", [{}, {"PRIVATE-TOKEN": "wrong"}, {"Authorization": "Basic eDp5"}])
def test_without_a_good_token_there_is_no_user(forge: PracticeForge, headers: dict[str, str]) -> None:
    reply = get(forge, "/user", **headers)
    assert (reply.status_code, reply.json()) == (401, {"message": "401 Unauthorized"})


def test_a_token_ends(forge: PracticeForge) -> None:
    token = forge.gitlab.token("codex-bot", expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    reply = get(forge, "/user", token)
    assert (reply.status_code, reply.json()["error"]) == (401, "invalid_token")


def test_a_token_tells_of_itself(forge: PracticeForge) -> None:
    token = forge.gitlab.token("codex-bot", scopes=["read_user"], expires_at=datetime(2199, 5, 1, tzinfo=UTC))
    own = get(forge, "/personal_access_tokens/self", token).json()
    assert (own["scopes"], own["expires_at"], own["active"]) == (["read_user"], "2199-05-01", True)


@pytest.mark.parametrize(
    ("scopes", "method", "path", "status"),
    [
        (["read_api"], "GET", "", 200),
        (["read_api"], "POST", "/issues", 403),
        (["write_repository"], "GET", "", 403),
        (["read_repository"], "GET", "/repository/files/README.md/raw", 200),
        (["read_repository"], "GET", "/issues", 403),
        (["api"], "POST", "/issues", 201),
    ],
)
def test_a_scope_opens_what_it_names(
    forge: PracticeForge, ask: Ask, *, scopes: list[str], method: str, path: str, status: int
) -> None:
    token = forge.gitlab.token("codex-bot", scopes=scopes)
    reply = ask("", method, path, {"title": "T"} if method == "POST" else None, **{"PRIVATE-TOKEN": token})
    assert reply.status_code == status
    if status == 403:
        assert reply.json()["error"] == "insufficient_scope"
        assert "api" in reply.json()["scope"].split()


def test_what_one_may_not_see_is_not_there(forge: PracticeForge) -> None:
    forge.create_repo("ann", "hidden", {"a": b"1"}, private=True, roles={"bob": "read"})
    for login, status in (("ann", 200), ("bob", 200), ("eve", 404)):
        assert get(forge, "/projects/ann%2Fhidden", forge.token_for(login)).status_code == status
    assert get(forge, "/projects/ann%2Fhidden").json() == {"message": "404 Project Not Found"}
    assert "hidden" not in get(forge, "/projects", forge.token_for("eve")).text


def test_a_project_has_an_id_and_a_path_with_groups_and_dots(forge: PracticeForge) -> None:
    repo = forge.create_repo("acme/the.team", "api.v2", {"a": b"1"}, roles={"ann": "admin", "codex-bot": "maintain"})
    token = forge.token_for("codex-bot")
    by_path = get(forge, "/projects/acme%2Fthe.team%2Fapi.v2", token).json()
    assert get(forge, f"/projects/{repo.id}", token).json() == by_path
    assert by_path["path_with_namespace"] == "acme/the.team/api.v2"
    assert by_path["permissions"]["project_access"]["access_level"] == 40
    assert by_path["http_url_to_repo"] == f"{forge.url}/acme/the.team/api.v2.git"
    assert by_path["namespace"]["kind"] == "group"


def test_levels_follow_from_roles(forge: PracticeForge, repo: Repository) -> None:
    forge.create_repo("bob", "mixed", {"a": b"1"}, roles={"ann": "read", "eve": "maintain"})
    with gitlab.Gitlab(forge.url, private_token=forge.token_for("bob"), keep_base_url=True) as client:
        project = client.projects.get("bob/mixed")
        levels = {member.username: member.access_level for member in project.members_all.list(get_all=True)}
        assert levels == {"ann": 20, "bob": 50, "eve": 40}
        nobody = client.users.list(username="CODEX-bot")[0]
        with pytest.raises(gitlab.GitlabGetError) as refused:
            project.members_all.get(nobody.id)
        assert refused.value.response_code == 404


def test_a_stranger_reads_the_public_and_writes_nothing(ask: Ask) -> None:
    assert ask("", "GET").status_code == 200
    assert ask("", "GET", "/members/all").status_code == 401
    assert ask("", "POST", "/issues", {"title": "T"}).json() == {"message": "401 Unauthorized"}


def test_only_maintainers_make_hooks_and_only_developers_write(ask: Ask) -> None:
    hook = {"url": "http://127.0.0.1:9/"}
    assert ask("codex-bot", "POST", "/hooks", hook).json() == {"message": "403 Forbidden"}
    assert ask("eve", "POST", "/repository/branches", {"branch": "b", "ref": "main"}).status_code == 403
    assert ask("eve", "POST", "/statuses/main", {"state": "success"}).status_code == 403


def test_an_address_that_is_none(ask: Ask) -> None:
    reply = ask("ann", "GET", "/nothing")
    assert (reply.status_code, reply.json()) == (404, {"error": "404 Not Found"})
    reply = ask("ann", "DELETE", "/issues")
    assert (reply.status_code, reply.json()) == (405, {"error": "405 Not Allowed"})


def test_a_body_that_cannot_be_read(forge: PracticeForge, repo: Repository) -> None:
    headers = {"PRIVATE-TOKEN": forge.token_for("ann"), "Content-Type": "application/json"}
    url = f"{forge.url}/api/v4/projects/{repo.id}/issues"
    for raw in ("{", "[]", '{"title": "\\ud800"}'):
        reply = requests.post(url, data=raw, headers=headers, timeout=10)
        assert (reply.status_code, "error" in reply.json()) == (400, True)
    form = requests.post(
        url, data={"title": "Of a form"}, headers={"PRIVATE-TOKEN": headers["PRIVATE-TOKEN"]}, timeout=10
    )
    assert form.json()["title"] == "Of a form"


def test_the_server_tells_its_version(forge: PracticeForge) -> None:
    token = forge.token_for("ann")
    assert get(forge, "/version", token).json()["version"] == get(forge, "/metadata", token).json()["version"]
    assert get(forge, "/version").status_code == 401


def test_a_limit_is_kept_and_told(forge: PracticeForge) -> None:
    token, other = forge.token_for("codex-bot"), forge.token_for("bob")
    forge.gitlab.rate_limit = 2
    assert get(forge, "/user", token).headers["RateLimit-Remaining"] == "1"
    assert get(forge, "/user", token).status_code == 200
    refused = get(forge, "/user", token)
    assert refused.status_code == 429
    assert 1 <= int(refused.headers["Retry-After"]) <= 60
    assert refused.headers["RateLimit-Limit"] == "2"
    assert get(forge, "/user", other).status_code == 200


def test_faults_strike_here_too_and_writes_are_logged(forge: PracticeForge, ask: Ask) -> None:
    order = {"match": "/issues$", "method": "POST", "status": 502, "when": "after"}
    assert requests.post(f"{forge.url}/_practice/faults", json=order, timeout=10).status_code == 201
    reply = ask("bob", "POST", "/issues", {"title": "Written all the same"})
    assert (reply.status_code, reply.json()) == (502, {"message": "502 Bad Gateway"})
    assert ask("bob", "GET", "/issues").json()[0]["title"] == "Written all the same"
    effect = requests.get(f"{forge.url}/_practice/effects", timeout=10).json()[-1]
    assert (effect["method"], effect["actor"], effect["status"]) == ("POST", "bob", 201)
    assert effect["path"].endswith("/projects/ann/sums/issues")


def test_a_world_speaks_one_dialect(forge: PracticeForge, tmp_path: Path) -> None:
    assert requests.get(f"{forge.url}/api/v3/user", timeout=10).status_code == 404
    assert "/api/v4" in forge.forge.api_url
