"""Commits through GitLab's API: one call for all files, so that half a change is never on a branch.

https://docs.gitlab.com/api/commits/#create-a-commit-with-multiple-files-and-actions
"""

import base64
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any

from gitlab import Gitlab, GitlabError
from gitlab.v4.objects import Project

from bot.events import Changes, FileChange
from bot.forges.branches import moved_on, require_place
from bot.forges.paths import check_paths

_MODE = "x-gitlab-execute-filemode"

# What the API is trusted with: each file costs a question of its own before, and all of them travel as one JSON
# document, a third larger than they are; GitLab.com slows down those who send more than 20 MB at a time.
_MOST_FILES, _MOST_BYTES = 100, 10 << 20


def branch_head(project: Project, branch: str) -> str | None:
    """Return the sha that `branch` points to, or None when there is no such branch."""
    try:
        return str(project.branches.get(branch).commit["id"])
    except GitlabError as error:
        if error.response_code == HTTPStatus.NOT_FOUND:
            return None
        raise


def make_commit(project: Project, *, branch: str, parent: str, message: str, changes: Changes) -> str:
    """Commit `changes` on top of `parent`, let `branch` point to the commit and return its sha.

    The author is the token's own account. Raises `UserError` when a path is unfit or the branch points elsewhere than
    to `parent`, also when it moves while this is done: GitLab puts our commit on top then and takes nothing away.
    """
    check_paths(changes)
    head = branch_head(project, branch)
    require_place(branch, head, parent=parent)
    wish: dict[str, Any] = {"branch": branch, "commit_message": message}
    if head is None:
        wish["start_sha"] = parent
    wish["actions"] = [action for change in changes for action in _actions(project, parent, change)]
    made = project.commits.create(wish)
    if made.parent_ids != [parent]:
        raise moved_on(branch)
    return str(made.id)


def is_large(changes: Changes) -> bool:
    """Return whether the API is not to be asked to carry `changes`."""
    size = sum(len(change.content) for change in changes if change.content is not None)
    return len(changes) > _MOST_FILES or size > _MOST_BYTES


def author(client: Gitlab) -> tuple[str, str]:
    """Return the name and the address that GitLab itself gives to commits of the token's own account."""
    client.auth()
    own: dict[str, Any] = client.user.attributes if client.user else {}
    return str(own["name"]), str(own.get("commit_email") or own["email"])


def _actions(project: Project, parent: str, change: FileChange) -> Iterator[dict[str, Any]]:
    was_executable = _is_executable(project, parent, change.path)
    if change.content is None:
        yield {"action": "delete", "file_path": change.path}
        return
    yield {
        "action": "create" if was_executable is None else "update",
        "file_path": change.path,
        "content": base64.b64encode(change.content).decode("ascii"),
        "encoding": "base64",
    }
    if change.executable is not bool(was_executable):
        yield {"action": "chmod", "file_path": change.path, "execute_filemode": change.executable}


def _is_executable(project: Project, sha: str, path: str) -> bool | None:
    """Return whether a file is executable in a commit; None when it is not there."""
    try:
        headers = project.files.head(file_path=path, ref=sha)
    except GitlabError as error:
        if error.response_code == HTTPStatus.NOT_FOUND:
            return None
        raise
    return str(headers.get(_MODE, "false")).lower() == "true"
