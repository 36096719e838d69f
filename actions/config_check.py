"""Checks a repository's own rules before they are merged: what `codex-bot doctor --config` does."""

from collections.abc import Iterator
from pathlib import Path

from actions.findings import FAIL, OK, Finding, tell
from bot.repo_config import FILE, LARGEST
from bot.repo_config_text import RepoConfigError, read_config
from tasks.commands.registry import switchable


def examine_config(path: Path, *, as_json: bool) -> int:
    """Check a repository's `.codex.toml`, print the findings and return the exit code."""
    return tell(_examine(path), "The file can be used.", as_json=as_json)


def _examine(path: Path) -> Iterator[Finding]:
    with path.open("rb") as file:
        content = file.read(LARGEST + 1)
    try:
        read_config(content, switchable())
    except RepoConfigError as error:
        yield from (Finding(FILE, FAIL, problem) for problem in error.problems)
    else:
        yield Finding(FILE, OK, "every key is known, every value fits")
