"""Making a project and letting somebody in, as a person does before a bot can work there."""

import pytest
import requests

from infra.practice_forge.server import PracticeForge


def post(forge: PracticeForge, who: str, path: str, body: object) -> requests.Response:
    headers = {"PRIVATE-TOKEN": forge.token_for(who)} if who else {}
    return requests.post(f"{forge.url}/api/v4{path}", headers=headers, json=body, timeout=10)


def test_a_new_project_is_private_and_takes_its_first_commit(forge: PracticeForge) -> None:
    made = post(forge, "ann", "/projects", {"name": "kit", "description": "Small things"})
    assert made.status_code == 201
    project = made.json()
    assert (project["path_with_namespace"], project["visibility"]) == ("ann/kit", "private")
    assert (project["empty_repo"], project["default_branch"]) == (True, None)
    action = {"action": "create", "file_path": "a.py", "content": "x = 1\n"}
    commit = {"branch": "main", "commit_message": "Start", "actions": [action]}
    first = post(forge, "ann", "/projects/ann%2Fkit/repository/commits", commit)
    assert (first.status_code, first.json()["parent_ids"]) == (201, [])
    headers = {"PRIVATE-TOKEN": forge.token_for("ann")}
    shown = requests.get(f"{forge.url}/api/v4/projects/ann%2Fkit", headers=headers, timeout=10).json()
    assert shown["default_branch"] == "main"


def test_a_project_may_begin_with_a_readme_and_be_public(forge: PracticeForge) -> None:
    wish = {"name": "kit", "initialize_with_readme": True, "visibility": "public"}
    post(forge, "ann", "/projects", wish)
    raw = requests.get(f"{forge.url}/api/v4/projects/ann%2Fkit/repository/files/README.md/raw", timeout=10)
    assert raw.text.startswith("# kit")


@pytest.mark.parametrize(
    ("who", "body", "status", "words"),
    [
        ("", {"name": "kit"}, 401, "401 Unauthorized"),
        ("ann", {}, 400, "name, path are missing"),
        ("ann", {"name": "-kit"}, 400, "can contain only letters"),
        ("ann", {"name": "kit.git"}, 400, "can contain only letters"),
        ("ann", {"name": "sums"}, 400, "has already been taken"),
        ("ann", {"name": "kit", "visibility": "secret"}, 400, "visibility does not have a valid value"),
    ],
)
@pytest.mark.usefixtures("repo")
def test_a_project_that_cannot_be_made_says_why(
    forge: PracticeForge, who: str, body: object, status: int, words: str
) -> None:
    reply = post(forge, who, "/projects", body)
    assert reply.status_code == status
    assert words in reply.text


@pytest.mark.usefixtures("repo")
def test_a_member_may_do_what_the_level_says(forge: PracticeForge) -> None:
    eve = forge.forge.state.accounts["eve"].id
    issue = {"name": "mend", "branch": "mend", "ref": "main"}
    assert post(forge, "eve", "/projects/ann%2Fsums/repository/branches", issue).status_code == 403
    made = post(forge, "ann", "/projects/ann%2Fsums/members", {"user_id": eve, "access_level": 30})
    assert (made.status_code, made.json()["username"], made.json()["access_level"]) == (201, "eve", 30)
    assert post(forge, "eve", "/projects/ann%2Fsums/repository/branches", issue).status_code == 201
    again = post(forge, "ann", "/projects/ann%2Fsums/members", {"user_id": eve, "access_level": 20})
    assert (again.status_code, again.json()) == (409, {"message": "Member already exists"})


@pytest.mark.parametrize(
    ("who", "body", "status"),
    [
        ("bob", {"user_id": 1, "access_level": 30}, 403),
        ("ann", {"user_id": 999999, "access_level": 30}, 404),
        ("ann", {"user_id": 1, "access_level": 31}, 400),
        ("ann", {"access_level": 30}, 400),
        ("ann", {"user_id": 1}, 400),
    ],
)
@pytest.mark.usefixtures("repo")
def test_who_may_not_let_others_in_is_refused(forge: PracticeForge, who: str, body: object, status: int) -> None:
    assert post(forge, who, "/projects/ann%2Fsums/members", body).status_code == status
