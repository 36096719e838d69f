"""Labels of a repository, and those of its issues and pull requests."""

import re

from infra.practice_forge.acts.issues import add_labels, remove_label
from infra.practice_forge.auth import require_read, require_write
from infra.practice_forge.refusals import invalid, not_found
from infra.practice_forge.rest.calls import Call, Reply, Route, created, page_of
from infra.practice_forge.shapes import issues as shapes
from infra.practice_forge.state import Repository

LONGEST_NAME = 50
COLOUR = re.compile(r"[0-9a-fA-F]{6}")


def post_label(call: Call, owner: str, name: str) -> Reply:
    """POST /repos/{owner}/{repo}/labels; one that is there, or on any issue, is refused."""
    repo = call.repo(owner, name)
    require_write(call.actor, repo, "issues", "pull_requests", role="write")
    fields = call.fields()
    wanted, colour = fields.text("name"), fields.text_or_none("color") or "ededed"
    if not wanted.strip() or len(wanted) > LONGEST_NAME:
        raise invalid("Label", "name", "invalid")
    if not COLOUR.fullmatch(colour):
        raise invalid("Label", "color", "invalid")
    if wanted.lower() in _known(call, repo):
        raise invalid("Label", "name", "already_exists")
    call.forge.state.labels[repo.id, wanted] = colour
    return created(shapes.label(call.forge, repo, wanted))


def _known(call: Call, repo: Repository) -> set[str]:
    state = call.forge.state
    used = (name for (repo_id, _), issue in state.issues.items() if repo_id == repo.id for name in issue.labels)
    made = (name for repo_id, name in state.labels if repo_id == repo.id)
    return {name.lower() for name in (*used, *made)}


def post_labels(call: Call, owner: str, name: str, number: int) -> Reply:
    """POST /repos/{owner}/{repo}/issues/{number}/labels."""
    repo = call.repo(owner, name)
    author = require_write(call.actor, repo, "issues", "pull_requests", role="write")
    issue = add_labels(call.forge, repo, author, call.issue(repo, number), call.fields().texts("labels"))
    return Reply([shapes.label(call.forge, repo, label) for label in issue.labels])


def list_labels(call: Call, owner: str, name: str, number: int) -> Reply:
    """GET /repos/{owner}/{repo}/issues/{number}/labels."""
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "issues")
    return page_of(call, call.issue(repo, number).labels, lambda label: shapes.label(call.forge, repo, label))


def delete_label(call: Call, owner: str, name: str, number: int, label: str) -> Reply:
    """DELETE /repos/{owner}/{repo}/issues/{number}/labels/{name}; the answer is what is left."""
    repo = call.repo(owner, name)
    author = require_write(call.actor, repo, "issues", "pull_requests", role="write")
    issue = call.issue(repo, number)
    if label not in issue.labels:
        raise not_found("Label does not exist")
    left = remove_label(call.forge, repo, author, issue, label).labels
    return Reply([shapes.label(call.forge, repo, each) for each in left])


_OF_ISSUE = "/repos/<owner>/<name>/issues/<int:number>/labels"
ROUTES = (
    Route("POST", "/repos/<owner>/<name>/labels", post_label),
    Route("GET", _OF_ISSUE, list_labels),
    Route("POST", _OF_ISSUE, post_labels),
    Route("DELETE", f"{_OF_ISSUE}/<path:label>", delete_label),
)
