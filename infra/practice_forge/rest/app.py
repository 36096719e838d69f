"""The App's own resources: itself, its installations and their tokens."""

from http import HTTPStatus

from infra.practice_forge.acts import installing
from infra.practice_forge.auth import new_installation_token, reaches
from infra.practice_forge.refusals import RefusalError, not_found, suspended
from infra.practice_forge.rest.calls import Call, Reply, Route, no_content, page_of
from infra.practice_forge.rest.fields import Fields
from infra.practice_forge.shapes import people, repositories
from infra.practice_forge.shapes.people import stamp
from infra.practice_forge.state import Installation, Repository


def get_app(call: Call) -> Reply:
    """GET /app."""
    call.require_app()
    return Reply(people.app(call.forge))


def list_installations(call: Call) -> Reply:
    """GET /app/installations."""
    call.require_app()
    records = list(call.forge.state.installations.values())
    return page_of(call, records, lambda record: people.installation(call.forge, record))


def _installation(call: Call, number: int) -> Installation:
    record = call.forge.state.installations.get(number)
    if record is None:
        raise not_found()
    return record


def get_installation(call: Call, number: int) -> Reply:
    """GET /app/installations/{id}."""
    call.require_app()
    return Reply(people.installation(call.forge, _installation(call, number)))


def repo_installation(call: Call, owner: str, name: str) -> Reply:
    """GET /repos/{owner}/{repo}/installation."""
    call.require_app()
    repo = call.forge.state.repository(owner, name)
    record = call.forge.state.installation_of(repo.owner) if repo else None
    if record is None:
        raise not_found()
    return Reply(people.installation(call.forge, record))


def create_token(call: Call, number: int) -> Reply:
    """POST /app/installations/{id}/access_tokens.

    `permissions`, and `repositories` or `repository_ids`, may narrow the token, never widen it.
    """
    call.require_app()
    record = _installation(call, number)
    if record.suspended_at:
        raise suspended()
    granted, named = _permissions(call.fields(), record), _named(call, record)
    secret, token = new_installation_token(call.forge, record, granted, named)
    body = {
        "token": secret,
        "expires_at": stamp(token.expires_at),
        "permissions": granted,
        "repository_selection": "selected" if named else "all",
    }
    shown = {"repositories": [repositories.repository(call.forge, repo) for repo in named]} if named else {}
    return Reply(body | shown, HTTPStatus.CREATED)


def _permissions(fields: Fields, record: Installation) -> dict[str, str]:
    wanted = fields.nested("permissions")
    granted = dict(record.permissions)
    if wanted is not None and wanted.plain():  # PyGithub sends {} for "all that there is", and GitHub agrees
        asked = {key: str(value) for key, value in wanted.plain().items()}
        if any(granted.get(key) not in {level, "write"} for key, level in asked.items()):
            raise RefusalError(
                HTTPStatus.UNPROCESSABLE_ENTITY,
                "The permissions requested are not granted to this installation.",
            )
        granted = asked
    return granted


def _named(call: Call, record: Installation) -> list[Repository]:
    """Return the repositories that a token is asked for, by name or by id; none when it is asked for all."""
    fields = call.fields()
    names = {name.lower() for name in fields.texts("repositories")}
    numbers = set(fields.items("repository_ids"))
    own = [repo for repo in call.forge.state.repositories.values() if repo.owner.lower() == record.owner.lower()]
    found = [repo for repo in own if repo.name.lower() in names or repo.id in numbers]
    if names - {repo.name.lower() for repo in found} or numbers - {repo.id for repo in found}:
        raise RefusalError(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "There is at least one repository that does not exist or is not accessible to the parent installation.",
        )
    return found


def suspend(call: Call, number: int) -> Reply:
    """PUT /app/installations/{id}/suspended."""
    call.require_app()
    installing.suspend(call.forge, _installation(call, number), to=True)
    return no_content()


def unsuspend(call: Call, number: int) -> Reply:
    """DELETE /app/installations/{id}/suspended."""
    call.require_app()
    installing.suspend(call.forge, _installation(call, number), to=False)
    return no_content()


def uninstall(call: Call, number: int) -> Reply:
    """DELETE /app/installations/{id}."""
    call.require_app()
    installing.uninstall(call.forge, _installation(call, number))
    return no_content()


def installation_repositories(call: Call) -> Reply:
    """GET /installation/repositories."""
    if call.actor.installation is None:
        raise RefusalError(HTTPStatus.FORBIDDEN, "You must authenticate with an installation access token")
    repos = [repo for repo in call.forge.state.repositories.values() if reaches(call.actor, repo)]
    return page_of(call, repos, lambda repo: repositories.repository(call.forge, repo), wrap="repositories")


ROUTES = (
    Route("GET", "/app", get_app),
    Route("GET", "/app/installations", list_installations),
    Route("GET", "/app/installations/<int:number>", get_installation),
    Route("DELETE", "/app/installations/<int:number>", uninstall),
    Route("PUT", "/app/installations/<int:number>/suspended", suspend),
    Route("DELETE", "/app/installations/<int:number>/suspended", unsuspend),
    Route("POST", "/app/installations/<int:number>/access_tokens", create_token),
    Route("GET", "/installation/repositories", installation_repositories),
    Route("GET", "/repos/<owner>/<name>/installation", repo_installation),
)
