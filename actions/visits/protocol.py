"""What a practice set-up needs of a forge, whichever it is."""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol


@dataclasses.dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull request, or a merge request, as a person finds it; `url` is its page."""

    number: int
    title: str
    body: str
    url: str
    is_draft: bool


class Visitor(Protocol):
    """A person at the forge: makes repositories, writes issues and comments, looks at what came of it.

    Everything goes through the forge's API; what it refuses is raised as `requests.HTTPError`.
    """

    def make_repository(self, name: str, files: Mapping[str, str]) -> str:
        """Make a repository with these files, in which the bot works; return its whole name (`owner/name`)."""
        ...

    def open_issue(self, repo: str, title: str, body: str) -> int:
        """Open an issue; return its number."""
        ...

    def comment(self, repo: str, issue: int, body: str) -> int:
        """Write a comment on an issue; return its id."""
        ...

    def is_noticed(self, repo: str, issue: int, comment: int) -> bool:
        """Return whether somebody reacted to a comment on an issue."""
        ...

    def comments(self, repo: str, issue: int) -> Sequence[str]:
        """Return the comments on an issue, the oldest first."""
        ...

    def pull_requests(self, repo: str) -> Sequence[PullRequest]:
        """Return the open pull requests, the newest first."""
        ...

    def diff(self, repo: str, number: int) -> str:
        """Return the diff of a pull request."""
        ...


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where the parts are: the forge's address, the webhook service's, and a folder for the secrets that they share."""

    forge_url: str
    web_url: str
    secrets: Path

    def secret(self, name: str) -> str:
        """Return what stands in a file of `secrets`."""
        return (self.secrets / name).read_text(encoding="utf-8").strip()


class Stage(Protocol):
    """One forge to practise on."""

    def arguments(self, place: Place) -> Sequence[str]:
        """Return how `codex-bot practice-forge` is told to be this forge and to make the secrets."""
        ...

    def settings(self, place: Place) -> Mapping[str, str]:
        """Return the settings that connect the bot to it."""
        ...

    def visitor(self, place: Place) -> Visitor:
        """Return ann, once the forge runs."""
        ...

    def issue_page(self, place: Place, repo: str, issue: int) -> str:
        """Return the address of an issue in a browser."""
        ...
