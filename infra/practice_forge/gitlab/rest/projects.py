"""Projects."""

import re
from http import HTTPStatus

from infra.practice_forge.acts.forks import fork
from infra.practice_forge.gitlab.access import can_see, level
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.refusals import Refusal, bad_parameter, unauthorized
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes.projects import project as shape
from infra.practice_forge.rest.calls import Reply
from infra.practice_forge.seeding import NewRepository, make_repository

NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,254}")
BAD_NAME = "can contain only letters, digits, '_', '-' and '.'. Cannot start with '-', end in '.git' or end in '.atom'"


def list_projects(call: Call) -> Reply:
    """GET /projects, newest first; `membership` and `min_access_level` leave out those where one's level is too low."""
    params = call.params()
    least = max(int(params.flag("membership") or False), params.number("min_access_level") or 0)
    repos = [repo for repo in call.shelves.state.repositories.values() if can_see(call.asker, repo)]
    shown = [repo for repo in repos if level(call.asker, repo) >= least]
    return page_of(call, shown[::-1], lambda repo: shape(call.forge, repo, call.asker))


def get_project(call: Call, project: str) -> Reply:
    """GET /projects/:id."""
    return Reply(shape(call.forge, call.project(project), call.asker))


def post_project(call: Call) -> Reply:
    """POST /projects: a project of one's own; `initialize_with_readme` makes a first commit."""
    account = call.asker.account
    if account is None:
        raise unauthorized()
    params = call.params()
    name = params.text_or_none("path") or params.text_or_none("name")
    if not name:
        raise bad_parameter("name, path are missing, at least one parameter must be provided")
    if not NAME.fullmatch(name) or name.endswith((".git", ".atom")):
        raise Refusal(HTTPStatus.BAD_REQUEST, {"path": [BAD_NAME]})
    if call.shelves.state.repository(account.login, name):
        taken = ["has already been taken"]
        raise Refusal(HTTPStatus.BAD_REQUEST, {"project_namespace.name": taken, "name": taken, "path": taken})
    description = params.text_or_none("description") or ""
    readme = {"README.md": f"# {name}\n\n{description}\n".encode()} if params.flag("initialize_with_readme") else {}
    private = params.choice("visibility", "private", "public") != "public"
    wish = NewRepository(account.login, name, readme, description=description, private=private)
    repo = make_repository(call.forge, wish)
    return Reply(shape(call.forge, repo, call.asker), HTTPStatus.CREATED)


def post_fork(call: Call, project: str) -> Reply:
    """POST /projects/:id/fork, into the asker's own namespace; here it is ready at once."""
    parent, account = call.project(project), call.asker.account
    if account is None:
        raise unauthorized()
    if account.login.lower() == parent.owner.lower():
        taken = ["has already been taken"]
        raise Refusal(HTTPStatus.CONFLICT, {"project_namespace.name": taken, "name": taken, "path": taken})
    return Reply(shape(call.forge, fork(call.forge, parent, account), call.asker), HTTPStatus.CREATED)


ROUTES = (
    Route("GET", "/projects", list_projects),
    Route("POST", "/projects", post_project),
    Route("GET", "/projects/:project", get_project),
    Route("POST", "/projects/:project/fork", post_fork),
)
