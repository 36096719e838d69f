"""Reads what a repository asks of those who work on it (AGENTS.md and its like), from a commit that people merged."""

import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.events import Clone
from bot.git import header_environment, run_git
from tasks.context.checkout import FETCH_SECONDS

NAMES = ("AGENTS.md", "CLAUDE.md", ".codex/review.md")
LARGEST = 16 * 1024  # bytes of one file; a model is told no more
_MOST_FOLDERS = 100
_MOST_FILES = 8
_PLAIN = frozenset({"100644", "100755"})


@dataclass(frozen=True, slots=True)
class Guidance:
    """One such file: it is meant for everything in and below `folder` ("" is the whole repository)."""

    path: str
    folder: str
    text: str


def _never() -> bool:
    return False


def read_guidance(
    clone: Clone, sha: str, changed: Iterable[str], *, scratch: Path, cancelled: Callable[[], bool] = _never
) -> tuple[Guidance, ...]:
    """Return the files that apply to any of the `changed` paths at commit `sha`, the most general first.

    Each is cut at `LARGEST` bytes. `scratch` is a folder for git's own data. Raises `RetryableError` when the forge
    is away or it was `cancelled`, `UserError` when the commit is not to be had.
    """
    with tempfile.TemporaryDirectory(prefix="guidance-", dir=scratch) as folder:
        commit = _Commit(clone, sha, Path(folder), cancelled)
        return tuple(
            Guidance(path, home, commit.text(path)) for home, path in commit.holds(list(_candidates(changed)))
        )[:_MOST_FILES]


def _candidates(changed: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield (folder, path) of all files that could apply, the most general folder first."""
    folders = {str(parent) for path in changed for parent in PurePosixPath(path).parents}
    for folder in sorted(folders, key=lambda each: (each.count("/") + (each != "."), each))[:_MOST_FOLDERS]:
        home = "" if folder == "." else folder
        yield from ((home, str(PurePosixPath(folder, name))) for name in NAMES)


class _Commit:
    """One commit fetched without files; git fetches those that are asked for when they are."""

    def __init__(self, clone: Clone, sha: str, folder: Path, cancelled: Callable[[], bool]) -> None:
        self._sha = sha
        self._cancelled = cancelled
        self._environment = {"GIT_DIR": str(folder), **header_environment(clone)}
        self._git("init", "--quiet", "--bare", "--object-format=sha1", str(folder))
        # Named, because git asks the remote by its name for what it left out; its address holds no credential.
        self._git("config", "remote.origin.url", clone.url)
        options = ["--quiet", "--depth=1", "--filter=blob:none", "--no-tags", "--no-recurse-submodules"]
        self._git("fetch", *options, "--", "origin", sha)

    def holds(self, wanted: Sequence[tuple[str, str]]) -> Iterator[tuple[str, str]]:
        """Yield those of the wanted files that are there, as plain files."""
        listed = self._git("ls-tree", "-z", "--full-tree", self._sha, "--", *(path for _, path in wanted)).decode()
        there = {path for mode, path in map(_entry, filter(None, listed.split("\0"))) if mode in _PLAIN}
        yield from (each for each in wanted if each[1] in there)

    def text(self, path: str) -> str:
        """Return the beginning of a file; what is no UTF-8 in it is marked."""
        content = self._git("cat-file", "blob", f"{self._sha}:{path}")
        kept = content[:LARGEST].decode(errors="replace")
        return kept if len(content) <= LARGEST else f"{kept}\n[cut]"

    def _git(self, *args: str) -> bytes:
        return run_git(args, env_extra=self._environment, timeout=FETCH_SECONDS, cancelled=self._cancelled)


def _entry(line: str) -> tuple[str, str]:
    described, _, path = line.partition("\t")
    return described.split(" ")[0], path
