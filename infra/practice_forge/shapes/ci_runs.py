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
        "head_branch": record.branch,
        "head_sha": record.sha,
        "status": "completed",
        "conclusion": record.result,
        "url": url,
        "html_url": f"{page(forge, repo)}/actions/runs/{record.id}",
        "jobs_url": f"{url}/jobs",
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.created_at),
        "pull_requests": [],
        "repository": repository(forge, repo),
    }


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
