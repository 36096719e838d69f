"""Forks."""

from http import HTTPStatus

from infra.practice_forge.acts.forks import fork
from infra.practice_forge.auth import can_see, require_read
from infra.practice_forge.refusals import bad_credentials, not_for_apps, unprocessable
from infra.practice_forge.rest.calls import Call, Reply, Route, page_of
from infra.practice_forge.shapes import repositories as shapes


def create_fork(call: Call, owner: str, name: str) -> Reply:
    """POST /repos/{owner}/{repo}/forks, into the asker's own account; here it is ready at once."""
    repo, account = call.repo(owner, name), call.actor.account
    if account is None:
        raise bad_credentials("Requires authentication")
    if call.actor.installation is not None:
        raise not_for_apps()
    if account.login.lower() == repo.owner.lower():
        raise unprocessable("A repository cannot be forked into the account that owns it.")
    return Reply(shapes.full_repository(call.forge, fork(call.forge, repo, account)), HTTPStatus.ACCEPTED)


def list_forks(call: Call, owner: str, name: str) -> Reply:
    """GET /repos/{owner}/{repo}/forks, newest first, those that the asker may see."""
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "metadata")
    every = [each for each in call.forge.state.repositories.values() if each.parent_id == repo.id]
    shown = [each for each in every if can_see(call.actor, each)]
    return page_of(call, shown[::-1], lambda each: shapes.repository(call.forge, each))


FORKS = "/repos/<owner>/<name>/forks"
ROUTES = (Route("GET", FORKS, list_forks), Route("POST", FORKS, create_fork, is_content=True))
