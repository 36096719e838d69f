"""Pull requests, checks and reviews over the REST API."""

import base64

import github
import requests
from stories.demo_repository import Ask, branch, commit, tip

from infra.practice_forge.server import PracticeForge


def propose(ask: Ask, head: str = "topic", **more: object) -> requests.Response:
    return ask("bot", "POST", "/pulls", {"title": "T", "body": "Fixes #1", "head": head, "base": "main", **more})


def test_pygithub_takes_a_change_from_blob_to_pull_request(forge: PracticeForge, bot_token: str) -> None:
    options = {"seconds_between_requests": None, "seconds_between_writes": None, "retry": None}
    auth = github.Auth.Token(bot_token)
    with github.Github(auth=auth, base_url=f"{forge.url}/api/v3", **options) as client:
        repo = client.get_repo("ann/demo")
        parent = repo.get_git_commit(repo.get_branch("main").commit.sha)
        entries = [
            github.InputGitTreeElement("src/a.py", "100644", "blob", content="x = 2\n"),
            github.InputGitTreeElement("README.md", "100644", "blob", sha=None),
        ]
        made = repo.create_git_commit("Two", repo.create_git_tree(entries, parent.tree), [parent])
        assert (made.author.name, made.verification.verified) == ("codex-bot[bot]", True)
        repo.create_git_ref("refs/heads/codex/two", made.sha)
        pull = repo.create_pull(base="main", head="codex/two", title="Two", body="B", draft=True)
        assert (pull.draft, pull.mergeable_state, pull.changed_files) == (True, "draft", 2)
        assert [p.number for p in repo.get_pulls(head="ann:codex/two")] == [pull.number]
        assert {f.filename: (f.status, f.patch) for f in pull.get_files()} == {
            "README.md": ("removed", "@@ -1 +0,0 @@\n-# Demo"),
            "src/a.py": ("modified", "@@ -1 +1 @@\n-x = 1\n+x = 2"),
        }
        assert [c.sha for c in pull.get_commits()] == [made.sha]
        pull.edit(title="Two!", body="C", state="closed")
        assert repo.get_pull(pull.number).state == "closed"
        assert repo.compare("main", "codex/two").ahead_by == 1
        assert [f.path for f in repo.get_contents("src")] == ["src/a.py"]


def test_a_pull_request_is_opened_once(ask: Ask) -> None:
    branch(ask, "topic")
    assert propose(ask).status_code == 201
    again = propose(ask, head="ann:topic")
    assert again.status_code == 422
    assert again.json()["errors"] == [
        {"resource": "PullRequest", "code": "custom", "message": "A pull request already exists for ann:topic."}
    ]


def test_pull_requests_that_cannot_be(ask: Ask) -> None:
    branch(ask, "topic")
    none_between = "No commits between main and main"
    for changes, error in (
        ({"head": "none"}, {"resource": "PullRequest", "field": "head", "code": "invalid"}),
        ({"head": "eve:topic"}, {"resource": "PullRequest", "field": "head", "code": "invalid"}),
        ({"base": "none"}, {"resource": "PullRequest", "field": "base", "code": "invalid"}),
        ({"title": ""}, {"resource": "PullRequest", "field": "title", "code": "missing_field"}),
        ({"head": "main"}, {"resource": "PullRequest", "code": "custom", "message": none_between}),
    ):
        reply = propose(ask, **changes)
        assert (reply.status_code, reply.json()["errors"]) == (422, [error])


def test_strangers_open_no_pull_requests(ask: Ask) -> None:
    branch(ask, "topic")
    wish = {"title": "T", "head": "topic", "base": "main"}
    assert ask("eve", "POST", "/pulls", wish).status_code == 403
    propose(ask)
    assert ask("eve", "PATCH", "/pulls/1", {"state": "closed"}).status_code == 403


def test_a_pull_request_follows_its_branch(ask: Ask) -> None:
    first = branch(ask, "topic")
    propose(ask)
    second = commit(ask, "src/b.py", "y = 1\n", first)
    ask("bot", "PATCH", "/git/refs/heads/topic", {"sha": second})
    pull = ask("bot", "GET", "/pulls/1").json()
    assert (pull["head"]["sha"], pull["commits"], pull["changed_files"]) == (second, 2, 2)
    diff = ask("bot", "GET", "/pulls/1", Accept="application/vnd.github.diff")
    assert diff.headers["Content-Type"].startswith("application/vnd.github.diff")
    assert "+++ b/src/b.py" in diff.text
    ask("bot", "DELETE", "/git/refs/heads/topic")
    assert ask("bot", "GET", "/pulls/1").json()["state"] == "closed"
    assert ask("bot", "PATCH", "/pulls/1", {"state": "open"}).status_code == 422


def test_a_merge_closes_the_issue_that_the_text_names(ask: Ask) -> None:
    ask("ann", "POST", "/issues", {"title": "A"})
    branch(ask, "topic")
    number = propose(ask).json()["number"]
    assert ask("eve", "PUT", f"/pulls/{number}/merge").status_code == 403
    assert ask("ann", "PUT", f"/pulls/{number}/merge").json()["merged"] is True
    assert ask("ann", "GET", f"/pulls/{number}").json()["merged_by"]["login"] == "ann"
    assert ask("ann", "GET", "/issues/1").json()["state"] == "closed"
    assert base64.b64decode(ask("ann", "GET", "/contents/src/a.py").json()["content"]) == b"x = 2\n"
    assert ask("ann", "PUT", f"/pulls/{number}/merge").status_code == 405


def test_drafts_and_conflicts_are_not_merged(ask: Ask) -> None:
    for name, content in (("one", "x = 2\n"), ("two", "x = 3\n")):
        branch(ask, name, content)
    draft = propose(ask, "one", draft=True).json()["number"]
    clash = propose(ask, "two", base="one").json()["number"]
    for number, words in ((draft, "Pull Request is still a draft"), (clash, "Pull Request is not mergeable")):
        reply = ask("ann", "PUT", f"/pulls/{number}/merge")
        assert (reply.status_code, reply.json()["message"]) == (405, words)


def test_reviews(ask: Ask) -> None:
    branch(ask, "topic")
    propose(ask)
    given = ask("bob", "POST", "/pulls/1/reviews", {"event": "APPROVE"})
    assert (given.status_code, given.json()["state"]) == (200, "APPROVED")
    own = ask("bot", "POST", "/pulls/1/reviews", {"event": "APPROVE", "body": "I like it"})
    assert (own.status_code, own.json()["errors"]) == (422, ["Can not approve your own pull request"])
    for body in (
        {"event": "COMMENT"},
        {"event": "REQUEST_CHANGES", "body": " "},
        {"event": "LOVE"},
        {"comments": [{}]},
    ):
        assert ask("bob", "POST", "/pulls/1/reviews", body).status_code == 422, body
    assert [r["state"] for r in ask("ann", "GET", "/pulls/1/reviews").json()] == ["APPROVED"]


NOTE = {"path": "src/a.py", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "Hm"}


def test_a_check_run_collects_annotations_fifty_at_a_time(ask: Ask) -> None:
    sha = tip(ask)
    output = {"title": "T", "summary": "S", "annotations": [NOTE] * 50}
    run = ask("bot", "POST", "/check-runs", {"name": "Codex", "head_sha": sha, "output": output})
    assert (run.status_code, run.json()["status"]) == (201, "queued")
    path = f"/check-runs/{run.json()['id']}"
    done = ask("bot", "PATCH", path, {"conclusion": "success", "output": output}).json()
    assert (done["status"], done["output"]["annotations_count"]) == ("completed", 100)
    assert len(ask("bot", "GET", f"{path}/annotations?per_page=100").json()) == 100
    listed = ask("ann", "GET", f"/commits/{sha}/check-runs?check_name=Codex").json()
    assert (listed["total_count"], listed["check_runs"][0]["conclusion"]) == (1, "success")


def test_check_runs_that_cannot_be(ask: Ask) -> None:
    for changes in (
        {"output": {"title": "T", "summary": "S", "annotations": [NOTE] * 51}},
        {"output": {"title": "T", "summary": "S", "annotations": [{"path": "a"}]}},
        {"output": {"title": "T", "summary": "x" * 65_536}},
        {"output": {"title": "T"}},
        {"status": "completed"},
        {"conclusion": "wonderful"},
        {"head_sha": "0" * 40},
    ):
        reply = ask("bot", "POST", "/check-runs", {"name": "Codex", "head_sha": tip(ask), **changes})
        assert reply.status_code == 422, changes


def test_check_runs_are_for_apps(ask: Ask) -> None:
    refused = ask("ann", "POST", "/check-runs", {"name": "Mine", "head_sha": tip(ask)})
    assert (refused.status_code, refused.json()["message"]) == (403, "You must authenticate via a GitHub App.")
