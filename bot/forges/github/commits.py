"""Makes commits through GitHub's git data API, so that GitHub itself signs what an App commits.

What is too large for that is to be pushed instead (`bot.forges.pushing`): it arrives, but unsigned.
"""

import base64
from http import HTTPStatus

from github import Github, GithubException, InputGitTreeElement
from github.GitRef import GitRef
from github.Repository import Repository

from bot.events import Changes, FileChange
from bot.forges.branches import moved_on, require_place
from bot.forges.github.errors import first_text
from bot.forges.paths import check_paths
from bot.forges.pushing import Commit

_FILE, _EXECUTABLE = "100644", "100755"
_NO_BRANCH = {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}  # 409: the repository has no commit at all

# What the API is trusted with. Trees with 2.5 MB of text in them have been answered with 422 and 502, one of 1,600
# entries took longer than 10 s; a blob of 5 MB took 7 s (we wait for 15), one of 40 MiB is refused. And each blob is a
# write of its own, of which GitHub allows 80 in a minute to the whole installation.
_MOST_FILES, _MOST_TEXT = 300, 1 << 20
_MOST_BLOBS, _LARGEST_BLOB = 20, 4 << 20  # files that are no text; bytes
_TOO_LARGE = "too large"  # "Sorry, your request timed out. It's likely that your input was too large to process. ..."


def branch_head(repository: Repository, branch: str) -> str | None:
    """Return the sha that `branch` points to, or None when there is no such branch."""
    ref = _find_ref(repository, branch)
    return ref.object.sha if ref else None


def make_commit(repository: Repository, commit: Commit) -> str:
    """Make a commit, let its branch point to it and return its sha.

    Neither author nor committer is named: only then GitHub signs the commit and shows it as verified
    (https://docs.github.com/authentication/managing-commit-signature-verification/about-commit-signature-verification).
    Raises `UserError` when a path is unfit, or when the branch is there and points elsewhere than to `parent`.
    """
    branch, parent = commit.branch, commit.parent
    check_paths(commit.changes)
    ref = _find_ref(repository, branch)
    require_place(branch, ref.object.sha if ref else None, parent=parent, merging=commit.merging)
    parents = [repository.get_git_commit(each) for each in (parent, commit.merging) if each]
    tree = repository.create_git_tree([_element(repository, change) for change in commit.changes], parents[-1].tree)
    sha = repository.create_git_commit(commit.message, tree, parents).sha
    if ref:
        _advance(repository, branch, ref, sha)
    else:
        _create_branch(repository, branch, sha, parent)
    return sha


def is_large(changes: Changes) -> bool:
    """Return whether the API is not to be asked to carry `changes`."""
    contents = [change.content for change in changes if change.content is not None]
    blobs = [content for content in contents if _as_text(content) is None]
    text = sum(map(len, contents)) - sum(map(len, blobs))
    return (
        len(changes) > _MOST_FILES
        or text > _MOST_TEXT
        or len(blobs) > _MOST_BLOBS
        or any(len(blob) > _LARGEST_BLOB for blob in blobs)
    )


def is_too_large(error: GithubException) -> bool:
    """Return whether GitHub would not take a tree or a blob for its size; no branch has moved then."""
    return error.status == HTTPStatus.UNPROCESSABLE_ENTITY and _TOO_LARGE in first_text(error).lower()


def author(client: Github, login: str, host: str) -> tuple[str, str]:
    """Return the name and the address by which the GitHub at `host` knows commits of an account.

    https://docs.github.com/account-and-profile/reference/email-addresses-reference#your-noreply-email-address
    """
    user = client.get_user(login)
    return user.login, f"{user.id}+{user.login}@users.noreply.{host}"


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
            raise moved_on(branch) from error


def _advance(repository: Repository, branch: str, ref: GitRef, sha: str) -> None:
    before = ref.object.sha
    try:
        ref.edit(sha, force=False)
    except GithubException as error:
        if error.status == HTTPStatus.UNPROCESSABLE_ENTITY and branch_head(repository, branch) != before:
            raise moved_on(branch) from error
        raise
