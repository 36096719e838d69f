"""What a local review looks at: the commits since a base, or a diff from a file, each with the files of its head."""

import dataclasses
from collections.abc import Sequence
from pathlib import Path

import click

from actions.reading import read_text
from bot.diff import DiffError, FileDiff, parse_diff
from bot.errors import UserError
from bot.events import Clone
from bot.forges.git_compare import compare_here
from bot.git import run_git
from bot.repo_config import DEFAULTS, FILE, LARGEST, RepoConfig
from bot.repo_config_text import read_config
from tasks.commands.registry import switchable
from tasks.context.checkout import check_out
from tasks.context.guidance import Guidance, read_guidance


@dataclasses.dataclass(frozen=True, slots=True)
class LocalChange:
    """A change on this machine: its exact diff, the folder with the files after it, and the rules that hold for it.

    `head` names it in reports: the commit, or "working tree". `note` says what cannot be done with it, if anything.
    """

    head: str
    files: Sequence[FileDiff]
    tree: Path
    config: RepoConfig = DEFAULTS
    guidance: Sequence[Guidance] = ()
    note: str = ""


def since(root: Path, base: str, scratch: Path) -> LocalChange:
    """Return what the last commit changes since it left `base`; rules and guidance are those of the base."""
    start, head = (_commit(root, name) for name in (base, "HEAD"))
    compared = compare_here(root, start, head)
    tree, clone = scratch / "tree", Clone(str(root))
    check_out(clone, head, tree, scratch=scratch)
    guidance = read_guidance(clone, start, [file.path for file in compared.files], scratch=scratch)
    return LocalChange(head, compared.files, tree, _config(root, start), guidance)


def from_diff(root: Path, source: str, scratch: Path) -> LocalChange:
    """Return the change that a diff describes; the files are those in the working tree, if they are the diff's."""
    try:
        files = parse_diff(read_text(source, "--diff", "what `git diff` prints"))
    except DiffError as error:
        raise click.BadParameter(f"{error}. Give what `git diff` prints.", param_hint="--diff") from error
    if not files:
        raise click.BadParameter("this holds no diff. Give what `git diff` prints.", param_hint="--diff")
    if all(_fits(root, file) for file in files):
        return LocalChange("working tree", files, root)
    empty = scratch / "tree"
    empty.mkdir()
    note = "the files here are not those that the diff leads to, so no tools were run and no suggestion was tried"
    return LocalChange("diff", files, empty, note=note)


def _commit(root: Path, name: str) -> str:
    try:
        argv = ["rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}"]
        return run_git(argv, cwd=root).decode().strip()
    except UserError as error:
        message = f"{name!r} is no commit of {root}. Give a branch, a tag or a commit that is here."
        raise click.BadParameter(message, param_hint="--base") from error


def _config(root: Path, commit: str) -> RepoConfig:
    listed = run_git(["ls-tree", "-z", commit, "--", FILE], cwd=root)
    if not listed.startswith(b"100"):
        return DEFAULTS
    content = run_git(["cat-file", "blob", f"{commit}:{FILE}"], cwd=root)
    return read_config(content[: LARGEST + 1], switchable())


def _fits(root: Path, file: FileDiff) -> bool:
    """Say whether a file on the disk holds the new lines of a diff where the diff says."""
    if file.new_path is None or not file.hunks:
        return True
    path = root / file.new_path
    if not path.resolve().is_relative_to(root.resolve()) or not path.is_file():
        return False
    lines = path.read_bytes().decode("utf-8", "surrogateescape").split("\n")
    wanted = [(line.new, line.text) for hunk in file.hunks for line in hunk.lines if line.new is not None]
    return all(number <= len(lines) and lines[number - 1] == text for number, text in wanted)
