"""Which paths a commit may hold, whoever the forge is."""

from bot.errors import UserError
from bot.events import Changes

_PROTECTED = (".github/", ".gitlab-ci.yml", ".gitlab/", ".circleci/", ".codex", "CODEOWNERS", ".gitmodules", ".git/")


def is_protected(path: str) -> bool:
    """Return whether a file decides how a forge builds, checks or guards the repository: for people to change."""
    return path.endswith("/CODEOWNERS") or any(path == rule or path.startswith(rule) for rule in _PROTECTED)


def check_paths(changes: Changes) -> None:
    """Raise `UserError` for the first path that would leave the repository or reach into git's own folder."""
    for change in changes:
        if not _is_fit(change.path):
            raise UserError(
                f"{change.path!r} is no path that a commit may hold.", mend="Name a file in the repository."
            )


def _is_fit(path: str) -> bool:
    parts = path.split("/")
    climbs = bool({"", ".", ".."} & set(parts))
    # File systems that ignore case, and Windows, which drops dots and blanks at the end, all mean the same folder.
    is_gits_own = any(part.lower().rstrip(". ") == ".git" for part in parts)
    return not climbs and not is_gits_own and not any(character in path for character in "\0\n\r\\")
