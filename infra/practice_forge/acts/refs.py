"""Moving branches: by the API, by a push, by a merge; and what follows from it."""

import dataclasses
from typing import Any

from infra.practice_forge.acts.announce import announce
from infra.practice_forge.acts.forks import bring
from infra.practice_forge.acts.issues import Edit, change_issue, tell
from infra.practice_forge.forge import Forge
from infra.practice_forge.history import Commit, diff_files, read_commit, read_commits
from infra.practice_forge.refusals import unprocessable
from infra.practice_forge.repos import NO_COMMIT, GitError, RefUpdate
from infra.practice_forge.shapes.repositories import page
from infra.practice_forge.state import Account, Repository

MOST_PUSHED_COMMITS = 20
FEWEST_PARTS = 3


def create_ref(forge: Forge, repo: Repository, author: Account, name: str, sha: str) -> None:
    """Make a ref, in GitHub's words when it cannot be."""
    git = forge.git(repo)
    if not name.startswith("refs/") or name.count("/") + 1 < FEWEST_PARTS:
        raise unprocessable("Reference name must contain at least three slash-separated components.")
    if not git.accepts_ref_name(name) or name.startswith("refs/pull/"):
        raise unprocessable(f"{name} is not a valid ref name.")
    if git.kind(sha) is None:
        raise unprocessable("Object does not exist")
    if git.ref(name):
        raise unprocessable("Reference already exists")
    _set(forge, repo, name, sha, NO_COMMIT)
    ref_moved(forge, repo, author, RefUpdate(name, NO_COMMIT, sha))


def move_ref(forge: Forge, repo: Repository, author: Account, name: str, sha: str, *, force: bool) -> None:
    """Let a ref point elsewhere; without `force` only forward."""
    git = forge.git(repo)
    old = git.ref(name)
    if old is None:
        raise unprocessable("Reference does not exist")
    if git.kind(sha) is None:
        raise unprocessable("Object does not exist")
    if not force and not git.is_ancestor(old, sha):
        raise unprocessable("Update is not a fast forward")
    _set(forge, repo, name, sha, old)
    ref_moved(forge, repo, author, RefUpdate(name, old, sha))


def delete_ref(forge: Forge, repo: Repository, author: Account, name: str) -> None:
    """Remove a ref; the default branch stays."""
    git = forge.git(repo)
    old = git.ref(name)
    if old is None or name.startswith("refs/pull/"):
        raise unprocessable("Reference does not exist")
    if name == f"refs/heads/{repo.default_branch}":
        raise unprocessable("Cannot delete the default branch")
    git.delete_ref(name)
    ref_moved(forge, repo, author, RefUpdate(name, old, NO_COMMIT))


def _set(forge: Forge, repo: Repository, name: str, sha: str, old: str) -> None:
    try:
        forge.git(repo).set_ref(name, sha, old=old)
    except GitError as error:
        # A folder where a file is, or a push in the same moment: GitHub says no more than this either.
        raise unprocessable("Reference update failed") from error


def ref_moved(forge: Forge, repo: Repository, author: Account, update: RefUpdate) -> None:
    """Do what follows when a ref has moved: the push event, and open pull requests from that branch."""
    if update.old == update.new:
        return
    repo = dataclasses.replace(repo, pushed_at=forge.state.now())
    forge.state.keep_repository(repo)
    announce(forge, repo, author, "push", _push(forge, repo, author, update))
    if update.ref.startswith("refs/heads/"):
        _follow(forge, repo, author, update)


def _follow(forge: Forge, repo: Repository, author: Account, update: RefUpdate) -> None:
    """Keep open pull requests in step with their branches."""
    state, branch = forge.state, update.ref.removeprefix("refs/heads/")
    for pull in [p for p in state.pulls.values() if p.home_id == repo.id and p.head == branch]:
        issue, target = state.issues[pull.repo_id, pull.number], state.repository_of(pull.repo_id)
        if not issue.is_open:
            continue
        if update.new == NO_COMMIT:
            change_issue(forge, target, author, issue, Edit(is_open=False))
            continue
        bring(forge, target, repo, branch)
        base_sha = forge.git(target).ref(f"refs/heads/{pull.base}") or pull.base_sha
        state.keep_pull(dataclasses.replace(pull, head_sha=update.new, base_sha=base_sha))
        fresh = dataclasses.replace(issue, updated_at=state.now())
        state.keep_issue(fresh)
        forge.git(target).run("update-ref", f"refs/pull/{pull.number}/head", update.new)
        tell(forge, target, author, fresh, {"action": "synchronize", "before": update.old, "after": update.new})


def _push(forge: Forge, repo: Repository, author: Account, update: RefUpdate) -> dict[str, Any]:
    """Return the payload of a push."""
    git, old, new = forge.git(repo), update.old, update.new
    created, deleted = old == NO_COMMIT, new == NO_COMMIT
    commits: list[Commit] = []
    if not deleted and git.kind(new) == "commit":
        start = git.refs("refs/heads/").get(f"refs/heads/{repo.default_branch}") if created else old
        known = [f"^{start}"] if start and start != new else []
        commits = read_commits(git, new, *known, limit=MOST_PUSHED_COMMITS) if known or not created else []
    shapes = [pushed_commit(forge, repo, commit) for commit in reversed(commits)]
    head = None if deleted or git.kind(new) != "commit" else pushed_commit(forge, repo, read_commit(git, new))
    email = f"{author.id}+{author.login}@users.noreply.github.com"
    return {
        "ref": update.ref,
        "before": old,
        "after": new,
        "created": created,
        "deleted": deleted,
        "forced": not created and not deleted and not git.is_ancestor(old, new),
        "base_ref": None,
        "compare": f"{page(forge, repo)}/compare/{old[:12]}...{new[:12]}",
        "commits": shapes,
        "head_commit": head,
        "pusher": {"name": author.login, "email": email},
    }


def pushed_commit(forge: Forge, repo: Repository, commit: Commit) -> dict[str, Any]:
    """Return a commit as a push event names it, with the paths that it touched."""
    touched: dict[str, list[str]] = {"added": [], "removed": [], "modified": []}
    if len(commit.parents) == 1:
        for file in diff_files(forge.git(repo), commit.parents[0], commit.sha):
            touched.get(file.status, touched["modified"]).append(file.path)
    return {
        "id": commit.sha,
        "tree_id": commit.tree,
        "distinct": True,
        "message": commit.message,
        "timestamp": commit.committer.when.isoformat(),
        "url": f"{page(forge, repo)}/commit/{commit.sha}",
        "author": {"name": commit.author.name, "email": commit.author.email},
        "committer": {"name": commit.committer.name, "email": commit.committer.email},
    } | touched
