"""The CI of a repository: runs that are over."""

import dataclasses
from collections.abc import Sequence

from infra.practice_forge.acts.announce import announce
from infra.practice_forge.ci import CiRun, Job
from infra.practice_forge.forge import Forge
from infra.practice_forge.shapes.ci_runs import check_suite, workflow, workflow_run
from infra.practice_forge.state import Repository


def add(forge: Forge, repo: Repository, sha: str, jobs: Sequence[Job], *, branch: str = "") -> CiRun:
    """Keep a run of `jobs` on a commit, and tell the App of it; raises `LookupError` where there is no such commit."""
    if forge.git(repo).resolve(sha) != sha:
        raise LookupError(f"There is no commit {sha}.")
    state = forge.state
    kept = tuple(dataclasses.replace(job, id=state.new_id()) for job in jobs)
    run = CiRun(state.new_id(), repo.id, sha, branch or repo.default_branch, state.now(), kept, state.new_id())
    state.ci_runs[run.id] = run
    owner = state.account(repo.owner)
    if forge.dialect == "github" and owner:
        announce(
            forge, repo, owner, "check_suite", {"action": "completed", "check_suite": check_suite(forge, repo, run)}
        )
        payload = {"action": "completed", "workflow_run": workflow_run(forge, repo, run)}
        announce(forge, repo, owner, "workflow_run", payload | {"workflow": workflow(forge, repo)})
    return run
