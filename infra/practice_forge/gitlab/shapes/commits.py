"""Branches, commits, trees, files and statuses as JSON."""

from typing import Any

from infra.practice_forge.forge import Forge
from infra.practice_forge.gitlab.access import Asker, may_push
from infra.practice_forge.gitlab.records import Status
from infra.practice_forge.gitlab.shapes.people import person, stamp
from infra.practice_forge.gitlab.shapes.projects import page
from infra.practice_forge.history import Commit, diff_files, read_commit
from infra.practice_forge.repos import TreeEntry
from infra.practice_forge.state import Repository

SHORT = 8


def commit(forge: Forge, repo: Repository, record: Commit) -> dict[str, Any]:
    """Return a commit."""
    return {
        "id": record.sha,
        "short_id": record.sha[:SHORT],
        "created_at": record.committer.when.isoformat(),
        "parent_ids": list(record.parents),
        "title": record.headline,
        "message": record.message,
        "author_name": record.author.name,
        "author_email": record.author.email,
        "authored_date": record.author.when.isoformat(),
        "committer_name": record.committer.name,
        "committer_email": record.committer.email,
        "committed_date": record.committer.when.isoformat(),
        "trailers": {},
        "extended_trailers": {},
        "web_url": f"{page(forge, repo)}/-/commit/{record.sha}",
    }


def branch(forge: Forge, repo: Repository, name: str, asker: Asker) -> dict[str, Any]:
    """Return a branch."""
    git = forge.git(repo)
    is_default = name == repo.default_branch
    return {
        "name": name,
        "commit": commit(forge, repo, read_commit(git, git.branches()[name])),
        "merged": False,
        "protected": is_default,
        "developers_can_push": False,
        "developers_can_merge": False,
        "can_push": may_push(asker, repo, name),
        "default": is_default,
        "web_url": f"{page(forge, repo)}/-/tree/{name}",
    }


def entry(record: TreeEntry, folder: str) -> dict[str, Any]:
    """Return an entry of a tree; `folder` is where the listing started."""
    path = f"{folder.strip('/')}/{record.path}".lstrip("/")
    return {
        "id": record.sha,
        "name": path.rpartition("/")[2],
        "type": record.kind,
        "path": path,
        "mode": record.mode,
    }


def status(forge: Forge, record: Status) -> dict[str, Any]:
    """Return a commit status."""
    return {
        "id": record.id,
        "sha": record.sha,
        "ref": record.ref,
        "status": record.status,
        "name": record.name,
        "target_url": record.target_url,
        "description": record.description,
        "created_at": stamp(record.created_at),
        "allow_failure": False,
        "coverage": None,
        "author": person(forge, record.author),
    }


def pushed_commit(forge: Forge, repo: Repository, record: Commit) -> dict[str, Any]:
    """Return a commit as a Push Hook names it, with the paths that it touched."""
    touched: dict[str, list[str]] = {"added": [], "modified": [], "removed": []}
    if len(record.parents) == 1:
        for file in diff_files(forge.git(repo), record.parents[0], record.sha):
            touched.get(file.status, touched["modified"]).append(file.path)
    return hook_commit(forge, repo, record) | touched


def hook_commit(forge: Forge, repo: Repository, record: Commit) -> dict[str, Any]:
    """Return a commit as webhooks name it."""
    return {
        "id": record.sha,
        "message": record.message,
        "title": record.headline,
        "timestamp": record.committer.when.isoformat(),
        "url": f"{page(forge, repo)}/-/commit/{record.sha}",
        "author": {"name": record.author.name, "email": "[REDACTED]"},
    }
