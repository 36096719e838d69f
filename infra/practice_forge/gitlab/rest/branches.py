"""Branches."""

from http import HTTPStatus

from infra.practice_forge.gitlab.access import DEVELOPER
from infra.practice_forge.gitlab.acts.merge_requests import branch_moved
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.refusals import Refusal, not_found, plain_bad_request
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes.commits import branch as shape
from infra.practice_forge.repos import NO_COMMIT, RefUpdate
from infra.practice_forge.rest.calls import Reply, no_content


def list_branches(call: Call, project: str) -> Reply:
    """GET /projects/:id/repository/branches, by name."""
    repo, wanted = call.project(project), call.params().text_or_none("search") or ""
    names = [name for name in call.git(repo).branches() if wanted in name]
    return page_of(call, names, lambda name: shape(call.forge, repo, name, call.asker))


def get_branch(call: Call, project: str, branch: str) -> Reply:
    """GET /projects/:id/repository/branches/:branch."""
    repo = call.project(project)
    if branch not in call.git(repo).branches():
        raise not_found("Branch")
    return Reply(shape(call.forge, repo, branch, call.asker))


def post_branch(call: Call, project: str) -> Reply:
    """POST /projects/:id/repository/branches; `ref` is a branch, a tag or a sha."""
    repo, params, git = call.project(project), call.params(), call.git(call.project(project))
    author = call.writer(repo, DEVELOPER)
    branch, ref = params.text("branch"), params.text("ref")
    name, start = f"refs/heads/{branch}", git.resolve(ref)
    if not git.accepts_ref_name(name):
        raise plain_bad_request("Branch name is invalid")
    if branch in git.branches():
        raise plain_bad_request("Branch already exists")
    if start is None:
        raise plain_bad_request(f"Invalid reference name: {ref}")
    git.set_ref(name, start, old=NO_COMMIT)
    branch_moved(call.shelves, repo, author, RefUpdate(name, NO_COMMIT, start))
    return Reply(shape(call.forge, repo, branch, call.asker), HTTPStatus.CREATED)


def delete_branch(call: Call, project: str, branch: str) -> Reply:
    """DELETE /projects/:id/repository/branches/:branch; the default one is protected and stays."""
    repo, git = call.project(project), call.git(call.project(project))
    author = call.writer(repo, DEVELOPER)
    old = git.branches().get(branch)
    if old is None:
        raise not_found("Branch")
    if branch == repo.default_branch:
        raise Refusal(HTTPStatus.METHOD_NOT_ALLOWED, "Cannot remove HEAD branch")
    git.delete_ref(f"refs/heads/{branch}")
    branch_moved(call.shelves, repo, author, RefUpdate(f"refs/heads/{branch}", old, NO_COMMIT))
    return no_content()


BRANCHES = "/projects/:project/repository/branches"
ROUTES = (
    Route("GET", BRANCHES, list_branches),
    Route("POST", BRANCHES, post_branch),
    Route("GET", f"{BRANCHES}/:branch", get_branch),
    Route("DELETE", f"{BRANCHES}/:branch", delete_branch),
)
