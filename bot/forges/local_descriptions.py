"""Bodies and labels of the pull requests of a repository on this machine."""
# ruff: noqa: ARG002 - there is one repository here, so nobody needs to look which one is meant

import dataclasses
from collections.abc import Callable, Collection, Mapping, Sequence

from bot.events import PullRequest, Repo
from bot.forges.own_labels import require_own


@dataclasses.dataclass(frozen=True, slots=True)
class Opened:
    """A pull request, the words in it and its labels."""

    pull: PullRequest
    title: str
    body: str
    labels: tuple[str, ...] = ()


class LocalDescriptions:
    """What stands at the head of the pull requests of one `LocalForge`; `find` and `keep` are its shelf."""

    __slots__ = ("_find", "_keep")

    def __init__(self, find: Callable[[int], Opened], keep: Callable[[Opened], None]) -> None:
        self._find = find
        self._keep = keep

    def replace(self, repo: Repo, number: int, *, before: str, after: str) -> bool:
        """Replace the body where it still is `before`; return whether it was."""
        found = self._find(number)
        if found.body != before:
            return False
        self._keep(dataclasses.replace(found, body=after))
        return True

    def labels(self, repo: Repo, number: int) -> Sequence[str]:
        """Return the labels that the pull request has."""
        return self._find(number).labels

    def relabel(self, repo: Repo, number: int, *, add: Mapping[str, str], remove: Collection[str]) -> None:
        """Put labels of ours on and take others of ours away; nothing here has a colour."""
        require_own([*add, *remove])
        found = self._find(number)
        kept = tuple(name for name in dict.fromkeys((*found.labels, *add)) if name not in remove)
        self._keep(dataclasses.replace(found, labels=kept))
