"""Access tokens of projects and groups: each gives a bot account of its own the right to work there."""

import dataclasses
import secrets
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus

from infra.practice_forge.gitlab.access import DEVELOPER, LEVELS, MAINTAINER, OWNER, REPORTER, SCOPES, level
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.params import Params
from infra.practice_forge.gitlab.records import AccessToken
from infra.practice_forge.gitlab.refusals import bad_parameter, bad_request, not_found, record_not_found
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes.people import access_token
from infra.practice_forge.rest.calls import Reply, no_content
from infra.practice_forge.state import Repository, Role, Token

ROLES: Mapping[int, Role] = {REPORTER: "read", DEVELOPER: "write", MAINTAINER: "maintain", OWNER: "admin"}


def _of_project(call: Call, project: str) -> list[Repository]:
    repo = call.project(project)
    call.writer(repo, MAINTAINER)
    return [repo]


def _of_group(call: Call, group: str) -> list[Repository]:
    """Return what lies below a group that the asker owns; a group without projects cannot be found here."""
    below = [
        repo
        for repo in call.shelves.state.repositories.values()
        if f"{repo.owner}/".lower().startswith(f"{group.lower()}/")
    ]
    seen = [repo for repo in below if level(call.asker, repo)]
    if not seen or call.shelves.state.account(group):
        raise not_found("Group")
    for repo in seen:
        call.writer(repo, OWNER)
    return below


def post_for_project(call: Call, project: str) -> Reply:
    """POST /projects/:id/access_tokens: for maintainers."""
    return _make(call, "project", _of_project(call, project))


def post_for_group(call: Call, group: str) -> Reply:
    """POST /groups/:id/access_tokens: for owners."""
    return _make(call, "group", _of_group(call, group))


def _make(call: Call, kind: str, repos: list[Repository]) -> Reply:
    """Make a token, whose secret is told this once, and the bot account that it belongs to."""
    shelves, wish = call.shelves, call.params()
    if not shelves.makes_access_tokens:
        raise bad_request(f"User does not have permission to create {kind} access token")
    name, scopes = wish.text("name"), wish.texts("scopes") or []
    if not scopes or set(scopes) - set(SCOPES):
        raise bad_parameter("scopes does not have a valid value")
    ends, role = _end(call, wish), _role(wish)
    login = f"{kind}_{repos[0].id}_bot_{secrets.token_hex(16)}"
    account = call.forge.add_account(login, name=name, is_bot=True)
    for repo in repos:
        shelves.state.keep_repository(dataclasses.replace(repo, roles={**repo.roles, login: role}))
    secret = call.forge.new_token(Token(login, scopes=tuple(scopes), expires_at=ends), prefix="glpat-")
    made = AccessToken(shelves.state.new_id(), tuple(repo.id for repo in repos), secret, name, login)
    shelves.access_tokens[made.id] = made
    shown = access_token(shelves, made, account, LEVELS[role])
    return Reply(shown | {"token": secret}, HTTPStatus.CREATED)


def _role(wish: Params) -> Role:
    wanted = wish.number("access_level") or MAINTAINER
    if wanted not in ROLES:
        raise bad_parameter("access_level does not have a valid value")
    return ROLES[wanted]


def _end(call: Call, wish: Params) -> datetime:
    """Return the first moment at which the token is no good: the start of its last day, as at GitLab."""
    today, longest = call.shelves.state.now().date(), timedelta(days=call.shelves.longest_token_days)
    try:
        last = date.fromisoformat(wish.text_or_none("expires_at") or f"{today + longest}")
    except ValueError as error:
        raise bad_parameter("expires_at is invalid") from error
    if last > today + longest:
        raise bad_request(f"Expires at must expire in {call.shelves.longest_token_days} days")
    return datetime.combine(last, time(), UTC)


def list_tokens(call: Call, project: str) -> Reply:
    """GET /projects/:id/access_tokens."""
    (repo,) = _of_project(call, project)
    found = [each for each in call.shelves.access_tokens.values() if repo.id in each.repo_ids]
    return page_of(call, found, lambda each: _shown(call, each))


def _shown(call: Call, token: AccessToken) -> dict[str, object]:
    account = call.shelves.state.account(token.login)
    repo = call.shelves.project(str(token.repo_ids[0]))
    return access_token(call.shelves, token, account, LEVELS[repo.role(token.login)] if repo else 0) if account else {}


def delete_for_project(call: Call, project: str, number: int) -> Reply:
    """DELETE /projects/:id/access_tokens/:token_id: it is revoked at once."""
    return _delete(call, _of_project(call, project), number)


def delete_for_group(call: Call, group: str, number: int) -> Reply:
    """DELETE /groups/:id/access_tokens/:token_id."""
    return _delete(call, _of_group(call, group), number)


def _delete(call: Call, repos: list[Repository], number: int) -> Reply:
    found = call.shelves.access_tokens.get(number)
    if found is None or not set(found.repo_ids) <= {repo.id for repo in repos}:
        raise record_not_found()
    call.shelves.revoke(found)
    return no_content()


PROJECT, GROUP = "/projects/:project/access_tokens", "/groups/:group/access_tokens"
ROUTES = (
    Route("GET", PROJECT, list_tokens),
    Route("POST", PROJECT, post_for_project),
    Route("DELETE", f"{PROJECT}/:number", delete_for_project),
    Route("POST", GROUP, post_for_group),
    Route("DELETE", f"{GROUP}/:number", delete_for_group),
)
