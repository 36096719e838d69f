"""Bodies and labels of pull requests on GitHub."""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from github import Github, GithubException

from bot.events import Repo
from bot.forges.github.errors import is_limit, translated
from bot.forges.own_labels import require_own


class GitHubDescriptions:
    """What stands at the head of pull requests on GitHub; belongs to one `GitHubForge`."""

    __slots__ = ("_client",)

    def __init__(self, client: Github) -> None:
        self._client = client

    @translated("edit the description")
    def replace(self, repo: Repo, number: int, *, before: str, after: str) -> bool:
        """Replace the body where it still is `before`; return whether it was."""
        pull = self._client.get_repo(repo.path).get_pull(number).complete()
        if (pull.body or "") != before:
            return False
        pull.edit(body=after)
        return True

    @translated("read the labels")
    def labels(self, repo: Repo, number: int) -> Sequence[str]:
        """Return the labels that the pull request has."""
        return [label.name for label in self._client.get_repo(repo.path).get_issue(number).get_labels()]

    @translated("label the pull request")
    def relabel(self, repo: Repo, number: int, *, add: Mapping[str, str], remove: Collection[str]) -> None:
        """Put labels of ours on, made where they are missing, and take others of ours away."""
        require_own([*add, *remove])
        for name, colour in add.items():
            self._make(repo, name, colour)
        address = f"/repos/{repo.path}/issues/{number}/labels"
        if add:
            self._ask("POST", address, input={"labels": list(add)})
        for name in remove:
            try:
                self._ask("DELETE", f"{address}/{quote(name, safe='')}")
            except GithubException as error:
                # Somebody else took it away.
                if error.status != HTTPStatus.NOT_FOUND:
                    raise

    def _make(self, repo: Repo, name: str, colour: str) -> None:
        try:
            self._client.get_repo(repo.path).create_label(name, colour)
        except GithubException as error:
            # There already; if it was refused for anything else, putting it on says so.
            if error.status != HTTPStatus.UNPROCESSABLE_ENTITY or is_limit(error):
                raise

    def _ask(self, method: str, address: str, **more: Any) -> None:
        self._client.requester.requestJsonAndCheck(method, address, **more)
