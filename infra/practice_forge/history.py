"""Commits and differences of a repository, read through git."""

import dataclasses
from datetime import UTC, datetime

from infra.practice_forge.repos import GitRepository, Signature

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
FORMAT = "%H%x00%T%x00%P%x00%an%x00%ae%x00%at%x00%cn%x00%ce%x00%ct%x00%B%x01"
STATUS = {"A": "added", "M": "modified", "D": "removed", "R": "renamed", "C": "copied", "T": "changed"}


@dataclasses.dataclass(frozen=True, slots=True)
class Commit:
    """One commit as git knows it."""

    sha: str
    tree: str
    parents: tuple[str, ...]
    author: Signature
    committer: Signature
    message: str

    @property
    def headline(self) -> str:
        """Return the first line of the message."""
        return self.message.split("\n", 1)[0]


@dataclasses.dataclass(frozen=True, slots=True)
class FileDiff:
    """What became of one file; `patch` is empty for binary files and pure renames; modes are as git writes them."""

    path: str
    old_path: str
    status: str
    sha: str
    additions: int
    deletions: int
    patch: str
    old_mode: str
    mode: str
    is_binary: bool = False


def read_commits(git: GitRepository, *revisions: str, limit: int = 250) -> list[Commit]:
    """Return commits, newest first, as `git log` selects them by `revisions` (such as `HEAD` or `a..b`)."""
    listed = git.run("log", f"--max-count={limit}", f"--format={FORMAT}", "--end-of-options", *revisions, "--")
    records = listed.decode(errors="replace").split("\x01")
    return [_commit(record.lstrip("\n")) for record in records if record.strip()]


def read_commit(git: GitRepository, sha: str) -> Commit:
    """Return one commit."""
    return read_commits(git, sha, limit=1)[0]


def merge_point(git: GitRepository, one: str, other: str) -> str | None:
    """Return the best common ancestor of two commits, or None when they share no history."""
    return git.run("merge-base", one, other, ok=(0, 1)).decode().strip() or None


def count(git: GitRepository, start: str, end: str) -> int:
    """Return how many commits `end` has that `start` lacks."""
    return int(git.run("rev-list", "--count", end, f"^{start}"))


def fork_point(git: GitRepository, base: str, head: str) -> str:
    """Return the commit at which a pull request left its base: what its diff starts from."""
    return merge_point(git, base, head) or base


def diff_bytes(git: GitRepository, old: str, new: str) -> bytes:
    """Return the unified diff from one tree or commit to another, in the files' own encodings; odd paths are quoted."""
    options = ("-r", "-M", "-p", "--full-index", "--no-color", "--no-ext-diff")
    return git.run("-c", "core.quotePath=true", "diff-tree", *options, old, new)


def diff_text(git: GitRepository, old: str, new: str) -> str:
    """Return the unified diff from one tree or commit to another."""
    return diff_bytes(git, old, new).decode(errors="replace")


def diff_files(git: GitRepository, old: str, new: str) -> list[FileDiff]:
    """Return the difference file by file, in git's order."""
    raw = git.run("diff-tree", "-r", "-M", "-z", "--raw", old, new).decode(errors="replace").split("\0")
    counts = _counts(git, old, new)
    chunks = iter(_chunks(diff_text(git, old, new)))
    files: list[FileDiff] = []
    position = 0
    while position < len(raw) and raw[position]:
        facts = raw[position].split()
        letter, sha = facts[4][0], facts[3]
        paths = raw[position + 1 : position + (3 if letter in "RC" else 2)]
        counted = counts[paths[-1]]
        added, removed = counted or (0, 0)
        # A file that becomes a link is shown as one that goes and one that comes.
        patch = "\n".join(next(chunks) for _ in range(2 if letter == "T" else 1)).strip("\n")
        files.append(
            FileDiff(
                path=paths[-1],
                old_path=paths[0],
                status=STATUS.get(letter, "changed"),
                sha=sha,
                additions=added,
                deletions=removed,
                patch=patch,
                old_mode=facts[0].lstrip(":"),
                mode=facts[1],
                is_binary=counted is None and facts[2] != sha,  # one that only moved shows nothing
            )
        )
        position += 1 + len(paths)
    return files


def _counts(git: GitRepository, old: str, new: str) -> dict[str, tuple[int, int] | None]:
    """Return added and removed lines by new path; None for binary files."""
    parts = git.run("diff-tree", "-r", "-M", "-z", "--numstat", old, new).decode(errors="replace").split("\0")
    counts: dict[str, tuple[int, int] | None] = {}
    position = 0
    while position < len(parts) and parts[position]:
        added, removed, path = parts[position].split("\t", 2)
        if not path:  # a rename: the two names follow on their own
            path = parts[position + 2]
            position += 2
        before = counts.get(path) or (0, 0)  # two lines for a file that becomes a link
        counts[path] = None if added == "-" else (before[0] + int(added), before[1] + int(removed))
        position += 1
    return counts


def _chunks(text: str) -> list[str]:
    """Cut a diff at its file headers; of each file keep what stands from its first hunk on."""
    chunks: list[list[str]] = []
    in_hunks = False
    # Not splitlines(): form feeds and the like inside a line must not cut it.
    for line in text.split("\n"):
        if line.startswith("diff --git "):
            chunks.append([])
            in_hunks = False
            continue
        in_hunks = in_hunks or line.startswith("@@")
        if chunks and in_hunks:
            chunks[-1].append(line)
    return ["\n".join(lines).rstrip("\n") for lines in chunks]


def _commit(record: str) -> Commit:
    """Read one record of `FORMAT`."""
    sha, tree, parents, an, ae, at, cn, ce, ct, message = record.split("\x00")
    author = Signature(an, ae, datetime.fromtimestamp(int(at), UTC))
    committer = Signature(cn, ce, datetime.fromtimestamp(int(ct), UTC))
    return Commit(sha, tree, tuple(parents.split()), author, committer, message.rstrip("\n"))
