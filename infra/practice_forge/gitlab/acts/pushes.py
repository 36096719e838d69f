"""The push event."""

from typing import Any

from infra.practice_forge.gitlab.acts.announce import announce
from infra.practice_forge.gitlab.shapes.commits import pushed_commit
from infra.practice_forge.gitlab.shapes.people import person
from infra.practice_forge.gitlab.shapes.projects import hook_project, hook_repository
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.history import count, read_commits
from infra.practice_forge.repos import NO_COMMIT, RefUpdate
from infra.practice_forge.state import Account, Repository

MOST_COMMITS = 20
# More branches or tags than this in one push, and GitLab sends no event at all.
MOST_REFS = 3


def push_told(shelves: Shelves, repo: Repository, author: Account, update: RefUpdate) -> None:
    """Send the event of one ref that moved."""
    is_tag = update.ref.startswith("refs/tags/")
    branch = "" if is_tag else update.ref.removeprefix("refs/heads/")
    flag = "tag_push_events" if is_tag else "push_events"
    announce(shelves, repo, flag, push(shelves, repo, author, update), branch=branch)


def push(shelves: Shelves, repo: Repository, author: Account, update: RefUpdate) -> dict[str, Any]:
    """Return the payload of a push; the commits of a new branch are those that the default branch lacks."""
    forge = shelves.forge
    who, kind = person(forge, author.login), "tag_push" if update.ref.startswith("refs/tags/") else "push"
    total, commits = _commits(shelves, repo, update)
    return {
        "object_kind": kind,
        "event_name": kind,
        "before": update.old,
        "after": update.new,
        "ref": update.ref,
        "ref_protected": update.ref == f"refs/heads/{repo.default_branch}",
        "checkout_sha": None if update.new == NO_COMMIT else update.new,
        "message": None,
        "user_id": who["id"],
        "user_name": who["name"],
        "user_username": who["username"],
        "user_email": "",
        "user_avatar": who["avatar_url"],
        "project_id": repo.id,
        "project": hook_project(forge, repo),
        "repository": hook_repository(forge, repo),
        "commits": commits,
        "total_commits_count": total,
    }


def _commits(shelves: Shelves, repo: Repository, update: RefUpdate) -> tuple[int, list[dict[str, Any]]]:
    """Return how many commits came, and the newest of them, oldest first."""
    git = shelves.forge.git(repo)
    if update.new == NO_COMMIT or git.kind(update.new) != "commit":
        return 0, []
    start = git.ref(f"refs/heads/{repo.default_branch}") if update.old == NO_COMMIT else update.old
    if start is None or start == update.new:
        return 0, []
    found = read_commits(git, update.new, f"^{start}", limit=MOST_COMMITS)
    return count(git, start, update.new), [pushed_commit(shelves.forge, repo, commit) for commit in found[::-1]]
