"""Who gets in: App JWTs, installation tokens, personal tokens, and every way to be refused."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import github
import jwt
import pytest
import requests

from infra.practice_forge.server import AppSpec, PracticeForge, new_app_key


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@pytest.fixture(scope="module")
def key() -> str:
    return new_app_key()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def forge(tmp_path: Path, key: str, clock: Clock) -> Iterator[PracticeForge]:
    with PracticeForge(tmp_path, app=AppSpec(key_pem=key), limits=False, clock=clock) as forge:
        forge.create_repo("ann", "demo", {"README.md": b"# Demo\n"})
        forge.create_repo("ann", "hidden", {"README.md": b"# Hidden\n"}, private=True)
        yield forge


def get(forge: PracticeForge, path: str, token: str = "", method: str = "GET", **rest: object) -> requests.Response:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.request(method, f"{forge.url}/api/v3{path}", headers=headers, timeout=10, **rest)


def app_jwt(
    key: str, *, issued: float = -60, lives: float = 300, issuer: object = "4242", algorithm: str = "RS256"
) -> str:
    now = time.time()
    return jwt.encode({"iat": int(now + issued), "exp": int(now + lives), "iss": issuer}, key, algorithm=algorithm)


def installation_token(forge: PracticeForge, key: str, **body: object) -> str:
    number = get(forge, "/repos/ann/demo/installation", app_jwt(key)).json()["id"]
    reply = get(forge, f"/app/installations/{number}/access_tokens", app_jwt(key), "POST", json=body)
    assert reply.status_code == 201, reply.text
    return str(reply.json()["token"])


def test_the_app_gets_in_by_its_id_or_its_client_id(forge: PracticeForge, key: str) -> None:
    for issuer in ("4242", "Iv23practice4242"):
        assert get(forge, "/app", app_jwt(key, issuer=issuer)).json()["slug"] == "codex-bot"
    listed = get(forge, "/app/installations", app_jwt(key)).json()
    assert [entry["account"]["login"] for entry in listed] == ["ann"]
    assert get(forge, f"/app/installations/{listed[0]['id']}", app_jwt(key)).json()["app_id"] == 4242


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"lives": -10}, "'Expiration time' claim ('exp') must be"),
        ({"lives": 900}, "too far in the future"),
        ({"issued": -900, "lives": 300}, "too far in the future"),
        ({"issued": 300, "lives": 600}, "'Issued at' claim"),
    ],
)
def test_a_jwt_with_wrong_times_is_refused(
    forge: PracticeForge, key: str, changes: dict[str, float], words: str
) -> None:
    reply = get(forge, "/app", app_jwt(key, **changes))
    assert reply.status_code == 401
    assert words in reply.json()["message"]


def test_a_jwt_of_another_key_algorithm_or_app_is_refused(forge: PracticeForge, key: str) -> None:
    assert get(forge, "/app", app_jwt(new_app_key())).status_code == 401
    secret = "an HMAC secret that is long enough for the library"
    assert get(forge, "/app", app_jwt(secret, algorithm="HS256")).status_code == 401
    assert (
        get(forge, "/app", jwt.encode({"iat": 1, "exp": 9e9, "iss": "4242"}, None, algorithm="none")).status_code == 401
    )
    assert get(forge, "/app", "a.b.c").status_code == 401
    assert get(forge, "/app", app_jwt(key, issuer="999")).json()["message"] == "Integration not found"


def test_app_addresses_want_a_jwt_and_nothing_else(forge: PracticeForge, key: str) -> None:
    token = installation_token(forge, key)
    for path in ("/app", "/app/installations", "/app/hook/deliveries", "/repos/ann/demo/installation"):
        assert get(forge, path, token).status_code == 401, path
        assert get(forge, path).status_code == 401, path
    assert get(forge, "/app/installations/77", app_jwt(key)).status_code == 404
    assert get(forge, "/repos/ann/none/installation", app_jwt(key)).status_code == 404
    assert get(forge, "/app/hook/deliveries/77", app_jwt(key)).status_code == 404


def test_an_installation_token_lives_for_one_hour(forge: PracticeForge, key: str, clock: Clock) -> None:
    token = installation_token(forge, key)
    assert get(forge, "/repos/ann/hidden", token).status_code == 200
    clock.ahead = timedelta(minutes=59)
    assert get(forge, "/repos/ann/hidden", token).status_code == 200
    clock.ahead = timedelta(minutes=61)
    late = get(forge, "/repos/ann/demo", token)
    assert (late.status_code, late.json()["message"]) == (401, "Bad credentials")


def test_a_wrong_token_is_bad_credentials_even_for_what_is_public(forge: PracticeForge) -> None:
    for header in ("Bearer ghp_wrong", "token ghp_wrong", "Basic !!!", "Digest x", "Bearer"):
        reply = requests.get(f"{forge.url}/api/v3/repos/ann/demo", headers={"Authorization": header}, timeout=10)
        assert (reply.status_code, reply.json()["message"]) == (401, "Bad credentials"), header


Write = tuple[str, str, dict[str, str]]
WRITES: list[Write] = [
    ("issues", "/repos/ann/demo/issues", {"title": "A"}),
    ("issues", "/repos/ann/demo/issues/1/comments", {"body": "A"}),
    ("issues", "/repos/ann/demo/issues/1/reactions", {"content": "eyes"}),
    ("contents", "/repos/ann/demo/git/blobs", {"content": "A"}),
    ("contents", "/repos/ann/demo/git/refs", {"ref": "refs/heads/x", "sha": "0" * 40}),
    ("pull_requests", "/repos/ann/demo/pulls", {"title": "A", "head": "x", "base": "main"}),
    ("checks", "/repos/ann/demo/check-runs", {"name": "A", "head_sha": "0" * 40}),
]


@pytest.mark.parametrize("write", WRITES)
def test_a_missing_permission_is_a_403_in_githubs_words(forge: PracticeForge, key: str, write: Write) -> None:
    permission, path, body = write
    token = installation_token(forge, key)
    everything = dict(forge.forge.app.permissions)
    for lesser in ({**everything, permission: "read"}, {k: v for k, v in everything.items() if k != permission}):
        forge.grant(lesser)
        reply = get(forge, path, token, "POST", json=body)
        assert (reply.status_code, reply.json()["message"]) == (403, "Resource not accessible by integration")
    assert requests.get(f"{forge.url}/_practice/effects", timeout=10).json() == []


def test_a_token_may_be_narrowed_but_never_widened(forge: PracticeForge, key: str) -> None:
    narrow = installation_token(forge, key, permissions={"issues": "write"})
    assert get(forge, "/repos/ann/demo/issues", narrow, "POST", json={"title": "A"}).status_code == 201
    assert get(forge, "/repos/ann/demo/git/blobs", narrow, "POST", json={"content": "A"}).status_code == 403
    number = get(forge, "/repos/ann/demo/installation", app_jwt(key)).json()["id"]
    path, wish = f"/app/installations/{number}/access_tokens", {"permissions": {"administration": "write"}}
    assert get(forge, path, app_jwt(key), "POST", json=wish).status_code == 422


@pytest.mark.parametrize("by", ["name", "id"])
def test_a_token_for_one_repository_is_good_for_no_other(forge: PracticeForge, key: str, by: str) -> None:
    demo = get(forge, "/repos/ann/demo").json()
    wish = {"repositories": ["Demo"]} if by == "name" else {"repository_ids": [demo["id"]]}
    token = installation_token(forge, key, **wish)
    listed = get(forge, "/installation/repositories", token).json()["repositories"]
    assert [repo["full_name"] for repo in listed] == ["ann/demo"]
    assert get(forge, "/repos/ann/demo/issues", token, "POST", json={"title": "A"}).status_code == 201
    assert get(forge, "/repos/ann/hidden", token).status_code == 404
    assert get(forge, "/repos/ann/hidden/issues", token, "POST", json={"title": "A"}).status_code == 404
    asked = {"auth": ("x-access-token", token), "timeout": 10}
    refs = "info/refs?service=git-upload-pack"
    assert requests.get(f"{forge.url}/ann/demo.git/{refs}", **asked).ok
    assert requests.get(f"{forge.url}/ann/hidden.git/{refs}", **asked).status_code == 404


@pytest.mark.parametrize("wish", [{"repositories": ["demo", "none"]}, {"repository_ids": [1, 999_999]}])
def test_a_token_for_a_repository_that_is_not_there_is_refused(
    forge: PracticeForge, key: str, wish: dict[str, object]
) -> None:
    number = get(forge, "/repos/ann/demo/installation", app_jwt(key)).json()["id"]
    reply = get(forge, f"/app/installations/{number}/access_tokens", app_jwt(key), "POST", json=wish)
    assert (reply.status_code, "token" in reply.json()) == (422, False)
    assert "does not exist or is not accessible" in reply.json()["message"]


def test_private_repositories_are_not_there_for_strangers(forge: PracticeForge) -> None:
    eve, bob = forge.token_for("eve"), forge.token_for("bob")
    assert get(forge, "/repos/ann/hidden").status_code == 404
    assert get(forge, "/repos/ann/hidden", eve).status_code == 404
    assert get(forge, "/repos/ann/hidden", bob).json()["permissions"] == {"admin": False, "push": True, "pull": True}
    assert get(forge, "/repos/ANN/Demo").json()["full_name"] == "ann/demo"


def test_people_write_with_their_own_rights(forge: PracticeForge) -> None:
    bob, eve = forge.token_for("bob"), forge.token_for("eve")
    assert get(forge, "/repos/ann/demo/git/blobs", bob, "POST", json={"content": "A"}).status_code == 201
    refused = get(forge, "/repos/ann/demo/git/blobs", eve, "POST", json={"content": "A"})
    assert (refused.status_code, refused.json()["message"]) == (403, "Must have push access to repository")
    anonymous = get(forge, "/repos/ann/demo/issues", method="POST", json={"title": "A"})
    assert (anonymous.status_code, anonymous.json()["message"]) == (401, "Requires authentication")
    assert get(forge, "/repos/ann/demo/issues", eve, "POST", json={"title": "A"}).status_code == 201


def test_collaborator_permissions_are_told_to_writers_only(forge: PracticeForge, key: str) -> None:
    token = installation_token(forge, key)
    path = "/repos/ann/demo/collaborators/{}/permission"
    found = {login: get(forge, path.format(login), token).json()["permission"] for login in ("ann", "bob", "eve")}
    assert found == {"ann": "admin", "bob": "write", "eve": "none"}
    assert get(forge, path.format("nobody"), token).status_code == 404
    assert get(forge, path.format("ann"), forge.token_for("eve")).status_code == 403
    assert get(forge, path.format("ann")).status_code == 401
    forge.grant({"issues": "write"})
    assert get(forge, path.format("ann"), token).status_code == 403


def test_accounts(forge: PracticeForge, key: str) -> None:
    assert get(forge, "/user", forge.token_for("ann")).json()["login"] == "ann"
    assert get(forge, "/user").status_code == 401
    assert get(forge, "/user", installation_token(forge, key)).status_code == 403
    assert get(forge, "/users/codex-bot[bot]").json()["type"] == "Bot"
    assert get(forge, "/users/nobody").status_code == 404
    listed = get(forge, "/installation/repositories", installation_token(forge, key)).json()
    assert (listed["total_count"], len(listed["repositories"])) == (2, 2)
    assert get(forge, "/installation/repositories", forge.token_for("ann")).status_code == 403


def test_pygithub_signs_in_as_the_app(forge: PracticeForge, key: str) -> None:
    rest = {"base_url": f"{forge.url}/api/v3", "seconds_between_requests": None, "seconds_between_writes": None}
    app = github.GithubIntegration(auth=github.Auth.AppAuth("4242", key), retry=None, **rest)
    installation = app.get_repo_installation("ann", "demo")
    with installation.get_github_for_installation() as client:
        assert client.get_repo("ann/demo").default_branch == "main"


def test_a_key_that_is_no_rsa_key_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError):
        PracticeForge(tmp_path, app=AppSpec(key_pem="nonsense"))
