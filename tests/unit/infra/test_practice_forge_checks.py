"""Statuses, workflow runs and logs at the practice forge: GitHub's limits, and a log that wants no token."""

import pytest
import requests
from fakes.door import open_door
from stories.demo_repository import Ask, branch

from infra.practice_forge.ci import CiRun, Job
from infra.practice_forge.server import PracticeForge


def tip(ask: Ask) -> str:
    return str(ask("ann", "GET", "/commits/main").json()["sha"])


def ran(forge: PracticeForge, ask: Ask, *jobs: Job) -> CiRun:
    repo = forge.forge.state.repository("ann", "demo")
    assert repo
    return forge.ci_run(repo, tip(ask), jobs)


def test_the_newest_status_comes_first(ask: Ask) -> None:
    sha = tip(ask)
    for state in ("pending", "success"):
        assert ask("bob", "POST", f"/statuses/{sha}", {"state": state, "context": "Codex"}).status_code == 201
    assert [each["state"] for each in ask("ann", "GET", f"/commits/{sha}/statuses").json()] == ["success", "pending"]


@pytest.mark.parametrize("body", [{}, {"state": "failed"}, {"state": "success", "description": "x" * 141}])
def test_statuses_that_cannot_be(ask: Ask, body: dict[str, str]) -> None:
    assert ask("bob", "POST", f"/statuses/{tip(ask)}", body).status_code == 422
    assert ask("bob", "POST", f"/statuses/{'0' * 40}", {"state": "success"}).status_code == 422


def test_statuses_are_for_writers(ask: Ask) -> None:
    assert ask("eve", "POST", f"/statuses/{tip(ask)}", {"state": "success"}).status_code == 403


def test_a_log_is_read_elsewhere_without_a_token(forge: PracticeForge, ask: Ask) -> None:
    job = ran(forge, ask, Job("test", log=b"boom")).jobs[0]
    assert ask("bot", "GET", f"/actions/jobs/{job.id}/logs").status_code == 400  # requests took the token along
    place = f"{forge.url}/_practice/logs/{job.key}"
    assert requests.get(place, timeout=20).content == b"boom"
    assert requests.get(f"{place}x", timeout=20).status_code == 404


def test_a_run_ends_as_badly_as_its_jobs(forge: PracticeForge, ask: Ask) -> None:
    ran(forge, ask, Job("lint", "success"), Job("test", "failure", log=None))
    run = ask("bot", "GET", f"/actions/runs?head_sha={tip(ask)}").json()["workflow_runs"][0]
    assert (run["conclusion"], run["event"]) == ("failure", "push")
    jobs = ask("bot", "GET", f"/actions/runs/{run['id']}/jobs").json()["jobs"]
    assert [job["conclusion"] for job in jobs] == ["success", "failure"]
    assert ask("bot", "GET", f"/actions/jobs/{jobs[1]['id']}/logs").status_code == 410
    assert ask("bot", "GET", f"/actions/runs?head_sha={'0' * 40}").json()["total_count"] == 0


def test_the_app_is_told_of_a_run(forge: PracticeForge, ask: Ask) -> None:
    with open_door() as door:
        forge.send_webhooks_to(door.url)
        run = ran(forge, ask, Job("test"))
        told = {headers["X-GitHub-Event"]: payload for headers, payload in (door.next(), door.next())}
    assert {payload["action"] for payload in told.values()} == {"completed"}
    of_run, of_suite = told["workflow_run"]["workflow_run"], told["check_suite"]["check_suite"]
    assert (of_run["id"], of_run["conclusion"]) == (run.id, "failure")
    assert (of_suite["id"], of_suite["conclusion"]) == (of_run["check_suite_id"], "failure")


def test_a_run_names_the_open_pull_requests_that_end_with_its_commit(forge: PracticeForge, ask: Ask) -> None:
    sha = branch(ask, "fix")
    number = ask("ann", "POST", "/pulls", {"title": "Fix", "head": "fix", "base": "main"}).json()["number"]
    repo = forge.forge.state.repository("ann", "demo")
    assert repo
    forge.ci_run(repo, sha, [Job("test")], branch="fix")
    ran(forge, ask, Job("test"))
    named = {
        run["head_branch"]: [pull["number"] for pull in run["pull_requests"]]
        for run in ask("bot", "GET", "/actions/runs").json()["workflow_runs"]
    }
    assert named == {"fix": [number], "main": []}


def test_no_run_without_a_commit(forge: PracticeForge) -> None:
    repo = forge.forge.state.repository("ann", "demo")
    assert repo
    with pytest.raises(LookupError):
        forge.ci_run(repo, "0" * 40, [Job("test")])
