"""Brings one commit of a repository onto the disk, byte for byte, with no .git folder and nothing run."""

import shutil
from collections.abc import Callable
from pathlib import Path

from bot.errors import UserError
from bot.events import Clone
from bot.git import header_environment, run_git

FETCH_SECONDS = 300.0
# Highest in git's order, so that no .gitattributes of the repository converts line endings, runs a filter
# or expands a keyword: what lies on the disk is what lies in the commit.
_ATTRIBUTES = "* -text -filter -ident -working-tree-encoding\n"
# What else the machine's own git settings could make of it.
_SETTINGS = ("-c", "core.symlinks=true", "-c", "core.fileMode=true", "-c", "core.sparseCheckout=false")


def _never() -> bool:
    return False


def check_out(clone: Clone, sha: str, tree: Path, *, scratch: Path, cancelled: Callable[[], bool] = _never) -> None:
    """Write the files of commit `sha` below `tree` (made here). `scratch` is a folder for git's own data.

    Raises `RetryableError` when the forge is away or the fetch was `cancelled`, `UserError` when the commit is not
    to be had.
    """
    tree.mkdir(parents=True)
    git_dir = scratch / "fetched.git"
    run_git(["init", "--quiet", "--bare", "--object-format=sha1", str(git_dir)])
    (git_dir / "info").mkdir(exist_ok=True)
    (git_dir / "info" / "attributes").write_text(_ATTRIBUTES)
    _fetch(clone, sha, git_dir, cancelled)
    inside = {"GIT_DIR": str(git_dir), "GIT_WORK_TREE": str(tree)}
    run_git([*_SETTINGS, "read-tree", sha], env_extra=inside, timeout=FETCH_SECONDS)
    run_git([*_SETTINGS, "checkout-index", "--all", "--force"], cwd=tree, env_extra=inside, timeout=FETCH_SECONDS)
    shutil.rmtree(git_dir)


def _fetch(clone: Clone, sha: str, git_dir: Path, cancelled: Callable[[], bool]) -> None:
    try:
        run_git(
            ["fetch", "--quiet", "--depth=1", "--no-tags", "--no-recurse-submodules", "--", clone.url, sha],
            env_extra={"GIT_DIR": str(git_dir), **header_environment(clone)},
            timeout=FETCH_SECONDS,
            cancelled=cancelled,
        )
    except UserError as error:
        if "not our ref" not in error.message:
            raise
        raise UserError(
            f"the commit {sha[:12]}, on which this was begun, is gone from the repository",
            mend="Ask again: the newest commit is taken then.",
        ) from error
