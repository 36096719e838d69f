"""What goes over the wire: how many calls, and what they carry."""

import base64
from typing import Any

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.errors import UserError
from bot.events import FileChange, Permission, Repo, Subject
from bot.forges.github.access import GitHubAccess
from bot.forges.github.adapter import GitHubForge

REPO = Repo("ann", "sums")
ISSUE = Subject(7)
ROOT = "/repos/ann/sums"
REF = f"{ROOT}/git/ref/heads/codex/7"
REFS = f"{ROOT}/git/refs"
PULLS = f"{ROOT}/pulls"
MINE = f"{PULLS}?head=ann%3Acodex%2F7&per_page=100&state=open"
PARENT, COMMIT, OTHER = "a" * 40, "c" * 40, "d" * 40


@pytest.fixture(scope="module")
def key() -> str:
    private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    plain = serialization.NoEncryption()
    return private.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain).decode()


@pytest.fixture
def app(scripted: Any, key: str) -> GitHubForge:
    token = {"token": "ghs_sesame", "expires_at": "2099-01-01T00:00:00Z"}
    scripted.say("POST", "/app/installations/12/access_tokens", token, status=201)
    return GitHubForge(GitHubAccess(web_url=scripted.url, app_id="7", private_key=key), "12")


def _comment(scripted: Any, number: int, body: str, login: str | None) -> dict[str, Any]:
    user = {"login": login, "type": "Bot" if login.endswith("]") else "User"} if login else None
    url = f"{scripted.url}/api/v3{ROOT}/issues/comments/{number}"
    return {"id": number, "body": body, "user": user, "url": url}


def _pull(scripted: Any, branch: str = "codex/7", *, draft: bool = True) -> dict[str, Any]:
    html = f"{scripted.url}/ann/sums/pull/9"
    url = f"{scripted.url}/api/v3{PULLS}/9"
    ends = {"head": {"ref": branch, "repo": {"id": 1}}, "base": {"ref": "main", "repo": {"id": 1}}}
    return {"number": 9, "url": url, "html_url": html, "draft": draft, **ends}


def _ref(scripted: Any, sha: str) -> dict[str, Any]:
    url = f"{scripted.url}/api/v3{REFS}/heads/codex/7"
    return {"ref": "refs/heads/codex/7", "url": url, "object": {"type": "commit", "sha": sha}}


def _ready_for_a_commit(scripted: Any) -> None:
    scripted.say("GET", f"{ROOT}/git/commits/{PARENT}", {"sha": PARENT, "tree": {"sha": "e" * 40}})
    scripted.say("POST", f"{ROOT}/git/blobs", {"sha": "b" * 40}, status=201)
    scripted.say("POST", f"{ROOT}/git/trees", {"sha": "f" * 40}, status=201)
    scripted.say("POST", f"{ROOT}/git/commits", {"sha": COMMIT}, status=201)


def _commit(forge: GitHubForge, *changes: FileChange) -> str:
    return forge.commit(REPO, branch="codex/7", parent=PARENT, message="Mend", changes=changes)


def test_permission_eyes_and_first_comment_take_one_call_each(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("GET", f"{ROOT}/collaborators/bob/permission", {"permission": "write"})
    scripted.say("POST", f"{ROOT}/issues/comments/3/reactions", {"id": 1, "content": "eyes"}, status=201)
    scripted.say("POST", f"{ROOT}/issues/7/comments", _comment(scripted, 4, "On it.", "codex"), status=201)
    assert forge.permission(REPO, "bob") is Permission.WRITE
    forge.react(REPO, ISSUE, "3", "eyes")
    assert forge.create_comment(REPO, ISSUE, "On it.").id == "4"
    assert [asked.method for asked in scripted.asked] == ["GET", "POST", "POST"]
    assert [asked.body for asked in scripted.asked[1:]] == [{"content": "eyes"}, {"body": "On it."}]


@pytest.mark.parametrize(
    ("word", "permission"),
    [("admin", Permission.ADMIN), ("write", Permission.WRITE), ("read", Permission.READ), ("none", Permission.NONE)],
)
def test_every_word_for_a_permission_is_known(
    scripted: Any, forge: GitHubForge, word: str, permission: Permission
) -> None:
    scripted.say("GET", f"{ROOT}/collaborators/bob/permission", {"permission": word})
    assert forge.permission(REPO, "bob") is permission


def test_a_comment_is_ours_only_if_our_account_wrote_it(scripted: Any, app: GitHubForge) -> None:
    scripted.say("GET", "/app", {"slug": "codex"})
    comments = [
        _comment(scripted, 1, "a stranger quotes marker-1", "eve"),
        _comment(scripted, 2, "somebody gone quotes marker-1", None),
        _comment(scripted, 3, "ours, without it", "codex[bot]"),
        _comment(scripted, 4, "ours: marker-1", "codex[bot]"),
        _comment(scripted, 5, "ours again: marker-1", "codex[bot]"),
    ]
    scripted.say("GET", f"{ROOT}/issues/7/comments?per_page=100", comments)
    for _ in range(2):
        found = app.find_comment(REPO, ISSUE, "marker-1")
        assert found is not None
        assert found.id == "4"
    assert app.find_comment(REPO, ISSUE, "marker-2") is None
    assert scripted.questions("GET").count("/app") == 1
    assert len(scripted.questions("GET")) == 4


def test_a_tokens_own_account_is_asked_for_once(scripted: Any) -> None:
    scripted.say("GET", "/user", {"login": "codex-account"})
    scripted.say("GET", f"{ROOT}/issues/7/comments?per_page=100", [])
    forge = GitHubForge(GitHubAccess(web_url=scripted.url, token="sesame-token"))
    assert forge.find_comment(REPO, ISSUE, "marker-1") is None
    assert forge.find_comment(REPO, ISSUE, "marker-1") is None
    assert scripted.questions("GET").count("/user") == 1


def test_a_comment_id_cannot_lead_to_another_address(forge: GitHubForge, scripted: Any) -> None:
    with pytest.raises(UserError, match="no comment"):
        forge.edit_comment(REPO, "3/../../pulls/9", "hello")
    assert not scripted.asked


def test_git_gets_a_new_token_that_only_reads_this_repository(scripted: Any, app: GitHubForge) -> None:
    for _ in range(2):
        clone = app.clone(REPO)
    assert clone.url == f"{scripted.url}/ann/sums.git"
    scheme, _, credential = clone.headers["Authorization"].partition(" ")
    assert (scheme, base64.b64decode(credential)) == ("Basic", b"x-access-token:ghs_sesame")
    wanted = {"repositories": ["sums"], "permissions": {"contents": "read"}}
    assert [asked.body for asked in scripted.asked] == [wanted, wanted]
    assert all(asked.authorization.startswith("Bearer ") for asked in scripted.asked)


def test_a_plain_token_serves_git_as_well(forge: GitHubForge, scripted: Any) -> None:
    header = forge.clone(REPO).headers["Authorization"]
    assert base64.b64decode(header.removeprefix("Basic ")) == b"x-access-token:sesame-token"
    assert not scripted.asked


def test_a_commit_names_no_author_and_carries_modes_text_bytes_and_removals(scripted: Any, forge: GitHubForge) -> None:
    _ready_for_a_commit(scripted)
    scripted.say("POST", REFS, _ref(scripted, COMMIT), status=201)
    changes = [
        FileChange("sums.py", "print('ü')\r\n".encode()),
        FileChange("run.sh", b"#!/bin/sh\n", executable=True),
        FileChange("logo.png", b"\x89PNG\xff"),
        FileChange("nul.txt", b"a\0b"),
        FileChange("old.py", None),
    ]
    assert _commit(forge, *changes) == COMMIT
    bodies = {asked.path: asked.body for asked in scripted.asked if asked.method == "POST"}
    tree = bodies[f"{ROOT}/git/trees"]
    assert tree["base_tree"] == "e" * 40
    assert [(each["path"], each["mode"]) for each in tree["tree"]] == [
        ("sums.py", "100644"),
        ("run.sh", "100755"),
        ("logo.png", "100644"),
        ("nul.txt", "100644"),
        ("old.py", "100644"),
    ]
    assert tree["tree"][0]["content"] == "print('ü')\r\n"
    assert tree["tree"][2]["sha"] == "b" * 40
    assert tree["tree"][4]["sha"] is None
    assert bodies[f"{ROOT}/git/blobs"] == {"content": base64.b64encode(b"a\0b").decode(), "encoding": "base64"}
    assert bodies[f"{ROOT}/git/commits"] == {"message": "Mend", "tree": "f" * 40, "parents": [PARENT]}
    assert bodies[REFS] == {"ref": "refs/heads/codex/7", "sha": COMMIT}


def test_an_existing_branch_is_moved_without_force(scripted: Any, forge: GitHubForge) -> None:
    _ready_for_a_commit(scripted)
    scripted.say("GET", REF, _ref(scripted, PARENT))
    scripted.say("PATCH", f"{REFS}/heads/codex/7", _ref(scripted, COMMIT))
    assert _commit(forge, FileChange("a.txt", b"a")) == COMMIT
    assert scripted.asked[-1].body == {"sha": COMMIT, "force": False}


def test_a_branch_that_moved_is_left_alone_and_nothing_is_written(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("GET", REF, _ref(scripted, OTHER))
    with pytest.raises(UserError, match="moved on"):
        _commit(forge, FileChange("a.txt", b"a"))
    assert not scripted.questions("POST")


def test_a_branch_that_moves_at_the_last_moment_is_left_alone(scripted: Any, forge: GitHubForge) -> None:
    _ready_for_a_commit(scripted)
    scripted.say("GET", REF, _ref(scripted, PARENT))
    scripted.say("GET", REF, _ref(scripted, OTHER))
    scripted.say("PATCH", f"{REFS}/heads/codex/7", {"message": "Update is not a fast forward"}, status=422)
    with pytest.raises(UserError, match="moved on"):
        _commit(forge, FileChange("a.txt", b"a"))


@pytest.mark.parametrize("head", [PARENT, COMMIT, OTHER])
def test_a_branch_that_appears_at_the_last_moment_is_looked_at(scripted: Any, forge: GitHubForge, head: str) -> None:
    _ready_for_a_commit(scripted)
    scripted.say("GET", REF, {"message": "Not Found"}, status=404)
    scripted.say("GET", REF, _ref(scripted, head))
    scripted.say("POST", REFS, {"message": "Reference already exists"}, status=422)
    scripted.say("PATCH", f"{REFS}/heads/codex/7", _ref(scripted, COMMIT))
    if head in {PARENT, COMMIT}:
        assert _commit(forge, FileChange("a.txt", b"a")) == COMMIT
    else:
        with pytest.raises(UserError, match="moved on"):
            _commit(forge, FileChange("a.txt", b"a"))
    assert len(scripted.questions("PATCH")) == (head == PARENT)


def test_a_protected_branch_name_is_refused_in_githubs_words(scripted: Any, forge: GitHubForge) -> None:
    _ready_for_a_commit(scripted)
    scripted.say("POST", REFS, {"message": "Reference update failed"}, status=422)
    with pytest.raises(UserError, match="Reference update failed"):
        _commit(forge, FileChange("a.txt", b"a"))


def test_an_empty_repository_has_no_branch(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("GET", REF, {"message": "Git Repository is empty."}, status=409)
    assert forge.head(REPO, "codex/7") is None


def _open(forge: GitHubForge) -> Any:
    return forge.open_pull_request(REPO, branch="codex/7", base="main", title="Mend", body="Why.", draft=True)


def test_an_open_pull_request_is_found_before_one_is_opened(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("GET", MINE, [_pull(scripted)])
    assert _open(forge).number == 9
    assert not scripted.questions("POST")


def test_a_pull_request_of_another_branch_is_not_taken_for_ours(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("GET", MINE, [_pull(scripted, "other")])
    assert forge.find_pull_request(REPO, "codex/7") is None


def test_a_forks_branch_of_the_same_name_is_not_taken_for_ours(scripted: Any, forge: GitHubForge) -> None:
    pull = _pull(scripted)
    for home in ({"id": 2}, None):  # the fork, and the fork once it is gone
        pull["head"]["repo"] = home
        scripted.say("GET", MINE, [pull])
        assert forge.find_pull_request(REPO, "codex/7") is None


def test_a_pull_request_opened_by_a_lost_answer_is_found(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("GET", MINE, [])
    scripted.say("GET", MINE, [_pull(scripted)])
    refusal = {
        "message": "Validation Failed",
        "errors": [{"message": "A pull request already exists for ann:codex/7."}],
    }
    scripted.say("POST", PULLS, refusal, status=422)
    assert _open(forge).number == 9
    assert len(scripted.questions("POST")) == 1


def test_where_there_are_no_drafts_a_plain_pull_request_is_opened(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("GET", MINE, [])
    refusal = {"message": "Draft pull requests are not supported in this repository.", "errors": []}
    scripted.say("POST", PULLS, refusal, status=422)
    scripted.say("POST", PULLS, _pull(scripted, draft=False), status=201)
    assert not _open(forge).is_draft
    assert [asked.body["draft"] for asked in scripted.asked if asked.method == "POST"] == [True, False]


def test_any_other_refusal_of_a_pull_request_is_shown(scripted: Any, forge: GitHubForge) -> None:
    scripted.say("GET", MINE, [])
    refusal = {"message": "Validation Failed", "errors": [{"message": "No commits between main and codex/7"}]}
    scripted.say("POST", PULLS, refusal, status=422)
    with pytest.raises(UserError, match="No commits between"):
        _open(forge)
