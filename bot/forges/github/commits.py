"""Makes commits through GitHub's git data API, so that GitHub itself signs what an App commits."""

import base64
from http import HTTPStatus

from github import GithubException, InputGitTreeElement
from github.GitRef import GitRef
from github.Repository import Repository

from bot.errors import UserError
from bot.events import Changes, FileChange
from bot.forges.paths import check_paths

_FILE, _EXECUTABLE = "100644", "100755"
_NO_BRANCH = {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}  # 409: the repository has no commit at all


def branch_head(repository: Repository, branch: str) -> str | None:
    """Return the sha that `branch` points to, or None when there is no such branch."""
    ref = _find_ref(repository, branch)
    return ref.object.sha if ref else None


def make_commit(
    repository: Repository, *, branch: str, parent: str, message: str, changes: Changes, merging: str = ""
) -> str:
    """Commit `changes` on top of `parent`, let `branch` point to the commit and return its sha.

    With `merging` that commit is a second parent, and `changes` are made to its files.

    Neither author nor committer is named: only then GitHub signs the commit and shows it as verified
    (https://docs.github.com/authentication/managing-commit-signature-verification/about-commit-signature-verification).
    Raises `UserError` when a path is unfit, or when the branch is there and points elsewhere than to `parent`.
    """
    check_paths(changes)
    ref = _find_ref(repository, branch)
    if (ref and ref.object.sha != parent) or (merging and not ref):
        raise _moved(branch)
    parents = [repository.get_git_commit(each) for each in (parent, merging) if each]
    tree = repository.create_git_tree([_element(repository, change) for change in changes], parents[-1].tree)
    sha = repository.create_git_commit(message, tree, parents).sha
    if ref:
        _advance(repository, branch, ref, sha)
    else:
        _create_branch(repository, branch, sha, parent)
    return sha


def _find_ref(repository: Repository, branch: str) -> GitRef | None:
    try:
        # Completed on purpose: a lazy one keeps the address it was read from, and that one takes no PATCH.
        return repository.get_git_ref(f"heads/{branch}").complete()
    except GithubException as error:
        if error.status in _NO_BRANCH:
            return None
        raise


def _element(repository: Repository, change: FileChange) -> InputGitTreeElement:
    if change.content is None:
        return InputGitTreeElement(change.path, _FILE, "blob", sha=None)
    mode = _EXECUTABLE if change.executable else _FILE
    text = _as_text(change.content)
    if text is not None:
        return InputGitTreeElement(change.path, mode, "blob", content=text)
    blob = repository.create_git_blob(base64.b64encode(change.content).decode("ascii"), "base64")
    return InputGitTreeElement(change.path, mode, "blob", sha=blob.sha)


def _as_text(content: bytes) -> str | None:
    # Text travels inside the tree, one call for all files; only other content needs a blob of its own.
    if b"\0" in content:
        return None
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return None


def _create_branch(repository: Repository, branch: str, sha: str, parent: str) -> None:
    try:
        repository.create_git_ref(f"refs/heads/{branch}", sha)
    except GithubException as error:
        ref = _find_ref(repository, branch) if error.status == HTTPStatus.UNPROCESSABLE_ENTITY else None
        if ref is None:
            raise  # refused for another reason than a branch that is there
        if ref.object.sha == parent:
            _advance(repository, branch, ref, sha)
        elif ref.object.sha != sha:
            raise _moved(branch) from error


def _advance(repository: Repository, branch: str, ref: GitRef, sha: str) -> None:
    before = ref.object.sha
    try:
        ref.edit(sha, force=False)
    except GithubException as error:
        if error.status == HTTPStatus.UNPROCESSABLE_ENTITY and branch_head(repository, branch) != before:
            raise _moved(branch) from error
        raise


def _moved(branch: str) -> UserError:
    return UserError(
        f"The branch {branch} has moved on since the bot looked at it.",
        mend="Ask again; the bot starts from what the branch holds now.",
    )
