"""Labels of a project; those that are put on something without being made first make themselves."""

import re
from http import HTTPStatus
from typing import Any

from infra.practice_forge.gitlab.access import REPORTER
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.refusals import bad_parameter, conflict
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.rest.calls import Reply
from infra.practice_forge.state import Repository

COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_GIVEN = "#6699cc"  # to a label that made itself


def _known(call: Call, repo: Repository) -> dict[str, str]:
    """Return the colour of every label, by its name."""
    shelves = call.shelves
    issues = [issue.labels for issue in shelves.state.issues.values() if issue.repo_id == repo.id]
    requests = [request.labels for request in shelves.merge_requests.values() if request.repo_id == repo.id]
    used = (name for labels in (*issues, *requests) for name in labels)
    made = {name: f"#{colour}" for (repo_id, name), colour in shelves.state.labels.items() if repo_id == repo.id}
    return {**dict.fromkeys(used, _GIVEN), **made}


def list_labels(call: Call, project: str) -> Reply:
    """GET /projects/:id/labels, by name."""
    known = _known(call, call.project(project))
    return page_of(call, sorted(known), lambda name: _shape(name, known[name]))


def post_label(call: Call, project: str) -> Reply:
    """POST /projects/:id/labels; 409 for one that is there."""
    repo, params = call.project(project), call.params()
    call.writer(repo, REPORTER)
    name, colour = params.text("name"), params.text("color")
    if not COLOUR.fullmatch(colour):
        raise bad_parameter("color must be a valid color code")
    if name in _known(call, repo):
        raise conflict("Label already exists")
    call.shelves.state.labels[repo.id, name] = colour.removeprefix("#")
    return Reply(_shape(name, colour), HTTPStatus.CREATED)


def _shape(name: str, colour: str) -> dict[str, Any]:
    plain = {"description": None, "text_color": "#FFFFFF", "archived": False, "subscribed": False}
    return {"id": sum(name.encode()), "name": name, "color": colour, "priority": None, "is_project_label": True} | plain


ROUTES = (
    Route("GET", "/projects/:project/labels", list_labels),
    Route("POST", "/projects/:project/labels", post_label),
)
