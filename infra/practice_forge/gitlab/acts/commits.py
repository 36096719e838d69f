"""One commit from a list of actions on files: GitLab's way to write without git."""

import base64
import binascii
import dataclasses
from collections.abc import Sequence

from infra.practice_forge.gitlab.refusals import plain_bad_request
from infra.practice_forge.history import read_commits
from infra.practice_forge.repos import GitError, GitRepository, TreeChange, TreeEntry

PLAIN_FILE, PROGRAM = "100644", "100755"


@dataclasses.dataclass(frozen=True, slots=True)
class Action:
    """One thing to do to one file; `content` None keeps the bytes that it has."""

    kind: str
    path: str
    previous: str = ""
    content: bytes | None = None
    executable: bool | None = None
    last_commit: str = ""


def decode(content: str, encoding: str) -> bytes:
    """Return the bytes of an action's content, which comes as text or base64."""
    if encoding != "base64":
        return content.encode()
    try:
        return base64.b64decode("".join(content.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise plain_bad_request("Content is not valid base64") from error


class Desk:
    """The files of a commit while actions change them. Raises 400 in the words of GitLab's index."""

    def __init__(self, git: GitRepository, start: str | None) -> None:
        self._git = git
        self._start = start
        found = git.list_tree(start, recursive=True) if start else []
        self._files: dict[str, TreeEntry] = {entry.path: entry for entry in found if entry.kind == "blob"}
        self._folders = {entry.path for entry in found if entry.kind == "tree"}
        self._changes: dict[str, TreeChange] = {}

    def do(self, action: Action) -> None:
        """Do one action."""
        for path in (action.path, action.previous):
            _check_path(path)
        if action.last_commit:
            self._require_unchanged(action)
        match action.kind:
            case "create":
                self._require_free(action.path)
                self._write(action.path, action.content or b"", _mode(executable=bool(action.executable)))
            case "update":
                self._write(action.path, action.content or b"", self._entry(action.path).mode)
            case "delete":
                self._entry(action.path)
                self._remove(action.path)
            case "move":
                self._move(action)
            case _:  # chmod
                sha = self._entry(action.path).sha
                self._set(TreeChange(action.path, _mode(executable=bool(action.executable)), sha))

    def tree(self) -> str:
        """Write the new tree and return its sha."""
        try:
            return self._git.write_tree(
                self._git.tree_of(self._start) if self._start else None, [*self._changes.values()]
            )
        except GitError as error:
            raise plain_bad_request("invalid path") from error

    def _move(self, action: Action) -> None:
        old = self._entry(action.previous)
        self._require_free(action.path)
        self._remove(action.previous)
        if action.content is None:
            self._set(TreeChange(action.path, old.mode, old.sha))
        else:
            self._write(action.path, action.content, old.mode)

    def _entry(self, path: str) -> TreeEntry:
        if path not in self._files:
            raise plain_bad_request("A file with this name doesn't exist")
        return self._files[path]

    def _require_free(self, path: str) -> None:
        if path in self._files:
            raise plain_bad_request("A file with this name already exists")
        if path in self._folders:
            raise plain_bad_request("A directory with this name already exists")

    def _require_unchanged(self, action: Action) -> None:
        path = action.previous or action.path
        newest = read_commits_of(self._git, self._start, path) if self._start else None
        if newest != action.last_commit:
            raise plain_bad_request(f"The file has changed since you started editing it: {path}")

    def _write(self, path: str, content: bytes, mode: str) -> None:
        self._set(TreeChange(path, mode, self._git.write_blob(content)))

    def _set(self, change: TreeChange) -> None:
        self._changes[change.path] = change
        self._files[change.path] = TreeEntry(change.mode, "blob", change.sha or "", change.path)

    def _remove(self, path: str) -> None:
        entry = self._files.pop(path)
        if self._start and self._git.entry(self._start, path):
            self._changes[path] = TreeChange(path, entry.mode, None)
        else:
            self._changes.pop(path, None)


def read_commits_of(git: GitRepository, start: str, path: str) -> str | None:
    """Return the newest commit that touched a path."""
    found = git.run("--literal-pathspecs", "rev-list", "-n", "1", start, "--", path).decode().strip()
    return read_commits(git, found, limit=1)[0].sha if found else None


def _mode(*, executable: bool) -> str:
    return PROGRAM if executable else PLAIN_FILE


def _check_path(path: str) -> None:
    parts = path.split("/")
    if ".." in parts:
        raise plain_bad_request("Path cannot include directory traversal")
    if path.startswith("/") or "\0" in path or ".git" in {part.lower() for part in parts}:
        raise plain_bad_request("invalid path: " + repr(path[:60]))


def write(git: GitRepository, start: str | None, actions: Sequence[Action]) -> str:
    """Do all actions on top of a commit and return the tree."""
    desk = Desk(git, start)
    for action in actions:
        desk.do(action)
    return desk.tree()
