"""Merge requests."""

import dataclasses
from http import HTTPStatus

from infra.practice_forge.acts.forks import root
from infra.practice_forge.gitlab.access import DEVELOPER, may_edit, may_push
from infra.practice_forge.gitlab.acts.merge_requests import Proposal, edit_merge_request, merge, open_merge_request
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.refusals import Refusal, bad_parameter, conflict, forbidden, unauthorized
from infra.practice_forge.gitlab.rest.edits import read_edit
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes import merge_requests as shapes
from infra.practice_forge.rest.calls import Reply

EDITABLE = (
    *("assignee_id", "assignee_ids", "reviewer_ids", "description", "labels", "add_labels", "remove_labels"),
    *("state_event", "target_branch", "title", "discussion_locked", "remove_source_branch", "squash"),
)


def list_merge_requests(call: Call, project: str) -> Reply:
    """GET /projects/:id/merge_requests, newest first."""
    repo, params = call.project(project), call.params()
    state = params.choice("state", "opened", "closed", "merged", "locked", "all") or "all"
    source, target = params.text_or_none("source_branch"), params.text_or_none("target_branch")
    labels, order = set(params.texts("labels") or []), params.choice("order_by", "created_at", "updated_at")
    oldest_first = params.choice("sort", "asc", "desc") == "asc"
    found = [
        request
        for request in call.shelves.merge_requests.values()
        if request.repo_id == repo.id
        and state in {"all", request.state}
        and source in {None, request.source}
        and target in {None, request.target}
        and labels <= set(request.labels)
    ]
    found.sort(key=lambda request: (getattr(request, order or "created_at"), request.id), reverse=not oldest_first)
    return page_of(call, found, lambda request: shapes.summary(call.shelves, repo, request))


def post_merge_request(call: Call, project: str) -> Reply:
    """POST /projects/:id/merge_requests, where the branch is; `target_project_id` names what a fork comes from."""
    home, params = call.project(project), call.params()
    author = call.writer(home, DEVELOPER)
    params.text("title")
    target = call.project(str(params.number("target_project_id") or home.id))
    if root(call.forge, target).id != root(call.forge, home).id:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, ["Source project is not a fork of the target project"])
    texts = dataclasses.replace(read_edit(call, params), target=None, is_open=None)
    shares = params.flag("allow_collaboration") or False
    wish = Proposal(home, params.text("source_branch"), params.text("target_branch"), texts, is_collaborative=shares)
    request = open_merge_request(call.shelves, target, author, wish)
    return Reply(shapes.merge_request(call.shelves, target, request, call.asker), HTTPStatus.CREATED)


def get_merge_request(call: Call, project: str, number: int) -> Reply:
    """GET /projects/:id/merge_requests/:merge_request_iid."""
    repo = call.project(project)
    request = call.merge_request(repo, number)
    return Reply(shapes.merge_request(call.shelves, repo, request, call.asker))


def put_merge_request(call: Call, project: str, number: int) -> Reply:
    """PUT /projects/:id/merge_requests/:merge_request_iid."""
    repo, params = call.project(project), call.params()
    author, request = call.writer(repo), call.merge_request(repo, number)
    if not any(name in params for name in EDITABLE):
        raise bad_parameter(f"{', '.join(EDITABLE)} are missing, at least one parameter must be provided")
    if not may_edit(call.asker, repo, request):
        raise forbidden()
    edited = edit_merge_request(call.shelves, repo, author, request, read_edit(call, params, request))
    return Reply(shapes.merge_request(call.shelves, repo, edited, call.asker))


def put_merge(call: Call, project: str, number: int) -> Reply:
    """PUT /projects/:id/merge_requests/:merge_request_iid/merge; `sha` must be the head that is merged."""
    repo, params = call.project(project), call.params()
    author, request = call.writer(repo), call.merge_request(repo, number)
    if not may_push(call.asker, repo, request.target):
        raise unauthorized()
    sha = params.text_or_none("sha")
    if sha is not None and sha != request.version.head_sha:
        raise conflict(f"SHA does not match HEAD of source branch: {request.version.head_sha}")
    message = params.text_or_none("merge_commit_message") or ""
    merged = merge(call.shelves, repo, author, request, message=message)
    return Reply(shapes.merge_request(call.shelves, repo, merged, call.asker))


REQUESTS = "/projects/:project/merge_requests"
ROUTES = (
    Route("GET", REQUESTS, list_merge_requests),
    Route("POST", REQUESTS, post_merge_request),
    Route("GET", f"{REQUESTS}/:number", get_merge_request),
    Route("PUT", f"{REQUESTS}/:number", put_merge_request),
    Route("PUT", f"{REQUESTS}/:number/merge", put_merge),
)
