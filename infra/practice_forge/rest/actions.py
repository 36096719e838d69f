"""Workflow runs, their jobs, and where the logs are."""

from http import HTTPStatus

from infra.practice_forge.auth import require_read
from infra.practice_forge.ci import CiRun, Job
from infra.practice_forge.refusals import RefusalError, bad_credentials, not_found
from infra.practice_forge.rest.calls import Call, Reply, Route, page_of
from infra.practice_forge.shapes import ci_runs as shapes
from infra.practice_forge.state import Repository


def list_runs(call: Call, owner: str, name: str) -> Reply:
    """GET /repos/{owner}/{repo}/actions/runs, newest first; `head_sha` asks for those of one commit."""
    repo, wanted = _readable(call, owner, name), call.request.args.get("head_sha")
    found = [run for run in _runs(call, repo) if wanted in {None, run.sha}]
    return page_of(call, found[::-1], lambda run: shapes.workflow_run(call.forge, repo, run), wrap="workflow_runs")


def list_jobs(call: Call, owner: str, name: str, number: int) -> Reply:
    """GET /repos/{owner}/{repo}/actions/runs/{run_id}/jobs."""
    repo = _readable(call, owner, name)
    run = next((run for run in _runs(call, repo) if run.id == number), None)
    if run is None:
        raise not_found()
    return page_of(call, run.jobs, lambda job: shapes.workflow_job(call.forge, repo, run, job), wrap="jobs")


def find_log(call: Call, owner: str, name: str, number: int) -> Reply:
    """GET /repos/{owner}/{repo}/actions/jobs/{job_id}/logs: 302 to where it can be read without a token."""
    repo = _readable(call, owner, name)
    if call.actor.account is None:
        raise bad_credentials("Requires authentication")
    job: Job | None = next((job for run in _runs(call, repo) for job in run.jobs if job.id == number), None)
    if job is None:
        raise not_found()
    if job.log is None:
        raise RefusalError(HTTPStatus.GONE, "Gone")
    return Reply(None, HTTPStatus.FOUND, {"Location": f"{call.forge.base_url}/_practice/logs/{job.key}"})


def _runs(call: Call, repo: Repository) -> list[CiRun]:
    return [run for run in call.forge.state.ci_runs.values() if run.repo_id == repo.id]


def _readable(call: Call, owner: str, name: str) -> Repository:
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "actions")
    return repo


ACTIONS = "/repos/<owner>/<name>/actions"
ROUTES = (
    Route("GET", f"{ACTIONS}/runs", list_runs),
    Route("GET", f"{ACTIONS}/runs/<int:number>/jobs", list_jobs),
    Route("GET", f"{ACTIONS}/jobs/<int:number>/logs", find_log),
)
