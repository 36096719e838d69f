"""Projects."""

from infra.practice_forge.gitlab.access import can_see, level
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes.projects import project as shape
from infra.practice_forge.rest.calls import Reply


def list_projects(call: Call) -> Reply:
    """GET /projects, newest first; `membership` leaves those where one has no level."""
    own = call.params().flag("membership")
    repos = [repo for repo in call.shelves.state.repositories.values() if can_see(call.asker, repo)]
    shown = [repo for repo in repos if not own or level(call.asker, repo)]
    return page_of(call, shown[::-1], lambda repo: shape(call.forge, repo, call.asker))


def get_project(call: Call, project: str) -> Reply:
    """GET /projects/:id."""
    return Reply(shape(call.forge, call.project(project), call.asker))


ROUTES = (
    Route("GET", "/projects", list_projects),
    Route("GET", "/projects/:project", get_project),
)
