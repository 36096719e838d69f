"""Descriptions and labels of merge requests."""

from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from typing import Any

from gitlab import Gitlab, GitlabError

from bot.events import Repo
from bot.forges.gitlab.errors import translated
from bot.forges.own_labels import require_own


class GitLabDescriptions:
    """What stands at the head of merge requests; belongs to one `GitLabForge`."""

    __slots__ = ("_client",)

    def __init__(self, client: Gitlab) -> None:
        self._client = client

    @translated("edit the description")
    def replace(self, repo: Repo, number: int, *, before: str, after: str) -> bool:
        """Replace the description where it still is `before`; return whether it was."""
        if (self._read(repo, number)["description"] or "") != before:
            return False
        self._client.http_put(self._address(repo, number), post_data={"description": after})
        return True

    @translated("read the labels")
    def labels(self, repo: Repo, number: int) -> Sequence[str]:
        """Return the labels that the merge request has."""
        return list(self._read(repo, number)["labels"])

    @translated("label the merge request")
    def relabel(self, repo: Repo, number: int, *, add: Mapping[str, str], remove: Collection[str]) -> None:
        """Put labels of ours on, made where they are missing, and take others of ours away, in one step."""
        require_own([*add, *remove])
        for name, colour in add.items():
            self._make(repo, name, colour)
        lists = {"add_labels": ",".join(add), "remove_labels": ",".join(remove)}
        wanted = {name: names for name, names in lists.items() if names}
        if wanted:
            self._client.http_put(self._address(repo, number), post_data=wanted)

    def _make(self, repo: Repo, name: str, colour: str) -> None:
        wish = {"name": name, "color": f"#{colour}"}
        try:
            self._client.http_post(f"{self._project(repo)}/labels", post_data=wish)
        except GitlabError as error:
            if error.response_code != HTTPStatus.CONFLICT:  # there already
                raise

    def _read(self, repo: Repo, number: int) -> Any:
        return self._client.http_get(self._address(repo, number))

    def _address(self, repo: Repo, number: int) -> str:
        return f"{self._project(repo)}/merge_requests/{number}"

    def _project(self, repo: Repo) -> str:
        return f"/projects/{self._client.projects.get(repo.path, lazy=True).encoded_id}"
