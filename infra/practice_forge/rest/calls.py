"""One REST call as the resource modules see it: who asks, what for, and how an answer looks."""

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from http import HTTPStatus
from typing import Any, TypeVar
from urllib.parse import urlencode

from werkzeug.wrappers import Request

from infra.practice_forge.auth import Actor
from infra.practice_forge.finding import find_issue, find_repository
from infra.practice_forge.forge import Forge
from infra.practice_forge.refusals import bad_credentials, not_found
from infra.practice_forge.rest.fields import Fields, read_fields
from infra.practice_forge.state import Comment, Issue, PullRequest, Repository

Record = TypeVar("Record")
PER_PAGE = 30
MOST_PER_PAGE = 100


@dataclasses.dataclass(frozen=True, slots=True)
class Reply:
    """An answer: `body` is JSON, or bytes that go out as `media_type`, or None for no body at all."""

    body: Any = None
    status: HTTPStatus = HTTPStatus.OK
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict)
    media_type: str = "application/json; charset=utf-8"


def created(body: Mapping[str, Any]) -> Reply:
    """Answer 201 with the new thing and its address."""
    return Reply(body, HTTPStatus.CREATED, {"Location": str(body.get("url", ""))})


def no_content() -> Reply:
    """Answer 204."""
    return Reply(None, HTTPStatus.NO_CONTENT)


@dataclasses.dataclass(frozen=True, slots=True)
class Call:
    """One request on its way to a handler. The state's lock is held."""

    forge: Forge
    request: Request
    actor: Actor

    def fields(self) -> Fields:
        """Return the JSON object of the body; raises GitHub's 400 and 422 for what is none."""
        return read_fields(self.request.get_data(cache=True))

    def repo(self, owner: str, name: str) -> Repository:
        """Find a repository that the asker may see, or raise 404."""
        return find_repository(self.forge.state, self.actor, owner, name)

    def issue(self, repo: Repository, number: int) -> Issue:
        """Find an issue or pull request by number, or raise 404."""
        return find_issue(self.forge.state, repo, number)

    def pull(self, repo: Repository, number: int) -> PullRequest:
        """Find a pull request by number, or raise 404."""
        pull = self.forge.state.pulls.get((repo.id, number))
        if pull is None:
            raise not_found()
        return pull

    def comment(self, repo: Repository, number: int) -> Comment:
        """Find a comment by id, or raise 404."""
        comment = self.forge.state.comments.get(number)
        if comment is None or comment.repo_id != repo.id:
            raise not_found()
        return comment

    def require_app(self) -> None:
        """Let only the App's JWT pass."""
        if not self.actor.is_app:
            raise bad_credentials("A JSON web token could not be decoded")

    def wants(self, media: str) -> bool:
        """Return whether the Accept header names a media type of GitHub's, such as `diff` or `raw`."""
        accept = self.request.headers.get("Accept", "")
        return f"application/vnd.github.{media}" in accept or f"application/vnd.github.v3.{media}" in accept


Handler = Callable[..., Reply]


@dataclasses.dataclass(frozen=True, slots=True)
class Route:
    """One address of the API; `rule` is werkzeug's, below `/api/v3`.

    `is_content` marks the writes that GitHub counts as creating content.
    """

    method: str
    rule: str
    handler: Handler
    is_content: bool = False


def whole_number(call: Call, name: str, default: int) -> int:
    """Read a number from the query; GitHub takes nonsense for the default."""
    text = call.request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and text.strip("0") else default


def page_of(call: Call, records: Sequence[Record], show: Callable[[Record], Any], *, wrap: str = "") -> Reply:
    """Answer one page of a list, with GitHub's Link header; `wrap` puts it into an object with a total."""
    size = min(whole_number(call, "per_page", PER_PAGE), MOST_PER_PAGE)
    page = whole_number(call, "page", 1)
    last = max(1, -(-len(records) // size))
    items = [show(record) for record in records[(page - 1) * size : page * size]]
    links = {}
    if page > 1:
        links = {"prev": min(page - 1, last), "first": 1}
    if page < last:
        links = {**links, "next": page + 1, "last": last}
    headers = {"Link": ", ".join(f'<{_page_url(call, n)}>; rel="{rel}"' for rel, n in links.items())} if links else {}
    body: Any = {"total_count": len(records), wrap: items} if wrap else items
    return Reply(body, headers=headers)


def _page_url(call: Call, page: int) -> str:
    query = [(key, value) for key, value in call.request.args.items(multi=True) if key != "page"]
    return f"{call.forge.base_url}{call.request.path}?{urlencode([*query, ('page', page)])}"
