"""Check runs: verdicts on commits, which only Apps may write."""

import dataclasses
from datetime import datetime

from infra.practice_forge.auth import require_read, require_write
from infra.practice_forge.ci import CheckRun
from infra.practice_forge.refusals import forbidden, invalid_request, not_found, unprocessable
from infra.practice_forge.rest.calls import Call, Reply, Route, created, page_of
from infra.practice_forge.rest.fields import Fields
from infra.practice_forge.shapes.pulls import check_run as shape
from infra.practice_forge.state import Repository

MOST_ANNOTATIONS = 50
LONGEST_TEXT = 65_535
STATUSES = {"queued", "in_progress", "completed", "waiting", "requested", "pending"}
CONCLUSIONS = {"action_required", "cancelled", "failure", "neutral", "success", "skipped", "timed_out"}
NEEDED_BY_ANNOTATION = ("path", "start_line", "end_line", "annotation_level", "message")


def post_check_run(call: Call, owner: str, name: str) -> Reply:
    """POST /repos/{owner}/{repo}/check-runs."""
    repo = _writable(call, owner, name)
    fields = call.fields()
    sha = fields.text("head_sha")
    if call.forge.git(repo).resolve(sha) != sha:
        raise unprocessable(f"No commit found for SHA: {sha}")
    run = CheckRun(
        id=call.forge.state.new_id(),
        repo_id=repo.id,
        head_sha=sha,
        name=fields.text("name"),
        status="queued",
        conclusion=None,
        started_at=call.forge.state.now(),
        completed_at=None,
        external_id=fields.text_or_none("external_id") or "",
    )
    run = _changed(run, fields, call.forge.state.now())
    call.forge.state.check_runs[run.id] = run
    return created(shape(call.forge, repo, run))


def patch_check_run(call: Call, owner: str, name: str, number: int) -> Reply:
    """PATCH /repos/{owner}/{repo}/check-runs/{id}; new annotations join the old ones."""
    repo = _writable(call, owner, name)
    run = _changed(_run(call, repo, number), call.fields(), call.forge.state.now())
    call.forge.state.check_runs[run.id] = run
    return Reply(shape(call.forge, repo, run))


def get_check_run(call: Call, owner: str, name: str, number: int) -> Reply:
    """GET /repos/{owner}/{repo}/check-runs/{id}."""
    repo = _readable(call, owner, name)
    return Reply(shape(call.forge, repo, _run(call, repo, number)))


def list_annotations(call: Call, owner: str, name: str, number: int) -> Reply:
    """GET /repos/{owner}/{repo}/check-runs/{id}/annotations."""
    repo = _readable(call, owner, name)
    return page_of(call, _run(call, repo, number).annotations, dict)


def list_for_ref(call: Call, owner: str, name: str, revision: str) -> Reply:
    """GET /repos/{owner}/{repo}/commits/{ref}/check-runs."""
    repo = _readable(call, owner, name)
    sha = call.forge.git(repo).resolve(revision)
    if sha is None:
        raise unprocessable(f"No commit found for SHA: {revision}")
    wanted = call.request.args.get("check_name")
    runs = [
        run
        for run in call.forge.state.check_runs.values()
        if (run.repo_id, run.head_sha) == (repo.id, sha) and wanted in {None, run.name}
    ]
    return page_of(call, runs[::-1], lambda run: shape(call.forge, repo, run), wrap="check_runs")


def _changed(run: CheckRun, fields: Fields, now: datetime) -> CheckRun:
    """Return the run with what a request says; a conclusion completes it."""
    conclusion = fields.text_or_none("conclusion") or run.conclusion
    status = "completed" if "conclusion" in fields else fields.text_or_none("status") or run.status
    if status not in STATUSES or (conclusion is not None and conclusion not in CONCLUSIONS):
        raise invalid_request("status or conclusion is not a member of the list of allowed words.")
    if status == "completed" and conclusion is None:
        raise invalid_request('"conclusion" wasn\'t supplied.')
    new = dataclasses.replace(
        run,
        name=fields.text_or_none("name") or run.name,
        status=status,
        conclusion=conclusion if status == "completed" else None,
        completed_at=(run.completed_at or now) if status == "completed" else None,
        details_url=fields.text_or_none("details_url") or run.details_url,
    )
    output = fields.nested("output")
    return _with_output(new, output) if output else new


def _with_output(run: CheckRun, output: Fields) -> CheckRun:
    notes = output.objects("annotations")
    if len(notes) > MOST_ANNOTATIONS:
        raise invalid_request(
            f"No more than {MOST_ANNOTATIONS} items are allowed; {len(notes)} were supplied in annotations."
        )
    for note in notes:
        for needed in NEEDED_BY_ANNOTATION:
            if needed not in note:
                raise invalid_request(f'"{needed}" wasn\'t supplied.')
    summary, text = output.text("summary"), output.text_or_none("text")
    if max(len(summary), len(text or "")) > LONGEST_TEXT:
        raise invalid_request(f"Only {LONGEST_TEXT} characters are allowed in summary and text.")
    annotations = (*run.annotations, *(note.plain() for note in notes))
    return dataclasses.replace(run, title=output.text("title"), summary=summary, text=text, annotations=annotations)


def _run(call: Call, repo: Repository, number: int) -> CheckRun:
    run = call.forge.state.check_runs.get(number)
    if run is None or run.repo_id != repo.id:
        raise not_found()
    return run


def _writable(call: Call, owner: str, name: str) -> Repository:
    repo = call.repo(owner, name)
    require_write(call.actor, repo, "checks")
    if call.actor.installation is None:
        raise forbidden("You must authenticate via a GitHub App.")
    return repo


def _readable(call: Call, owner: str, name: str) -> Repository:
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "checks")
    return repo


RUNS = "/repos/<owner>/<name>/check-runs"
ROUTES = (
    Route("POST", RUNS, post_check_run),
    Route("PATCH", f"{RUNS}/<int:number>", patch_check_run),
    Route("GET", f"{RUNS}/<int:number>", get_check_run),
    Route("GET", f"{RUNS}/<int:number>/annotations", list_annotations),
    Route("GET", "/repos/<owner>/<name>/commits/<path:revision>/check-runs", list_for_ref),
)
