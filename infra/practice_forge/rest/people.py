"""People, rate limits and what somebody may do in a repository."""

from typing import Any

from infra.practice_forge.auth import role_of
from infra.practice_forge.refusals import bad_credentials, forbidden, not_for_apps, not_found
from infra.practice_forge.rest.calls import Call, Reply, Route
from infra.practice_forge.shapes import people
from infra.practice_forge.state import RANK


def get_user(call: Call) -> Reply:
    """GET /user: a person's own account. Apps have none."""
    if call.actor.installation is not None or call.actor.is_app:
        raise not_for_apps()
    if call.actor.account is None:
        raise bad_credentials("Requires authentication")
    return Reply(people.profile(call.forge, call.actor.account))


def get_account(call: Call, login: str) -> Reply:
    """GET /users/{login}."""
    account = call.forge.state.account(login)
    if account is None:
        raise not_found()
    return Reply(people.profile(call.forge, account))


def rate_limit(call: Call) -> Reply:
    """GET /rate_limit; asking is free."""
    budget = call.forge.limits.look(call.actor.login, call.forge.state.clock())
    core: dict[str, Any] = {
        "limit": budget.limit,
        "used": budget.used,
        "remaining": budget.remaining,
        "reset": int(budget.reset.timestamp()),
    }
    return Reply({"resources": {"core": core, "search": core}, "rate": core})


def permission(call: Call, owner: str, name: str, login: str) -> Reply:
    """GET /repos/{owner}/{repo}/collaborators/{login}/permission."""
    repo = call.repo(owner, name)
    if call.actor.account is None:
        raise bad_credentials("Requires authentication")
    if RANK[role_of(call.actor, repo)] < RANK["write"]:
        raise forbidden("Must have push access to view collaborator permission.")
    if call.actor.installation is not None and "metadata" not in call.actor.installation.permissions:
        raise not_for_apps()
    account = call.forge.state.account(login)
    if account is None or account.is_bot:
        raise not_found(f"{login} is not a user")
    role = repo.role(login)
    rights = {"admin": "admin", "push": "write", "pull": "read"}
    user = people.account(call.forge, account) | {
        "permissions": {right: RANK[role] >= RANK[least] for right, least in rights.items()},
        "role_name": role,
    }
    return Reply({"permission": role, "role_name": role, "user": user})


ROUTES = (
    Route("GET", "/user", get_user),
    Route("GET", "/users/<login>", get_account),
    Route("GET", "/rate_limit", rate_limit),
    Route("GET", "/repos/<owner>/<name>/collaborators/<login>/permission", permission),
)
