"""Events on demand: what a hook's test shows, and what pipelines and jobs would send."""

import dataclasses
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from infra.practice_forge.gitlab.acts import notes, subjects
from infra.practice_forge.gitlab.acts.announce import hook_time, hook_user, subject_attributes
from infra.practice_forge.gitlab.acts.pushes import push
from infra.practice_forge.gitlab.records import Subject
from infra.practice_forge.gitlab.refusals import Refusal
from infra.practice_forge.gitlab.shapes.commits import hook_commit
from infra.practice_forge.gitlab.shapes.projects import hook_project, hook_repository, page
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.history import Commit, read_commit
from infra.practice_forge.repos import NO_COMMIT, RefUpdate
from infra.practice_forge.state import Account, Repository


def show(shelves: Shelves, repo: Repository, author: Account, trigger: str) -> dict[str, Any]:
    """Return an event of a project for a test; raises 422 where it has nothing to make one of."""
    match trigger:
        case "note_events" | "confidential_note_events":
            return _newest_note(shelves, repo, author)
        case "issues_events" | "confidential_issues_events":
            issues = [issue for issue in shelves.state.issues.values() if issue.repo_id == repo.id]
            return _newest(shelves, repo, author, issues, "issues")
        case "merge_requests_events":
            requests = [request for request in shelves.merge_requests.values() if request.repo_id == repo.id]
            return _newest(shelves, repo, author, requests, "merge requests")
        case "push_events":
            tip = shelves.forge.git(repo).ref(f"refs/heads/{repo.default_branch}")
            if tip is None:
                raise _lacks("at least one commit")
            return push(shelves, repo, author, RefUpdate(f"refs/heads/{repo.default_branch}", NO_COMMIT, tip))
        case "pipeline_events":
            return pipeline(shelves, repo, author, Run())
        case "job_events":
            return job(shelves, repo, author, Run())
        case _:
            raise _lacks(trigger.removesuffix("_events").replace("_", " "))


def _lacks(what: str) -> Refusal:
    return Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, f"Ensure the project has {what}.")


def _newest(shelves: Shelves, repo: Repository, author: Account, found: Sequence[Subject], what: str) -> dict[str, Any]:
    if not found:
        raise _lacks(what)
    return subjects.event(shelves, repo, author, found[-1], {"action": "open"})


def _newest_note(shelves: Shelves, repo: Repository, author: Account) -> dict[str, Any]:
    found = [note for note in shelves.notes.values() if note.repo_id == repo.id and not note.system]
    if not found:
        raise _lacks("notes")
    return notes.event(shelves, repo, author, found[-1], "create")


@dataclasses.dataclass(frozen=True, slots=True)
class Run:
    """A pipeline, or its one job `name`, that came to `status` on a branch; an empty `ref` is the default one."""

    ref: str = ""
    status: str = "failed"
    name: str = "test"
    stage: str = "test"


def _commit(shelves: Shelves, repo: Repository, run: Run) -> tuple[str, Commit]:
    """Return branch and commit of a run."""
    git, ref = shelves.forge.git(repo), run.ref or repo.default_branch
    sha = git.ref(f"refs/heads/{ref}")
    if sha is None:
        raise _lacks("CI pipelines")
    return ref, read_commit(git, sha)


def pipeline(shelves: Shelves, repo: Repository, author: Account, run: Run) -> dict[str, Any]:
    """Return the payload of a Pipeline Hook."""
    ref, commit = _commit(shelves, repo, run)
    now, number = hook_time(shelves.state.now()), shelves.state.new_id()
    return {
        "object_kind": "pipeline",
        "object_attributes": {
            "id": number,
            "iid": number,
            "ref": ref,
            "tag": False,
            "sha": commit.sha,
            "before_sha": commit.parents[0] if commit.parents else NO_COMMIT,
            "source": "push",
            "status": run.status,
            "detailed_status": run.status,
            "stages": [run.stage],
            "created_at": now,
            "finished_at": now,
            "duration": 1,
            "queued_duration": 0,
            "variables": [],
            "url": f"{page(shelves.forge, repo)}/-/pipelines/{number}",
        },
        "merge_request": _merge_request(shelves, repo, ref),
        "user": hook_user(shelves.forge, author.login),
        "project": hook_project(shelves.forge, repo),
        "commit": hook_commit(shelves.forge, repo, commit),
        "builds": [_build(shelves, author, run, now)],
    }


def _merge_request(shelves: Shelves, repo: Repository, ref: str) -> dict[str, Any] | None:
    """Return the open merge request whose branch a pipeline ran on."""
    for request in shelves.merge_requests.values():
        if (request.home_id, request.source, request.state) == (repo.id, ref, "opened"):
            about = subject_attributes(shelves, repo, request)
            names = ("id", "iid", "title", "source_branch", "source_project_id", "target_branch", "target_project_id")
            return {name: about[name] for name in (*names, "state", "merge_status", "detailed_merge_status", "url")}
    return None


def _build(shelves: Shelves, author: Account, run: Run, now: str | None) -> dict[str, Any]:
    return {
        "id": shelves.state.new_id(),
        "stage": run.stage,
        "name": run.name,
        "status": run.status,
        "created_at": now,
        "started_at": now,
        "finished_at": now,
        "duration": 1.0,
        "queued_duration": 0.0,
        "failure_reason": "script_failure" if run.status == "failed" else None,
        "when": "on_success",
        "manual": False,
        "allow_failure": False,
        "user": hook_user(shelves.forge, author.login),
        "runner": None,
        "artifacts_file": {"filename": None, "size": None},
        "environment": None,
    }


def job(shelves: Shelves, repo: Repository, author: Account, run: Run) -> dict[str, Any]:
    """Return the payload of a Job Hook, which GitLab still calls a build inside."""
    ref, commit = _commit(shelves, repo, run)
    build = _build(shelves, author, run, hook_time(shelves.state.now()))
    told = ("id", "name", "stage", "status", "created_at", "started_at", "finished_at", "duration", "allow_failure")
    return {
        "object_kind": "build",
        "ref": ref,
        "tag": False,
        "before_sha": commit.parents[0] if commit.parents else NO_COMMIT,
        "sha": commit.sha,
        **{f"build_{name}": build[name] for name in told},
        "build_failure_reason": build["failure_reason"] or "unknown_failure",
        "retries_count": 0,
        "pipeline_id": shelves.state.new_id(),
        "project_id": repo.id,
        "project_name": repo.path.replace("/", " / "),
        "user": hook_user(shelves.forge, author.login),
        "commit": {"sha": commit.sha, "message": commit.message, "author_name": commit.author.name}
        | {"author_email": "[REDACTED]", "status": run.status},
        "repository": hook_repository(shelves.forge, repo),
        "project": hook_project(shelves.forge, repo),
        "runner": None,
        "environment": None,
    }
