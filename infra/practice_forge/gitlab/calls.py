"""One call as the resource modules see it: who asks, what for, and how a list is answered in pages."""

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any, TypeVar
from urllib.parse import urlencode

from werkzeug.wrappers import Request

from infra.practice_forge.forge import Forge
from infra.practice_forge.gitlab.access import Asker, can_see, can_see_issue, require_level
from infra.practice_forge.gitlab.params import Params, read_params
from infra.practice_forge.gitlab.records import Kind, MergeRequest, Subject
from infra.practice_forge.gitlab.refusals import not_found, record_not_found
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.repos import GitRepository
from infra.practice_forge.rest.calls import Reply
from infra.practice_forge.state import Account, Issue, Repository

Record = TypeVar("Record")
PER_PAGE = 20
MOST_PER_PAGE = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One request on its way to a handler. The state's lock is held."""

    shelves: Shelves
    request: Request
    asker: Asker

    @property
    def forge(self) -> Forge:
        """Return the forge."""
        return self.shelves.forge

    def params(self) -> Params:
        """Return the parameters; raises 400 for a body that cannot be read."""
        return read_params(self.request)

    def project(self, key: str) -> Repository:
        """Find a project that the asker may see, or raise 404."""
        repo = self.shelves.project(key)
        if repo is None or not can_see(self.asker, repo):
            raise not_found("Project")
        return repo

    def writer(self, repo: Repository, least: int = 0) -> Account:
        """Return who signs a write, or raise 401 or 403."""
        return require_level(self.asker, repo, least)

    def git(self, repo: Repository) -> GitRepository:
        """Return the git half of a project."""
        return self.forge.git(repo)

    def issue(self, repo: Repository, number: int) -> Issue:
        """Find an issue that the asker may see, or raise 404."""
        issue = self.shelves.state.issues.get((repo.id, number))
        if issue is None or not can_see_issue(self.asker, repo, issue):
            raise record_not_found()
        return issue

    def merge_request(self, repo: Repository, number: int) -> MergeRequest:
        """Find a merge request, or raise 404."""
        request = self.shelves.merge_requests.get((repo.id, number))
        if request is None:
            raise record_not_found()
        return request

    def subject(self, repo: Repository, kind: Kind, number: int) -> Subject:
        """Find what notes are written on, or raise 404."""
        return self.merge_request(repo, number) if kind == "merge_request" else self.issue(repo, number)


@dataclasses.dataclass(frozen=True, slots=True)
class Promise(Reply):
    """A reply that must be waited for; `finish` is called once the state's lock is free again."""

    finish: Callable[[], Reply] = Reply


def page_of(call: Call, records: Sequence[Record], show: Callable[[Record], Any]) -> Reply:
    """Answer one page of a list, with the headers by which clients find the others."""
    params = call.params()
    size = min(params.number("per_page") or PER_PAGE, MOST_PER_PAGE)
    page = params.number("page") or 1
    last = max(1, -(-len(records) // size))
    near = {"prev": page - 1 if 1 < page <= last else None, "next": page + 1 if page < last else None}
    links = near | {"first": 1, "last": last}
    headers = {
        "X-Page": str(page),
        "X-Per-Page": str(size),
        "X-Total": str(len(records)),
        "X-Total-Pages": str(last),
        "X-Prev-Page": str(near["prev"] or ""),
        "X-Next-Page": str(near["next"] or ""),
        "Link": ", ".join(f'<{_page_url(call, n, size)}>; rel="{rel}"' for rel, n in links.items() if n),
    }
    return Reply([show(record) for record in records[(page - 1) * size : page * size]], headers=headers)


def _page_url(call: Call, page: int, size: int) -> str:
    kept = [(key, value) for key, value in call.request.args.items(multi=True) if key not in {"page", "per_page"}]
    query = urlencode([*kept, ("page", page), ("per_page", size)])
    return f"{call.forge.base_url}{raw_path(call.request)}?{query}"


def raw_path(request: Request) -> str:
    """Return the path below the forge's address as it was sent, escapes and all."""
    sent = str(request.environ.get("REQUEST_URI", request.path)).partition("?")[0]
    return sent.removeprefix(request.root_path.rstrip("/"))
