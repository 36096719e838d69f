"""What a change may not touch before it may be proposed: the rules of every repository, and those of this one."""

import posixpath
from collections.abc import Sequence

from bot.errors import PolicyError
from bot.events import FileChange
from bot.forges.paths import is_protected
from bot.repo_config import DEFAULTS, FILE, RepoConfig

LARGEST_PATCH = 20  # files
LARGEST_FILE = 1024 * 1024  # bytes
# Protected files that one command writes; it writes nothing else.
_OWN_FILES = {"configure": frozenset({FILE})}


def check_policy(changes: Sequence[FileChange], config: RepoConfig = DEFAULTS, command: str = "") -> None:
    """Raise `PolicyError` if a command's change may not be proposed at all, or not in a repository with this config."""
    if len(changes) > LARGEST_PATCH:
        raise PolicyError(
            f"the change touches {len(changes)} files; at most {LARGEST_PATCH} are proposed at once",
            mend="Ask for a smaller step.",
        )
    for change in changes:
        path = posixpath.normpath(change.path)
        if path.startswith(("/", "../")) or path == ".." or ".git" in path.lower().split("/"):
            raise PolicyError(f"the change would leave the repository: {change.path}")
        own = _OWN_FILES.get(command)
        if own is None:
            _check_path(path, config)
        elif path not in own or change.content is None:
            raise PolicyError(f"the change touches {path}, which this command does not write")
        if change.content is not None and len(change.content) > LARGEST_FILE:
            raise PolicyError(f"{path} would have {len(change.content)} bytes; at most {LARGEST_FILE} are proposed")


def _check_path(path: str, config: RepoConfig) -> None:
    if is_protected(path) or config.protects(path):
        raise PolicyError(
            f"the change touches {path}, which only people may change",
            mend="Make that part yourself, or ask for the rest.",
        )
    if not config.opens(path):
        raise PolicyError(
            f"the change touches {path}, which `{FILE}` keeps from the bot",
            mend="Make that part yourself, or open the path to the bot.",
        )
