"""The git half of a repository: plumbing commands on a bare folder, never a shell, never the host's settings."""

import dataclasses
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path

NO_COMMIT = "0" * 40
TIME_LIMIT_S = 60
SETTINGS = """\
[http]
	receivepack = true
[receive]
	fsckObjects = true
	hideRefs = refs/pull
	hideRefs = refs/merge-requests
"""


class GitError(Exception):
    """Git said no; the text is its own."""


def git_program() -> str:
    """Return where git is; raises `GitError` when this machine has none."""
    found = shutil.which("git")
    if found is None:
        raise GitError("The practice forge needs git on the PATH.")
    return found


def git_environment() -> dict[str, str]:
    """Return the whole environment of a git process: no system or personal settings, no prompts."""
    return {
        "PATH": os.environ.get("PATH", os.defpath),
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_TERMINAL_PROMPT": "0",
    }


@dataclasses.dataclass(frozen=True, slots=True)
class RefUpdate:
    """A ref that moves; all zeros stand for no commit, so before its birth or after its end."""

    ref: str
    old: str
    new: str


@dataclasses.dataclass(frozen=True, slots=True)
class TreeEntry:
    """One entry of a tree: `mode` as git writes it, `kind` blob, tree or commit; `size` in bytes, blobs only."""

    mode: str
    kind: str
    sha: str
    path: str
    size: int | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class TreeChange:
    """A file to set in a tree, or to remove when `sha` is None."""

    path: str
    mode: str
    sha: str | None


@dataclasses.dataclass(frozen=True, slots=True)
class Signature:
    """Who made a commit, and when."""

    name: str
    email: str
    when: datetime

    def environment(self, role: str) -> dict[str, str]:
        """Return the variables by which git learns of its AUTHOR or COMMITTER."""
        stamp = f"{int(self.when.timestamp())} +0000"
        return {f"GIT_{role}_NAME": self.name, f"GIT_{role}_EMAIL": self.email, f"GIT_{role}_DATE": stamp}


@dataclasses.dataclass(frozen=True, slots=True)
class GitRepository:
    """A bare repository in `folder`."""

    folder: Path

    def run(
        self, *arguments: str, stdin: bytes = b"", extra: Mapping[str, str] | None = None, ok: Sequence[int] = (0,)
    ) -> bytes:
        """Run one git command here and return its output; `ok` are the exit codes that are no error."""
        done = subprocess.run(
            [git_program(), "-c", "core.quotePath=false", "--git-dir", str(self.folder), *arguments],
            input=stdin,
            env=git_environment() | dict(extra or {}),
            capture_output=True,
            timeout=TIME_LIMIT_S,
            check=False,
        )
        if done.returncode not in ok:
            raise GitError(done.stderr.decode(errors="replace").strip() or f"git {arguments[0]} failed")
        return done.stdout

    def create(self, default_branch: str) -> None:
        """Make the folder; pushes over HTTP are allowed, the forge's own gate stands before them."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.run("init", "--quiet", "--bare", "--template=", f"--initial-branch={default_branch}")
        settings = self.folder / "config"
        if SETTINGS not in (known := settings.read_text()):
            settings.write_text(known + SETTINGS)

    def resolve(self, revision: str) -> str | None:
        """Return the sha of the commit that a branch, tag or sha names, or None."""
        # The empty pattern would name HEAD's neighbours, and "a..b" a range: neither is a commit.
        if not revision or ".." in revision or revision.startswith("-"):
            return None
        for candidate in (f"refs/heads/{revision}", f"refs/tags/{revision}", revision):
            found = self.run(
                "rev-parse", "--verify", "--quiet", "--end-of-options", f"{candidate}^{{commit}}", ok=(0, 1, 128)
            )
            if found:
                return found.decode().strip()
        return None

    def ref(self, name: str) -> str | None:
        """Return what a full ref name points to, or None."""
        return self.refs(name).get(name)

    def refs(self, prefix: str = "refs/") -> dict[str, str]:
        """Return every ref at or below `prefix`, name to sha, in order of name."""
        listed = self.run("for-each-ref", "--format=%(refname) %(objectname)", "--", prefix.rstrip("/"))
        pairs = (line.rsplit(" ", 1) for line in listed.decode().splitlines())
        return {name: sha for name, sha in pairs}  # noqa: C416 - dict() cannot tell that each pair has two halves

    def branches(self) -> dict[str, str]:
        """Return branch names and the commits that they point to."""
        return {name.removeprefix("refs/heads/"): sha for name, sha in self.refs("refs/heads/").items()}

    def accepts_ref_name(self, name: str) -> bool:
        """Return whether git would take `name` as a full ref name."""
        try:
            self.run("check-ref-format", name)
        except GitError:
            return False
        return True

    def set_ref(self, name: str, sha: str, *, old: str) -> None:
        """Move a ref from `old` (all zeros: create) to `sha`; raises `GitError` if it is elsewhere by now."""
        self.run("update-ref", "--no-deref", name, sha, old)

    def delete_ref(self, name: str) -> None:
        """Remove a ref."""
        self.run("update-ref", "--no-deref", "-d", name)

    def is_ancestor(self, old: str, new: str) -> bool:
        """Return whether `new` holds everything that `old` does."""
        return self.run("rev-list", "-n", "1", old, f"^{new}") == b""

    def kind(self, sha: str) -> str | None:
        """Return blob, tree, commit or tag, or None when there is no such object."""
        found = self.run("cat-file", "--batch-check=%(objecttype)", stdin=sha.encode() + b"\n").decode().strip()
        return found if found in {"blob", "tree", "commit", "tag"} else None

    def write_blob(self, content: bytes) -> str:
        """Store bytes and return their sha."""
        return self.run("hash-object", "-w", "--stdin", stdin=content).decode().strip()

    def read_blob(self, sha: str) -> bytes:
        """Return the bytes of a blob."""
        return self.run("cat-file", "blob", sha)

    def tree_of(self, treeish: str) -> str:
        """Return the sha of a tree, from its own sha or a commit's."""
        return self.run("rev-parse", "--verify", "--end-of-options", f"{treeish}^{{tree}}").decode().strip()

    def list_tree(self, treeish: str, *, recursive: bool = False) -> list[TreeEntry]:
        """Return the entries of a tree, folders too."""
        flags = ["-r", "-t"] if recursive else []
        listed = self.run("ls-tree", "-z", "--long", *flags, treeish)
        return [_entry(line) for line in listed.decode(errors="surrogateescape").split("\0") if line]

    def entry(self, commit: str, path: str) -> TreeEntry | None:
        """Return what lies at `path` in a commit; the empty path is its root folder."""
        clean = path.strip("/")
        if ".." in clean.split("/"):
            return None
        if not clean:
            return TreeEntry("040000", "tree", self.tree_of(commit), "")
        listed = self.run("--literal-pathspecs", "ls-tree", "-z", "--long", "--full-tree", commit, "--", clean)
        line = listed.decode(errors="surrogateescape").rstrip("\0")
        return _entry(line) if line else None

    def write_tree(self, start: str | None, changes: Sequence[TreeChange]) -> str:
        """Apply changes on top of tree `start` (None: the empty tree) and return the new tree's sha.

        Paths that climb out or reach into `.git` are a `GitError`.
        """
        wanted = {change.path for change in changes if change.sha}
        lines = [f"{c.mode if c.sha else '0'} {c.sha or NO_COMMIT}\t{c.path}\0" for c in changes]
        with tempfile.TemporaryDirectory(prefix="practice-index-") as folder:
            index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
            if start:
                self.run("read-tree", start, extra=index)
            self.run("update-index", "-z", "--index-info", stdin="".join(lines).encode(), extra=index)
            # Git drops a path that it does not like and only says so on stderr.
            kept = self.run("ls-files", "-z", extra=index).decode(errors="replace").split("\0")
            if not wanted.issubset(kept):
                raise GitError(f"not paths of a tree: {', '.join(sorted(wanted.difference(kept)))}")
            return self.run("write-tree", extra=index).decode().strip()

    def write_commit(
        self, tree: str, parents: Sequence[str], message: str, *, author: Signature, committer: Signature
    ) -> str:
        """Store a commit and return its sha; no ref moves."""
        parent_flags = [flag for parent in parents for flag in ("-p", parent)]
        extra = author.environment("AUTHOR") | committer.environment("COMMITTER")
        made = self.run("commit-tree", tree, *parent_flags, "-F", "-", stdin=message.encode(), extra=extra)
        return made.decode().strip()


def _entry(line: str) -> TreeEntry:
    """Read one line of `ls-tree --long`."""
    facts, path = line.split("\t", 1)
    mode, kind, sha, size = facts.split()
    return TreeEntry(mode, kind, sha, path, None if size == "-" else int(size))
