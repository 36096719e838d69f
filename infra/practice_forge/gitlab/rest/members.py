"""Who belongs to a project."""

import dataclasses
from http import HTTPStatus

from infra.practice_forge.gitlab.access import LEVELS, MAINTAINER
from infra.practice_forge.gitlab.calls import Call
from infra.practice_forge.gitlab.refusals import bad_parameter, conflict, not_found
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes import people as shapes
from infra.practice_forge.rest.calls import Reply
from infra.practice_forge.state import Role

ROLES: dict[int, Role] = {LEVELS[role]: role for role in ("read", "write", "maintain")}


def post_member(call: Call, project: str) -> Reply:
    """POST /projects/:id/members: let an account in as reporter, developer or maintainer."""
    repo = call.project(project)
    call.writer(repo, MAINTAINER)
    params = call.params()
    number, access = params.number("user_id"), params.number("access_level")
    if number is None or access is None:
        raise bad_parameter(f"{'user_id' if number is None else 'access_level'} is missing")
    if access not in ROLES:
        raise bad_parameter("access_level does not have a valid value")
    who = next((account for account in call.shelves.state.accounts.values() if account.id == number), None)
    if who is None:
        raise not_found("User")
    if LEVELS[repo.role(who.login)]:
        raise conflict("Member already exists")
    repo = dataclasses.replace(repo, roles={**repo.roles, who.login.lower(): ROLES[access]})
    call.shelves.state.keep_repository(repo)
    return Reply(shapes.member(call.forge, repo, who), HTTPStatus.CREATED)


ROUTES = (Route("POST", "/projects/:project/members", post_member),)
