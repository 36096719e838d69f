"""Pipelines, their jobs, and what those printed."""

from typing import Any

from infra.practice_forge.ci import CiRun, Job
from infra.practice_forge.gitlab.access import REPORTER
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.refusals import not_found
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes.people import stamp
from infra.practice_forge.gitlab.shapes.projects import page
from infra.practice_forge.rest.calls import Reply
from infra.practice_forge.state import Repository

STATES = {"failure": "failed", "timed_out": "failed", "cancelled": "canceled"}
REASONS = {"failure": "script_failure", "timed_out": "job_execution_timeout"}


def list_pipelines(call: Call, project: str) -> Reply:
    """GET /projects/:id/pipelines, newest first; `sha` asks for those of one commit."""
    repo, wanted = _readable(call, project), call.params().text_or_none("sha")
    found = [run for run in _runs(call, repo) if wanted in {None, run.sha}]
    return page_of(call, found[::-1], lambda run: _pipeline(call, repo, run))


def list_jobs(call: Call, project: str, number: int) -> Reply:
    """GET /projects/:id/pipelines/:pipeline_id/jobs; `scope` asks for one state."""
    repo, scope = _readable(call, project), call.request.args.getlist("scope[]")
    run = next((run for run in _runs(call, repo) if run.id == number), None)
    if run is None:
        raise not_found("Pipeline")
    found = [job for job in run.jobs if not scope or _state(job.result) in scope]
    return page_of(call, found, lambda job: _job(call, repo, run, job))


def get_trace(call: Call, project: str, number: int) -> Reply:
    """GET /projects/:id/jobs/:job_id/trace: plain text, empty once it is erased."""
    repo = _readable(call, project)
    job = next((job for run in _runs(call, repo) for job in run.jobs if job.id == number), None)
    if job is None:
        raise not_found("Job")
    return Reply(job.log or b"", media_type="text/plain")


def _readable(call: Call, project: str) -> Repository:
    repo = call.project(project)
    call.writer(repo, 0 if not repo.private else REPORTER)
    return repo


def _runs(call: Call, repo: Repository) -> list[CiRun]:
    return [run for run in call.forge.state.ci_runs.values() if run.repo_id == repo.id]


def _state(result: str) -> str:
    return STATES.get(result, result)


def _pipeline(call: Call, repo: Repository, run: CiRun) -> dict[str, Any]:
    return {
        "id": run.id,
        "iid": run.id,
        "project_id": repo.id,
        "sha": run.sha,
        "ref": run.branch,
        "status": _state(run.result),
        "source": "push",
        "created_at": stamp(run.created_at),
        "updated_at": stamp(run.created_at),
        "web_url": f"{page(call.forge, repo)}/-/pipelines/{run.id}",
    }


def _job(call: Call, repo: Repository, run: CiRun, job: Job) -> dict[str, Any]:
    return {
        "id": job.id,
        "name": job.name,
        "stage": "test",
        "status": _state(job.result),
        "failure_reason": REASONS.get(job.result),
        "allow_failure": job.may_fail,
        "ref": run.branch,
        "tag": False,
        "created_at": stamp(run.created_at),
        "web_url": f"{page(call.forge, repo)}/-/jobs/{job.id}",
        "pipeline": _pipeline(call, repo, run),
    }


PIPELINES = "/projects/:project/pipelines"
ROUTES = (
    Route("GET", PIPELINES, list_pipelines),
    Route("GET", f"{PIPELINES}/:number/jobs", list_jobs),
    Route("GET", "/projects/:project/jobs/:number/trace", get_trace),
)
