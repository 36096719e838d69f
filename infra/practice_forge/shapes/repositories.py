"""Repositories, refs, commits, trees and files as JSON."""

import base64
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from infra.practice_forge.acts.forks import root
from infra.practice_forge.forge import Forge
from infra.practice_forge.history import Commit, FileDiff
from infra.practice_forge.repos import Signature, TreeEntry
from infra.practice_forge.shapes.people import node_id, person, stamp
from infra.practice_forge.state import Repository

TEMPLATES = {
    "archive": "/{archive_format}{/ref}",
    "assignees": "{/user}",
    "branches": "{/branch}",
    "collaborators": "{/collaborator}",
    "comments": "{/number}",
    "commits": "{/sha}",
    "compare": "/{base}...{head}",
    "contents": "/{+path}",
    "issues": "{/number}",
    "keys": "{/key_id}",
    "labels": "{/name}",
    "milestones": "{/number}",
    "pulls": "{/number}",
    "releases": "{/id}",
    "statuses": "/{sha}",
}
PLAIN = (
    "contributors",
    "deployments",
    "downloads",
    "events",
    "forks",
    "hooks",
    "languages",
    "merges",
    "stargazers",
    "subscribers",
    "tags",
    "teams",
)
LARGEST_PATCH = 20_000  # changed lines
LARGEST_INLINE_BYTES = 1_000_000


def api(forge: Forge, repo: Repository) -> str:
    """Return the REST address of a repository."""
    return f"{forge.api_url}/repos/{repo.path}"


def page(forge: Forge, repo: Repository) -> str:
    """Return the address that a person opens."""
    return f"{forge.base_url}/{repo.path}"


def repository(forge: Forge, repo: Repository, *, permissions: dict[str, bool] | None = None) -> dict[str, Any]:
    """Return a repository; `permissions` are the asker's, where somebody asked."""
    url, html = api(forge, repo), page(forge, repo)
    open_issues = sum(1 for issue in forge.state.issues.values() if issue.repo_id == repo.id and issue.is_open)
    document = {
        "id": repo.id,
        "node_id": node_id("R", repo.id),
        "name": repo.name,
        "full_name": repo.path,
        "private": repo.private,
        "visibility": "private" if repo.private else "public",
        "owner": person(forge, repo.owner),
        "html_url": html,
        "description": repo.description or None,
        "fork": repo.parent_id > 0,
        "url": url,
        **{f"{name}_url": f"{url}/{name}" for name in PLAIN},
        **{f"{name}_url": f"{url}/{name}{rest}" for name, rest in TEMPLATES.items()},
        "archive_url": f"{url}/{{archive_format}}{{/ref}}",
        "subscription_url": f"{url}/subscription",
        "blobs_url": f"{url}/git/blobs{{/sha}}",
        "trees_url": f"{url}/git/trees{{/sha}}",
        "git_commits_url": f"{url}/git/commits{{/sha}}",
        "git_refs_url": f"{url}/git/refs{{/sha}}",
        "git_tags_url": f"{url}/git/tags{{/sha}}",
        "issue_comment_url": f"{url}/issues/comments{{/number}}",
        "issue_events_url": f"{url}/issues/events{{/number}}",
        "notifications_url": f"{url}/notifications{{?since,all,participating}}",
        "clone_url": f"{html}.git",
        "git_url": f"{html}.git",
        "ssh_url": f"{html}.git",
        "svn_url": html,
        "created_at": stamp(repo.created_at),
        "updated_at": stamp(repo.pushed_at),
        "pushed_at": stamp(repo.pushed_at),
        "default_branch": repo.default_branch,
        "open_issues": open_issues,
        "open_issues_count": open_issues,
    } | _constants()
    return document | ({"permissions": permissions} if permissions is not None else {})


def full_repository(forge: Forge, repo: Repository, *, permissions: dict[str, bool] | None = None) -> dict[str, Any]:
    """Return a repository on its own: a fork says of what."""
    document = repository(forge, repo, permissions=permissions)
    if not repo.parent_id:
        return document
    parent = forge.state.repository_of(repo.parent_id)
    return document | {"parent": repository(forge, parent), "source": repository(forge, root(forge, repo))}


def _constants() -> dict[str, Any]:
    """Return the fields in which all practice repositories are alike."""
    zeros = (
        "forks",
        "forks_count",
        "network_count",
        "size",
        "stargazers_count",
        "subscribers_count",
        "watchers",
        "watchers_count",
    )
    nothing = ("homepage", "language", "license", "mirror_url")
    no = ("archived", "disabled", "has_discussions", "has_pages", "has_projects", "has_wiki", "is_template")
    return (
        dict.fromkeys(zeros, 0)
        | dict.fromkeys(nothing)
        | dict.fromkeys(no, False)
        | {"allow_forking": True, "has_downloads": True, "has_issues": True, "topics": []}
        | {"web_commit_signoff_required": False}
    )


def ref(forge: Forge, repo: Repository, name: str, sha: str) -> dict[str, Any]:
    """Return a git ref."""
    url = api(forge, repo)
    return {
        "ref": name,
        "node_id": f"REF_{name}",
        "url": f"{url}/git/{quote(name)}",
        "object": {"type": "commit", "sha": sha, "url": f"{url}/git/commits/{sha}"},
    }


def signature(who: Signature) -> dict[str, Any]:
    """Return an author or committer."""
    return {"name": who.name, "email": who.email, "date": stamp(who.when)}


def git_commit(forge: Forge, repo: Repository, commit: Commit) -> dict[str, Any]:
    """Return a commit as the git database API shows it."""
    url = api(forge, repo)
    return {
        "sha": commit.sha,
        "node_id": f"C_{commit.sha}",
        "url": f"{url}/git/commits/{commit.sha}",
        "html_url": f"{page(forge, repo)}/commit/{commit.sha}",
        "author": signature(commit.author),
        "committer": signature(commit.committer),
        "message": commit.message,
        "tree": {"sha": commit.tree, "url": f"{url}/git/trees/{commit.tree}"},
        "parents": _parents(forge, repo, commit),
        "verification": verification(forge, commit.sha),
    }


def commit(forge: Forge, repo: Repository, record: Commit) -> dict[str, Any]:
    """Return a commit as the lists of a repository and of pull requests show it."""
    url = api(forge, repo)
    inner = git_commit(forge, repo, record)
    kept = {key: inner[key] for key in ("author", "committer", "message", "tree", "url", "verification")}
    return {
        "sha": record.sha,
        "node_id": inner["node_id"],
        "commit": kept | {"comment_count": 0},
        "url": f"{url}/commits/{record.sha}",
        "html_url": inner["html_url"],
        "comments_url": f"{url}/commits/{record.sha}/comments",
        "author": _linked(forge, record.author),
        "committer": _linked(forge, record.committer),
        "parents": inner["parents"],
    }


def verification(forge: Forge, sha: str) -> dict[str, Any]:
    """Say whether GitHub would show the commit as Verified: made by the App through the API, with no other author."""
    is_verified = sha in forge.state.verified
    reason = "valid" if is_verified else "unsigned"
    return {"verified": is_verified, "reason": reason, "signature": None, "payload": None, "verified_at": None}


def _parents(forge: Forge, repo: Repository, record: Commit) -> list[dict[str, Any]]:
    url = api(forge, repo)
    return [
        {"sha": sha, "url": f"{url}/git/commits/{sha}", "html_url": f"{page(forge, repo)}/commit/{sha}"}
        for sha in record.parents
    ]


def _linked(forge: Forge, who: Signature) -> dict[str, Any] | None:
    """Return the account behind an e-mail address, if the forge knows it by its noreply address."""
    login = who.email.partition("@")[0].partition("+")[2]
    return person(forge, login) if login and forge.state.account(login) else None


def tree(forge: Forge, repo: Repository, sha: str, entries: Sequence[TreeEntry]) -> dict[str, Any]:
    """Return a tree."""
    url = api(forge, repo)
    items = []
    for entry in entries:
        item: dict[str, Any] = {"path": entry.path, "mode": entry.mode, "type": entry.kind, "sha": entry.sha}
        items.append(item | ({"size": entry.size} if entry.size is not None else {}))
        items[-1]["url"] = f"{url}/git/{'trees' if entry.kind == 'tree' else 'blobs'}/{entry.sha}"
    return {"sha": sha, "url": f"{url}/git/trees/{sha}", "tree": items, "truncated": False}


def content(forge: Forge, repo: Repository, entry: TreeEntry, revision: str) -> dict[str, Any]:
    """Return one entry of a folder listing; `file` adds the bytes."""
    kind = {"tree": "dir", "commit": "submodule"}.get(entry.kind, "file")
    path = quote(entry.path)
    url = f"{api(forge, repo)}/contents/{path}?ref={quote(revision)}"
    git_url = f"{api(forge, repo)}/git/{'trees' if kind == 'dir' else 'blobs'}/{entry.sha}"
    html_url = f"{page(forge, repo)}/{'tree' if kind == 'dir' else 'blob'}/{quote(revision)}/{path}"
    return {
        "type": kind,
        "name": entry.path.rsplit("/", 1)[-1],
        "path": entry.path,
        "sha": entry.sha,
        "size": entry.size or 0,
        "url": url,
        "git_url": git_url,
        "html_url": html_url,
        "download_url": f"{page(forge, repo)}/raw/{quote(revision)}/{path}" if kind == "file" else None,
        "_links": {"self": url, "git": git_url, "html": html_url},
    }


def file(forge: Forge, repo: Repository, entry: TreeEntry, revision: str, raw: bytes) -> dict[str, Any]:
    """Return a file with its bytes in base64; beyond 1 MB GitHub leaves the bytes out."""
    is_small = len(raw) <= LARGEST_INLINE_BYTES
    text = base64.encodebytes(raw).decode() if is_small else ""
    shape = content(forge, repo, entry, revision)
    return shape | {"encoding": "base64" if is_small else "none", "content": text}


def file_diff(forge: Forge, repo: Repository, diff: FileDiff, head: str) -> dict[str, Any]:
    """Return one file of a pull request or comparison; without `patch` when there is no text, or too much of it."""
    path = quote(diff.path)
    document = {
        "sha": diff.sha,
        "filename": diff.path,
        "status": diff.status,
        "additions": diff.additions,
        "deletions": diff.deletions,
        "changes": diff.additions + diff.deletions,
        "blob_url": f"{page(forge, repo)}/blob/{head}/{path}",
        "raw_url": f"{page(forge, repo)}/raw/{head}/{path}",
        "contents_url": f"{api(forge, repo)}/contents/{path}?ref={head}",
    }
    if diff.patch and diff.additions + diff.deletions <= LARGEST_PATCH:
        document["patch"] = diff.patch
    if diff.status == "renamed":
        document["previous_filename"] = diff.old_path
    return document
