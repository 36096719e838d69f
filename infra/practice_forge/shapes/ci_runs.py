"""Commit statuses, workflow runs and their jobs as JSON."""

from typing import Any

from infra.practice_forge.ci import CiRun, CommitStatus, Job
from infra.practice_forge.forge import Forge
from infra.practice_forge.shapes.people import node_id, person, stamp
from infra.practice_forge.shapes.repositories import api, page, repository
from infra.practice_forge.state import Repository

WORKFLOW = ".github/workflows/ci.yml"


def commit_status(forge: Forge, repo: Repository, record: CommitStatus) -> dict[str, Any]:
    """Return a commit status."""
    return {
        "id": record.id,
        "node_id": node_id("SC", record.id),
        "url": f"{api(forge, repo)}/statuses/{record.sha}",
        "avatar_url": None,
        "state": record.state,
        "description": record.description,
        "target_url": record.target_url,
        "context": record.context,
        "creator": person(forge, record.author),
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.created_at),
    }


def workflow(forge: Forge, repo: Repository) -> dict[str, Any]:
    """Return the one workflow that every repository has."""
    return {"id": repo.id, "name": "CI", "path": WORKFLOW, "state": "active", "url": f"{api(forge, repo)}/actions"}


def workflow_run(forge: Forge, repo: Repository, record: CiRun) -> dict[str, Any]:
    """Return a workflow run."""
    url = f"{api(forge, repo)}/actions/runs/{record.id}"
    return {
        "id": record.id,
        "node_id": node_id("WFR", record.id),
        "name": "CI",
        "path": WORKFLOW,
        "workflow_id": repo.id,
        "run_number": 1,
        "run_attempt": 1,
        "event": "push",
        "check_suite_id": record.suite,
        "head_branch": record.branch,
        "head_sha": record.sha,
        "status": "completed",
        "conclusion": record.result,
        "url": url,
        "html_url": f"{page(forge, repo)}/actions/runs/{record.id}",
        "jobs_url": f"{url}/jobs",
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.created_at),
        "pull_requests": pulls_of(forge, repo, record.sha),
        "repository": repository(forge, repo),
    }


def check_suite(forge: Forge, repo: Repository, record: CiRun) -> dict[str, Any]:
    """Return the check suite that a workflow run fills; a suite's App is GitHub's own then."""
    before = forge.git(repo).resolve(f"{record.sha}^")
    return {
        "id": record.suite,
        "node_id": node_id("CS", record.suite),
        "head_branch": record.branch,
        "head_sha": record.sha,
        "before": before,
        "after": record.sha,
        "status": "completed",
        "conclusion": record.result,
        "url": f"{api(forge, repo)}/check-suites/{record.suite}",
        "pull_requests": pulls_of(forge, repo, record.sha),
        "app": {"id": 15368, "slug": "github-actions", "name": "GitHub Actions"},
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.created_at),
        "latest_check_runs_count": len(record.jobs),
    }


def pulls_of(forge: Forge, repo: Repository, sha: str) -> list[dict[str, Any]]:
    """Return the open pull requests that end with a commit, in the few words that CI has for them: none from forks."""
    state, here = forge.state, {"id": repo.id, "name": repo.name, "url": api(forge, repo)}
    return [
        {
            "id": pull.id,
            "number": pull.number,
            "url": f"{api(forge, repo)}/pulls/{pull.number}",
            "head": {"ref": pull.head, "sha": pull.head_sha, "repo": here},
            "base": {"ref": pull.base, "sha": pull.base_sha, "repo": here},
        }
        for pull in state.pulls.values()
        if (pull.repo_id, pull.home_id, pull.head_sha) == (repo.id, repo.id, sha)
        and state.issues[repo.id, pull.number].is_open
    ]


def workflow_job(forge: Forge, repo: Repository, run: CiRun, record: Job) -> dict[str, Any]:
    """Return a job: it was set up, and then did one thing."""
    time = stamp(run.created_at)
    steps = (("Set up job", "success"), (record.step, record.result))
    return {
        "id": record.id,
        "node_id": node_id("CR", record.id),
        "run_id": run.id,
        "run_attempt": 1,
        "name": record.name,
        "workflow_name": "CI",
        "head_branch": run.branch,
        "head_sha": run.sha,
        "status": "completed",
        "conclusion": record.result,
        "created_at": time,
        "started_at": time,
        "completed_at": time,
        "url": f"{api(forge, repo)}/actions/jobs/{record.id}",
        "html_url": f"{page(forge, repo)}/actions/runs/{run.id}/job/{record.id}",
        "steps": [
            {"number": number, "name": name, "status": "completed", "conclusion": result}
            | {"started_at": time, "completed_at": time}
            for number, (name, result) in enumerate(steps, 1)
        ],
    }
