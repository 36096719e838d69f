"""Branches, commits made from actions, files, comparisons and statuses."""

import base64

import gitlab
import pytest
from gitlab.v4.objects import Project
from stories.sums import CHANGED, Ask

Action = dict[str, object]


def commit(project: Project, *actions: Action, branch: str = "topic", **more: object) -> str:
    body = {"branch": branch, "commit_message": "Work", "actions": list(actions), **more}
    return str(project.commits.create(body).id)


def test_actions_make_one_commit(project: Project) -> None:
    raw = bytes(range(256))
    sha = commit(
        project,
        {"action": "create", "file_path": "b.bin", "content": base64.b64encode(raw).decode(), "encoding": "base64"},
        {"action": "update", "file_path": "src/a.py", "content": CHANGED},
        {"action": "move", "file_path": "bin/run.sh", "previous_path": "run.sh"},
        {"action": "delete", "file_path": "README.md"},
        start_branch="main",
    )
    tree = {
        entry["path"]: entry["mode"] for entry in project.repository_tree(ref="topic", recursive=True, get_all=True)
    }
    assert tree == {
        "b.bin": "100644",
        "bin": "040000",
        "bin/run.sh": "100755",
        "src": "040000",
        "src/a.py": "100644",
    }
    assert project.files.raw("b.bin", ref=sha) == raw
    found = project.commits.get("topic")
    assert (found.id, found.author_name, len(found.parent_ids)) == (sha, "Codex Bot", 1)
    file = project.files.get("src/a.py", ref="topic")
    assert (file.decode().decode(), file.last_commit_id) == (CHANGED, sha)


def test_what_was_moved_can_change_on_the_way(project: Project) -> None:
    move = {"action": "move", "file_path": "r.sh", "previous_path": "run.sh", "content": "#!/bin/bash\n"}
    sha = commit(
        project,
        move,
        {"action": "chmod", "file_path": "r.sh", "execute_filemode": False},
        start_sha=project.branches.get("main").commit["id"],
    )
    assert project.files.raw("r.sh", ref=sha) == b"#!/bin/bash\n"
    assert project.files.get("r.sh", ref=sha).execute_filemode is False


@pytest.mark.parametrize(
    ("action", "words"),
    [
        ({"action": "create", "file_path": "README.md", "content": ""}, "A file with this name already exists"),
        ({"action": "create", "file_path": "src", "content": ""}, "A directory with this name already exists"),
        ({"action": "update", "file_path": "none", "content": ""}, "A file with this name doesn't exist"),
        ({"action": "delete", "file_path": "none"}, "A file with this name doesn't exist"),
        ({"action": "chmod", "file_path": "none"}, "A file with this name doesn't exist"),
        ({"action": "move", "file_path": "x", "previous_path": "none"}, "A file with this name doesn't exist"),
        ({"action": "move", "file_path": "run.sh", "previous_path": "README.md"}, "already exists"),
        ({"action": "move", "file_path": "x"}, "previous_path] is missing"),
        ({"action": "create", "file_path": "../x", "content": ""}, "Path cannot include directory traversal"),
        ({"action": "create", "file_path": ".git/config", "content": ""}, "invalid path"),
        ({"action": "create", "file_path": "x", "content": "?", "encoding": "base64"}, "not valid base64"),
        ({"action": "update", "file_path": "README.md"}, "actions[content] is missing"),
        ({"action": "burn", "file_path": "x"}, "actions[action] does not have a valid value"),
        ({"file_path": "x"}, "actions[action] is missing"),
        ({"action": "create", "content": ""}, "actions[file_path] is missing"),
        (
            {"action": "update", "file_path": "README.md", "content": "", "last_commit_id": "0" * 40},
            "The file has changed since you started editing it",
        ),
    ],
)
def test_actions_that_cannot_be_done(ask: Ask, action: Action, words: str) -> None:
    body = {"branch": "topic", "start_branch": "main", "commit_message": "M", "actions": [action]}
    reply = ask("bob", "POST", "/repository/commits", body)
    assert (reply.status_code, words in next(iter(reply.json().values()))) == (400, True), reply.text
    assert ask("bob", "GET", "/repository/branches/topic").json() == {"message": "404 Branch Not Found"}


def test_a_file_that_nobody_touched_meanwhile_is_written(ask: Ask, project: Project) -> None:
    known = project.files.get("README.md", ref="main").last_commit_id
    update = {"action": "update", "file_path": "README.md", "content": "# New\n", "last_commit_id": known}
    assert commit(project, update, start_branch="main")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "You can only create or edit files when you are on a branch"),
        ({"start_branch": "main", "start_sha": "0" * 40}, "mutually exclusive"),
        ({"start_branch": "none"}, "Cannot find start_branch"),
        ({"start_sha": "0" * 40}, "Cannot find start_sha"),
        ({"branch": "a..b", "start_branch": "main"}, "Branch name is invalid"),
        ({"branch": "main", "start_branch": "other"}, "A branch called 'main' already exists"),
        ({"actions": []}, "actions is invalid"),
        ({"actions": None}, "actions is missing"),
        ({"commit_message": None}, "commit_message is missing"),
    ],
)
def test_commits_that_have_no_place(ask: Ask, more: dict[str, object], words: str) -> None:
    action = {"action": "create", "file_path": "x", "content": "x"}
    body = {"branch": "topic", "commit_message": "M", "actions": [action]} | more
    reply = ask("ann", "POST", "/repository/commits", body)
    assert (reply.status_code, words in next(iter(reply.json().values()))) == (400, True), reply.text


def test_the_default_branch_is_protected(ask: Ask) -> None:
    action = {"action": "create", "file_path": "x", "content": "x"}
    body = {"branch": "main", "commit_message": "M", "actions": [action]}
    refused = ask("bob", "POST", "/repository/commits", body)
    words = "403 Forbidden - You are not allowed to push into this branch"
    assert (refused.status_code, refused.json()) == (403, {"message": words})
    assert ask("ann", "POST", "/repository/commits", body).status_code == 201
    assert ask("ann", "DELETE", "/repository/branches/main").status_code == 405


def test_a_branch_is_made_found_and_deleted(project: Project) -> None:
    branch = project.branches.create({"branch": "codex/issue-1", "ref": "main"})
    assert (branch.protected, branch.can_push, branch.default) == (False, True, False)
    assert project.branches.get("main").protected
    assert not project.branches.get("main").can_push
    assert [found.name for found in project.branches.list(search="codex", get_all=True)] == ["codex/issue-1"]
    project.branches.delete("codex/issue-1")
    with pytest.raises(gitlab.GitlabGetError):
        project.branches.get("codex/issue-1")


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({"branch": "main", "ref": "main"}, {"message": "Branch already exists"}),
        ({"branch": "b", "ref": "none"}, {"message": "Invalid reference name: none"}),
        ({"branch": "a b", "ref": "main"}, {"message": "Branch name is invalid"}),
        ({"branch": "b"}, {"error": "ref is missing"}),
    ],
)
def test_branches_that_cannot_be(ask: Ask, body: dict[str, str], said: dict[str, str]) -> None:
    reply = ask("bob", "POST", "/repository/branches", body)
    assert (reply.status_code, reply.json()) == (400, said)


def test_a_comparison_starts_at_the_fork(ask: Ask, project: Project) -> None:
    topic = commit(project, {"action": "create", "file_path": "t", "content": "t\n"}, start_branch="main")
    action = {"action": "create", "file_path": "m", "content": "m\n"}
    ask("ann", "POST", "/repository/commits", {"branch": "main", "commit_message": "M", "actions": [action]})
    shown = project.repository_compare("main", "topic")
    assert ([c["id"] for c in shown["commits"]], [d["new_path"] for d in shown["diffs"]]) == ([topic], ["t"])
    straight = ask("bob", "GET", "/repository/compare?from=main&to=topic&straight=true").json()
    assert [d["new_path"] for d in straight["diffs"]] == ["m", "t"]
    assert ask("bob", "GET", "/repository/compare?from=main&to=none").status_code == 404


def test_what_is_not_there_is_not_found(ask: Ask) -> None:
    for path, what in (
        ("/repository/files/none/raw?ref=main", "File"),
        ("/repository/files/README.md?ref=none", "Commit"),
        ("/repository/tree?path=none", "Tree"),
        ("/repository/commits/none", "Commit"),
    ):
        reply = ask("bob", "GET", path)
        assert (reply.status_code, reply.json()) == (404, {"message": f"404 {what} Not Found"})


def test_a_status_of_a_commit_changes_under_its_name(ask: Ask, project: Project) -> None:
    commit = project.commits.get("main")
    commit.statuses.create({"state": "running", "name": "codex", "target_url": "http://127.0.0.1/1"})
    refused = ask("bob", "POST", f"/statuses/{commit.id}", {"state": "running", "name": "codex"})
    assert (refused.status_code, "Cannot transition" in refused.json()["message"]) == (400, True)
    commit.statuses.create({"state": "success", "name": "codex", "description": "Fine"})
    found = commit.statuses.list(get_all=True)
    assert [(status.name, status.status, status.description) for status in found] == [("codex", "success", "Fine")]
    assert ask("bob", "POST", f"/statuses/{commit.id}", {"state": "good"}).status_code == 400
    assert ask("bob", "POST", f"/statuses/{commit.id}", {}).json() == {"error": "state is missing"}
    assert ask("bob", "POST", f"/statuses/{'0' * 40}", {"state": "success"}).status_code == 404


@pytest.mark.parametrize("state", ["pending", "running"])
def test_a_status_that_waits_is_not_said_twice(ask: Ask, state: str) -> None:
    sha = ask("ann", "GET", "/repository/commits/main").json()["id"]
    said = [ask("bob", "POST", f"/statuses/{sha}", {"state": state, "name": "Codex"}) for _ in range(2)]
    assert [each.status_code for each in said] == [201, 400]
    assert said[1].json()["message"].startswith("Cannot transition status via")
    assert len(ask("ann", "GET", f"/repository/commits/{sha}/statuses?name=Codex").json()) == 1
    assert ask("ann", "GET", f"/repository/commits/{sha}/statuses?name=other").json() == []


def test_a_status_is_short(ask: Ask) -> None:
    sha = ask("ann", "GET", "/repository/commits/main").json()["id"]
    for length, status in ((255, 201), (256, 400)):
        said = ask("bob", "POST", f"/statuses/{sha}", {"state": "success", "description": "x" * length})
        assert said.status_code == status
