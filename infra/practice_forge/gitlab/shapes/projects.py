"""Projects as JSON, in the long form of the API and the short one of webhooks."""

from typing import Any

from infra.practice_forge.forge import Forge
from infra.practice_forge.gitlab.access import Asker, level
from infra.practice_forge.gitlab.shapes.people import stamp
from infra.practice_forge.state import Repository

PRIVATE, PUBLIC = 0, 20


def page(forge: Forge, repo: Repository) -> str:
    """Return the address of a project's page."""
    return f"{forge.base_url}/{repo.path}"


def api(forge: Forge, repo: Repository) -> str:
    """Return the address of a project in the API."""
    return f"{forge.base_url}/api/v4/projects/{repo.id}"


def project(forge: Forge, repo: Repository, asker: Asker) -> dict[str, Any]:
    """Return a project."""
    url = page(forge, repo)
    access = level(asker, repo)
    rights = {"access_level": access, "notification_level": 3} if access else None
    return {
        "id": repo.id,
        "description": repo.description,
        "name": repo.name,
        "name_with_namespace": repo.path.replace("/", " / "),
        "path": repo.name,
        "path_with_namespace": repo.path,
        "created_at": stamp(repo.created_at),
        "last_activity_at": stamp(repo.pushed_at),
        "default_branch": repo.default_branch if forge.git(repo).branches() else None,
        "topics": [],
        "web_url": url,
        "http_url_to_repo": f"{url}.git",
        "ssh_url_to_repo": f"git@localhost:{repo.path}.git",
        "readme_url": None,
        "visibility": "private" if repo.private else "public",
        "namespace": namespace(forge, repo),
        "archived": False,
        "empty_repo": not forge.git(repo).branches(),
        "issues_enabled": True,
        "merge_requests_enabled": True,
        "merge_method": "merge",
        "permissions": {"project_access": rights, "group_access": None},
        "_links": {"self": api(forge, repo), "issues": f"{api(forge, repo)}/issues"},
    } | _parent(forge, repo)


def _parent(forge: Forge, repo: Repository) -> dict[str, Any]:
    """Return what only forks have."""
    if not repo.parent_id:
        return {}
    parent = forge.state.repository_of(repo.parent_id)
    named = {"id": parent.id, "name": parent.name, "path": parent.name, "path_with_namespace": parent.path}
    return {"forked_from_project": named | {"web_url": page(forge, parent)}}


def namespace(forge: Forge, repo: Repository) -> dict[str, Any]:
    """Return the user or group that a project belongs to."""
    owner = forge.state.account(repo.owner)
    return {
        "id": owner.id if owner else repo.id,
        "name": repo.owner.rpartition("/")[2],
        "path": repo.owner.rpartition("/")[2],
        "kind": "user" if owner else "group",
        "full_path": repo.owner,
        "web_url": f"{forge.base_url}/{repo.owner}",
    }


def hook_project(forge: Forge, repo: Repository) -> dict[str, Any]:
    """Return a project as webhooks name it."""
    url, ssh = page(forge, repo), f"git@localhost:{repo.path}.git"
    return {
        "id": repo.id,
        "name": repo.name,
        "description": repo.description,
        "web_url": url,
        "avatar_url": None,
        "git_ssh_url": ssh,
        "git_http_url": f"{url}.git",
        "namespace": repo.owner,
        "visibility_level": PRIVATE if repo.private else PUBLIC,
        "path_with_namespace": repo.path,
        "default_branch": repo.default_branch,
        "ci_config_path": None,
        "homepage": url,
        "url": f"{url}.git",
        "ssh_url": ssh,
        "http_url": f"{url}.git",
    }


def hook_repository(forge: Forge, repo: Repository) -> dict[str, Any]:
    """Return the older half of the same."""
    url = page(forge, repo)
    return {"name": repo.name, "url": f"{url}.git", "description": repo.description, "homepage": url}
