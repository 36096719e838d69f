"""Merge requests: opening, following their branches, what they change, and merging."""

import pytest
from gitlab.v4.objects import Project
from stories.sums import CHANGED, LINES, Ask, propose


def put(ask: Ask, branch: str, path: str, content: str, **more: object) -> str:
    action = {"action": "update" if more.pop("known", False) else "create", "file_path": path, "content": content}
    body = {"branch": branch, "commit_message": f"Write {path}", "actions": [action], **more}
    made = ask("ann", "POST", "/repository/commits", body)
    assert made.status_code == 201, made.text
    return str(made.json()["id"])


def test_a_merge_request_tells_what_it_is(ask: Ask, project: Project) -> None:
    propose(ask, description="Closes #1", labels="a", title="Draft: Change")
    request = project.mergerequests.get(1)
    main, topic = project.branches.get("main").commit["id"], project.branches.get("topic").commit["id"]
    assert request.diff_refs == {"base_sha": main, "head_sha": topic, "start_sha": main}
    assert (request.sha, request.draft, request.work_in_progress) == (topic, True, True)
    assert (request.state, request.detailed_merge_status, request.has_conflicts) == ("opened", "draft_status", False)
    assert request.author["username"] == "bob"
    assert request.web_url.endswith("/ann/sums/-/merge_requests/1")
    request.title = "Change"
    request.save()
    assert project.mergerequests.get(1).detailed_merge_status == "mergeable"


def test_lists_are_filtered(ask: Ask) -> None:
    propose(ask, "one")
    propose(ask, "two")
    ask("bob", "PUT", "/merge_requests/2", {"state_event": "close"})
    for query, numbers in (
        ("", [2, 1]),
        ("?sort=asc", [1, 2]),
        ("?state=opened", [1]),
        ("?state=closed", [2]),
        ("?source_branch=one&target_branch=main&state=all", [1]),
        ("?target_branch=other", []),
    ):
        assert [request["iid"] for request in ask("bob", "GET", f"/merge_requests{query}").json()] == numbers


def test_one_branch_has_one_open_merge_request(ask: Ask) -> None:
    propose(ask)
    wish = {"source_branch": "topic", "target_branch": "main", "title": "Again"}
    again = ask("bob", "POST", "/merge_requests", wish)
    words = "Another open merge request already exists for this source branch: !1"
    assert (again.status_code, again.json()) == (409, {"message": [words]})
    ask("bob", "PUT", "/merge_requests/1", {"state_event": "close"})
    assert ask("bob", "POST", "/merge_requests", wish).json()["iid"] == 2
    assert ask("bob", "PUT", "/merge_requests/1", {"state_event": "reopen"}).status_code == 409


@pytest.mark.parametrize(
    ("who", "changes", "status", "words"),
    [
        ("bob", {"title": None}, 400, "title is missing"),
        ("bob", {"source_branch": None}, 400, "source_branch is missing"),
        ("bob", {"source_branch": "none"}, 422, "does not exist"),
        ("bob", {"target_branch": "none"}, 422, "does not exist"),
        ("bob", {"target_branch": "topic"}, 422, "same project/branch"),
        ("bob", {"title": "x" * 256}, 400, "is too long (maximum is 255 characters)"),
        ("bob", {"description": "x" * 1_000_001}, 400, "is too long (maximum is 1000000 characters)"),
        ("eve", {}, 403, "403 Forbidden"),
    ],
)
def test_merge_requests_that_cannot_be(ask: Ask, who: str, changes: dict[str, object], status: int, words: str) -> None:
    ask("bob", "POST", "/repository/branches", {"branch": "topic", "ref": "main"})
    wish = {"source_branch": "topic", "target_branch": "main", "title": "T"} | changes
    reply = ask(who, "POST", "/merge_requests", wish)
    assert (reply.status_code, words in reply.text) == (status, True)


def test_a_push_makes_a_new_version(ask: Ask, project: Project) -> None:
    propose(ask)
    first = project.mergerequests.get(1).diff_refs
    sha = put(ask, "topic", "b.py", "b = 1\n")
    request = project.mergerequests.get(1)
    assert (request.sha, request.diff_refs) == (sha, first | {"head_sha": sha})
    versions = request.diffs.list(get_all=True)
    assert [version.head_commit_sha for version in versions] == [sha, first["head_sha"]]
    whole = request.diffs.get(versions[0].id)
    assert [diff["new_path"] for diff in whole.diffs] == ["b.py", "src/a.py"]
    assert [commit["title"] for commit in whole.commits] == ["Write b.py", "Change"]
    assert ask("bob", "GET", "/merge_requests/1/versions/1").status_code == 404


def test_diffs_tell_every_kind_of_change(ask: Ask, project: Project) -> None:
    actions = [
        {"action": "create", "file_path": "new.py", "content": "n = 1\n"},
        {"action": "delete", "file_path": "README.md"},
        {"action": "move", "file_path": "lib/a.py", "previous_path": "src/a.py"},
        {"action": "chmod", "file_path": "run.sh", "execute_filemode": False},
    ]
    project.commits.create({"branch": "topic", "start_branch": "main", "commit_message": "All", "actions": actions})
    project.mergerequests.create({"source_branch": "topic", "target_branch": "main", "title": "All"})
    files = {file["new_path"]: file for file in ask("bob", "GET", "/merge_requests/1/diffs").json()}
    assert files["new.py"]["new_file"]
    assert (files["new.py"]["a_mode"], files["new.py"]["diff"]) == ("0", "@@ -0,0 +1 @@\n+n = 1\n")
    assert files["README.md"]["deleted_file"]
    assert (files["lib/a.py"]["renamed_file"], files["lib/a.py"]["old_path"]) == (True, "src/a.py")
    assert (files["run.sh"]["a_mode"], files["run.sh"]["b_mode"]) == ("100755", "100644")
    assert len(ask("bob", "GET", "/merge_requests/1/diffs?per_page=3&page=2").json()) == 1
    assert project.mergerequests.get(1).changes()["overflow"] is False
    raw = ask("bob", "GET", "/merge_requests/1/raw_diffs")
    assert raw.text.startswith("diff --git a/README.md b/README.md\ndeleted file mode 100644")
    assert [commit.title for commit in project.mergerequests.get(1).commits()] == ["All"]


def test_large_patches_are_left_out(ask: Ask) -> None:
    put(ask, "topic", "middle.txt", "x" * 30_000, start_branch="main")
    put(ask, "topic", "large.txt", "x" * 300_000)
    ask("bob", "POST", "/merge_requests", {"source_branch": "topic", "target_branch": "main", "title": "L"})
    files = {file["new_path"]: file for file in ask("bob", "GET", "/merge_requests/1/diffs").json()}
    assert [files["middle.txt"][key] for key in ("collapsed", "too_large", "diff")] == [True, False, ""]
    assert [files["large.txt"][key] for key in ("collapsed", "too_large", "diff")] == [False, True, ""]
    changes = ask("bob", "GET", "/merge_requests/1/changes?access_raw_diffs=true").json()
    assert {file["new_path"]: bool(file["diff"]) for file in changes["changes"]} == {
        "large.txt": False,
        "middle.txt": True,
    }
    assert changes["overflow"] is True


def test_merging_closes_what_the_text_names(ask: Ask) -> None:
    ask("bob", "POST", "/issues", {"title": "A"})
    propose(ask, description="Closes #1")
    head = ask("bob", "GET", "/merge_requests/1").json()["sha"]
    assert ask("bob", "PUT", "/merge_requests/1/merge").json() == {"message": "401 Unauthorized"}
    stale = ask("ann", "PUT", "/merge_requests/1/merge", {"sha": "0" * 40})
    assert (stale.status_code, head in stale.json()["message"]) == (409, True)
    merged = ask("ann", "PUT", "/merge_requests/1/merge", {"sha": head}).json()
    assert (merged["state"], merged["merged_by"]["username"]) == ("merged", "ann")
    assert ask("bob", "GET", "/repository/files/src%2Fa.py/raw").text == CHANGED
    assert ask("bob", "GET", "/issues/1").json()["state"] == "closed"
    assert ask("ann", "PUT", "/merge_requests/1/merge").status_code == 405
    assert ask("ann", "PUT", "/merge_requests/1", {"state_event": "reopen"}).status_code == 400


def test_drafts_and_conflicts_are_not_merged(ask: Ask) -> None:
    propose(ask, title="Draft: Change")
    assert ask("ann", "PUT", "/merge_requests/1/merge").status_code == 405
    ask("bob", "PUT", "/merge_requests/1", {"title": "Change"})
    put(ask, "main", "src/a.py", "".join([*LINES[:11], "other\n", *LINES[12:]]), known=True)
    request = ask("bob", "GET", "/merge_requests/1").json()
    assert (request["has_conflicts"], request["detailed_merge_status"]) == (True, "conflict")
    refused = ask("ann", "PUT", "/merge_requests/1/merge")
    assert (refused.status_code, refused.json()) == (422, {"message": "Branch cannot be merged"})


def test_editing_is_for_authors_and_developers(ask: Ask) -> None:
    propose(ask)
    assert ask("eve", "PUT", "/merge_requests/1", {"title": "B"}).status_code == 403
    assert "at least one parameter" in ask("bob", "PUT", "/merge_requests/1", {}).json()["error"]
    ask("bob", "POST", "/repository/branches", {"branch": "next", "ref": "main"})
    edited = ask("codex-bot", "PUT", "/merge_requests/1", {"target_branch": "next", "description": "D"}).json()
    assert (edited["target_branch"], edited["description"]) == ("next", "D")
    assert len(ask("bob", "GET", "/merge_requests/1/versions").json()) == 2
    assert ask("bob", "PUT", "/merge_requests/1", {"target_branch": "none"}).status_code == 422
    assert ask("bob", "GET", "/merge_requests/9").json() == {"message": "404 Not found"}
