"""Compares two commits with git itself: what a forge will not or cannot show, its git still holds."""

import re
import tempfile
from pathlib import Path

from bot.diff import parse_diff
from bot.errors import UserError
from bot.events import Clone
from bot.git import header_environment, run_git
from bot.review import Comparison

_SECONDS = 300.0
_SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_START, _HEAD = "refs/compare/start", "refs/compare/head"


def compare_fetched(clone: Clone, start: str, head: str) -> Comparison:
    """Fetch two commits into a repository for the moment and compare them there.

    `start` is a full sha or a full ref (`refs/heads/main`), `head` likewise. File contents are fetched only where
    they differ, if the other side knows how. Raises `UserError` when one is not to be had or the two share no
    history, `RetryableError` when the other side is away.
    """
    with tempfile.TemporaryDirectory(prefix="codex-bot-compare-") as folder:
        repository = Path(folder)
        run_git(["init", "--quiet", "--bare", "--object-format=sha1", str(repository)])
        # Named, because git asks the remote by its name for what it left out; its address holds no credential.
        run_git(["config", "remote.origin.url", clone.url], cwd=repository)
        secret = header_environment(clone)
        refspecs = [f"+{_checked(start)}:{_START}", f"+{_checked(head)}:{_HEAD}"]
        argv = ["fetch", "--quiet", "--filter=blob:none", "--no-tags", "--no-recurse-submodules", "--", "origin"]
        run_git([*argv, *refspecs], cwd=repository, env_extra=secret, timeout=_SECONDS)
        return _compare(repository, _START, _HEAD, secret)


def compare_here(repository: Path, start: str, head: str) -> Comparison:
    """Compare two commits, named as above, of a repository on this machine; raises `UserError` as above."""
    return _compare(repository, _checked(start), _checked(head), {})


def _compare(repository: Path, start: str, head: str, secret: dict[str, str]) -> Comparison:
    def git(*args: str) -> str:
        # Other encodings than UTF-8 lose their odd characters, never a line.
        return run_git(args, cwd=repository, env_extra=secret, timeout=_SECONDS).decode(errors="replace")

    start_sha, head_sha = (git("rev-parse", "--verify", f"{name}^{{commit}}").strip() for name in (start, head))
    try:
        base = git("merge-base", start_sha, head_sha).strip()
    except UserError as error:
        raise UserError(
            "the two branches have no commit in common", mend="Open the pull request against the branch it left."
        ) from error
    # Plumbing: nobody's settings change how it looks, and no program that they name is run.
    shown = ["-r", "-p", "--find-renames", "--full-index", "--no-color", "--no-ext-diff", "--no-textconv"]
    return Comparison(base, start_sha, head_sha, parse_diff(git("diff-tree", *shown, base, head_sha)))


def _checked(name: str) -> str:
    if _SHA.fullmatch(name):
        return name
    if name.startswith("refs/"):
        run_git(["check-ref-format", name])
        return name
    raise UserError(f"{name!r} is no commit.", mend="Give the full name of a commit or of a ref.")
