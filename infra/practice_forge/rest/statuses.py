"""Commit statuses: one word about a commit, from whoever may write."""

from infra.practice_forge.auth import require_read, require_write
from infra.practice_forge.ci import CommitStatus
from infra.practice_forge.refusals import custom, invalid_request, unprocessable
from infra.practice_forge.rest.calls import Call, Reply, Route, created, page_of
from infra.practice_forge.shapes.ci_runs import commit_status as shape

STATES = {"error", "failure", "pending", "success"}
LONGEST_DESCRIPTION = 140
MOST = 1000  # of one context on one commit


def post_status(call: Call, owner: str, name: str, sha: str) -> Reply:
    """POST /repos/{owner}/{repo}/statuses/{sha}."""
    repo, fields, state = call.repo(owner, name), call.fields(), call.forge.state
    author = require_write(call.actor, repo, "statuses", role="write")
    if call.forge.git(repo).resolve(sha) != sha:
        raise unprocessable(f"No commit found for SHA: {sha}")
    word, description = fields.text("state"), fields.text_or_none("description")
    if word not in STATES:
        raise invalid_request("state is not a member of the list of allowed words.")
    if len(description or "") > LONGEST_DESCRIPTION:
        raise custom("Status", f"description is too long (maximum is {LONGEST_DESCRIPTION} characters)")
    record = CommitStatus(
        id=state.new_id(),
        repo_id=repo.id,
        sha=sha,
        state=word,
        context=fields.text_or_none("context") or "default",
        description=description,
        target_url=fields.text_or_none("target_url"),
        author=author.login,
        created_at=state.now(),
    )
    place = (repo.id, sha, record.context)
    if sum((each.repo_id, each.sha, each.context) == place for each in state.commit_statuses.values()) >= MOST:
        raise custom("Status", "This SHA and context has reached the maximum number of statuses.")
    state.commit_statuses[record.id] = record
    return created(shape(call.forge, repo, record))


def list_statuses(call: Call, owner: str, name: str, revision: str) -> Reply:
    """GET /repos/{owner}/{repo}/commits/{ref}/statuses, newest first."""
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "statuses")
    sha = call.forge.git(repo).resolve(revision)
    found = [each for each in call.forge.state.commit_statuses.values() if (each.repo_id, each.sha) == (repo.id, sha)]
    return page_of(call, found[::-1], lambda record: shape(call.forge, repo, record))


ROUTES = (
    Route("POST", "/repos/<owner>/<name>/statuses/<sha>", post_status),
    Route("GET", "/repos/<owner>/<name>/commits/<path:revision>/statuses", list_statuses),
)
