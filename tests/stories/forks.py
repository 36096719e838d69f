"""Pull requests from forks, made over the forges' own APIs by people who may not write to the repository itself."""

import dataclasses
from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

import requests

from bot.events import FileChange, Repo
from bot.forges.github.access import GitHubAccess
from bot.forges.github.adapter import GitHubForge
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.adapter import GitLabForge
from stories.forge_worlds import World, Worlds


@dataclasses.dataclass(frozen=True)
class FromFork:
    """An open pull request from somebody's fork; `told` is what the forge says of it, `fork` speaks for its owner."""

    number: int
    head: str
    told: dict[str, Any]
    fork: Repo
    theirs: GitHubForge | GitLabForge

    def goes_on(self, branch: str, changes: Sequence[FileChange]) -> str:
        """Let its author commit once more; return the new head."""
        return self.theirs.commit(self.fork, branch=branch, parent=self.head, message="More", changes=changes)


def propose(
    worlds: Worlds, world: World, branch: str, changes: Sequence[FileChange], login: str = "eve", **more: Any
) -> FromFork:
    """Let `login` fork the repository, commit to a branch there and open a pull request; `more` goes into that."""
    is_github = world.forge.name == "github"
    server = worlds.server(world.forge.name)
    token = server.token_for(login)
    theirs = (
        GitHubForge(GitHubAccess(server.url, token=token))
        if is_github
        else GitLabForge(GitLabAccess(server.url, token))
    )
    place = f"repos/{world.repo.path}" if is_github else f"projects/{quote(world.repo.path, safe='')}"
    ask = _Api(server.url, is_github, token)
    made = ask.post(f"{place}/forks" if is_github else f"{place}/fork")
    fork = Repo(login, made["name"] if is_github else made["path"])
    main = theirs.head(fork, "main")
    assert main is not None
    head = theirs.commit(fork, branch=branch, parent=main, message="From outside", changes=changes)
    if is_github:
        wish = {"title": "Mine", "body": "Take it.", "head": f"{login}:{branch}", "base": "main"}
        told = ask.post(f"{place}/pulls", **wish, **more)
        return FromFork(told["number"], head, told, fork, theirs)
    base = ask.get(place)["id"]
    wish = {"title": "Mine", "description": "Take it.", "source_branch": branch, "target_branch": "main"}
    told = ask.post(f"projects/{made['id']}/merge_requests", target_project_id=base, **wish, **more)
    return FromFork(told["iid"], head, told, fork, theirs)


@dataclasses.dataclass(frozen=True)
class _Api:
    url: str
    is_github: bool
    token: str

    def get(self, path: str) -> Any:
        return self._ask("GET", path, {})

    def post(self, path: str, **fields: Any) -> Any:
        return self._ask("POST", path, fields)

    def _ask(self, method: str, path: str, fields: dict[str, Any]) -> Any:
        root = f"{self.url}/api/{'v3' if self.is_github else 'v4'}"
        headers = {"Authorization": f"Bearer {self.token}"}
        answer = requests.request(method, f"{root}/{path}", json=fields or None, headers=headers, timeout=10)
        answer.raise_for_status()
        return answer.json()
