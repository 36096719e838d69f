"""Issues."""

import dataclasses
from http import HTTPStatus

from infra.practice_forge.gitlab.access import REPORTER, can_see_issue, level, may_edit
from infra.practice_forge.gitlab.acts.subjects import change, open_issue
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.refusals import bad_parameter, forbidden
from infra.practice_forge.gitlab.rest.edits import read_edit
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes.issues import issue as shape
from infra.practice_forge.rest.calls import Reply
from infra.practice_forge.state import Issue, Repository

EDITABLE = (
    *("title", "description", "state_event", "confidential", "labels", "add_labels", "remove_labels"),
    *("assignee_ids", "assignee_id", "discussion_locked"),
)


def list_issues(call: Call, project: str) -> Reply:
    """GET /projects/:id/issues, newest first."""
    repo, params = call.project(project), call.params()
    state = params.choice("state", "opened", "closed", "all")
    labels, order = set(params.texts("labels") or []), params.choice("order_by", "created_at", "updated_at")
    oldest_first = params.choice("sort", "asc", "desc") == "asc"
    found = [
        issue
        for issue in call.shelves.state.issues.values()
        if issue.repo_id == repo.id
        and can_see_issue(call.asker, repo, issue)
        and (state in {None, "all"} or issue.is_open == (state == "opened"))
        and labels <= set(issue.labels)
    ]
    found.sort(key=lambda issue: (getattr(issue, order or "created_at"), issue.id), reverse=not oldest_first)
    return page_of(call, found, lambda issue: shape(call.shelves, repo, issue))


def post_issue(call: Call, project: str) -> Reply:
    """POST /projects/:id/issues; labels and assignees of those below reporter are dropped, as GitLab does."""
    repo, params = call.project(project), call.params()
    author = call.writer(repo)
    params.text("title")
    wish = read_edit(call, params)
    if level(call.asker, repo) < REPORTER:
        wish = dataclasses.replace(wish, labels=None, assignees=None)
    issue = open_issue(call.shelves, repo, author, wish, confidential=bool(params.flag("confidential")))
    return Reply(shape(call.shelves, repo, issue), HTTPStatus.CREATED)


def get_issue(call: Call, project: str, number: int) -> Reply:
    """GET /projects/:id/issues/:issue_iid."""
    repo = call.project(project)
    return Reply(shape(call.shelves, repo, call.issue(repo, number)))


def put_issue(call: Call, project: str, number: int) -> Reply:
    """PUT /projects/:id/issues/:issue_iid."""
    repo, params = call.project(project), call.params()
    author, issue = call.writer(repo), call.issue(repo, number)
    if not any(name in params for name in EDITABLE):
        raise bad_parameter(f"{', '.join(EDITABLE)} are missing, at least one parameter must be provided")
    if not may_edit(call.asker, repo, issue):
        raise forbidden()
    wish = read_edit(call, params, issue)
    if level(call.asker, repo) < REPORTER:
        wish = dataclasses.replace(wish, labels=None, assignees=None)
    change(call.shelves, repo, author, issue, wish)
    return Reply(shape(call.shelves, repo, _set_flags(call, repo, issue)))


def _set_flags(call: Call, repo: Repository, issue: Issue) -> Issue:
    """Set what no event tells of: confidentiality and the lock, for reporters."""
    params, kept = call.params(), call.shelves.state.issues[repo.id, issue.number]
    if level(call.asker, repo) >= REPORTER:
        hidden, locked = params.flag("confidential"), params.flag("discussion_locked")
        kept = dataclasses.replace(
            kept,
            confidential=kept.confidential if hidden is None else hidden,
            locked=kept.locked if locked is None else locked,
        )
        call.shelves.state.keep_issue(kept)
    return kept


ISSUES = "/projects/:project/issues"
ROUTES = (
    Route("GET", ISSUES, list_issues),
    Route("POST", ISSUES, post_issue),
    Route("GET", f"{ISSUES}/:number", get_issue),
    Route("PUT", f"{ISSUES}/:number", put_issue),
)
