"""What GitLab tells somebody about a token, its account and its projects; and how a maintainer makes the bot's."""

import contextlib
import dataclasses
import datetime as dt
import re
from collections.abc import Iterator
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import requests
from gitlab import GitlabError, GitlabParsingError

from bot.errors import ForgeAwayError, UserError
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.client import client
from bot.forges.gitlab.errors import translated, words
from bot.forges.gitlab.permissions import DEVELOPER, SCOPES

NAME = "codex-bot"
_DAYS = 365  # GitLab's own limit for the life of a token, where nobody set another one
_SHORTER = re.compile(r"\bin (\d{1,3}) days")


@dataclasses.dataclass(frozen=True, slots=True)
class TokenFacts:
    """A token and whose it is; `last_day` is the day at whose start (UTC) it ends, None for never."""

    name: str
    login: str
    is_admin: bool
    scopes: tuple[str, ...]
    last_day: dt.date | None

    def days_left(self, today: dt.date) -> int | None:
        """Return for how many days it is still good; None for ever."""
        return (self.last_day - today).days if self.last_day else None


@dataclasses.dataclass(frozen=True, slots=True)
class ProjectFacts:
    """A project, and the access level of whoever asked; `branch` is empty while there are no commits."""

    id: int
    path: str
    web_url: str
    branch: str
    level: int


@dataclasses.dataclass(frozen=True, slots=True)
class NewToken:
    """What GitLab hands out once about a new access token; `place` is where it can be revoked."""

    secret: str = dataclasses.field(repr=False)
    place: str
    last_day: str


class GitLabAccount:
    """Asks GitLab as whoever the token belongs to. Every method raises as the adapter's do."""

    __slots__ = ("_client",)

    def __init__(self, access: GitLabAccess) -> None:
        self._client = client(access)

    @translated("ask for its version")
    def version(self) -> str:
        """Return the server's version, as "19.0.0"."""
        return str(self._get("/version")["version"])

    @translated("ask about the token")
    def token(self) -> TokenFacts:
        """Return what the token may do, for how long, and whose it is."""
        told = self._get("/personal_access_tokens/self")
        ends, owner = told.get("expires_at"), self._get("/user")
        return TokenFacts(
            name=str(told.get("name") or ""),
            login=str(owner["username"]),
            is_admin=owner.get("is_admin") is True,
            scopes=tuple(map(str, told["scopes"])),
            last_day=dt.date.fromisoformat(ends[:10]) if ends else None,
        )

    @translated("find the project")
    def project(self, path: str) -> ProjectFacts:
        """Return a project; raises `UserError` where the account does not see it."""
        return _project(self._get(f"/projects/{quote(path, safe='')}"))

    @translated("list the projects")
    def projects(self, most: int) -> list[ProjectFacts]:
        """Return the first `most` (up to 100) projects that the account is a member of."""
        found = self._client.http_list("/projects", membership=True, per_page=most, get_all=False)
        return [_project(each) for each in found]

    def make_token(self, place: str, today: dt.date) -> NewToken:
        """Make an access token for the bot in "projects/1" or "groups/acme%2Fteam", for as long as GitLab lets it live.

        https://docs.gitlab.com/api/project_access_tokens/#create-a-project-access-token
        """
        wish = {"name": NAME, "scopes": list(SCOPES), "access_level": DEVELOPER}
        with translated("make an access token"):
            try:
                made = self._make(place, wish, today + dt.timedelta(days=_DAYS))
            except GitlabError as error:
                shorter = _SHORTER.search(words(error))
                if shorter is None:
                    raise
                made = self._make(place, wish, today + dt.timedelta(days=int(shorter[1])))
            return NewToken(
                str(made["token"]), f"/{place}/access_tokens/{int(made['id'])}", str(made.get("expires_at") or "never")
            )

    def revoke(self, made: NewToken) -> None:
        """Take back a token that could not be kept; one that is gone already is no error."""
        with translated("revoke the access token"):
            try:
                self._client.http_delete(made.place)
            except GitlabError as error:
                if error.response_code != HTTPStatus.NOT_FOUND:
                    raise

    def _make(self, place: str, wish: dict[str, Any], last_day: dt.date) -> dict[str, Any]:
        return _document(
            self._client.http_post(f"/{place}/access_tokens", post_data={**wish, "expires_at": f"{last_day}"})
        )

    def _get(self, path: str) -> dict[str, Any]:
        return _document(self._client.http_get(path))


def _document(answer: Any) -> dict[str, Any]:
    if not isinstance(answer, dict):  # a page
        raise GitlabParsingError("no document")
    return answer


def _project(found: dict[str, Any]) -> ProjectFacts:
    rights = found.get("permissions") or {}
    levels = [int(each["access_level"]) for each in rights.values() if each]
    return ProjectFacts(
        id=int(found["id"]),
        path=str(found["path_with_namespace"]),
        web_url=str(found["web_url"]),
        branch="" if found.get("empty_repo") else str(found.get("default_branch") or ""),
        level=max(levels, default=0),
    )


def require_gitlab(access: GitLabAccess) -> None:
    """Raise `UserError` when the address is not that of a GitLab, `RetryableError` when nobody answers.

    Asked without the token: a wrong address must not learn it.
    """
    url = f"{access.web_url.rstrip('/')}/api/v4/version"
    try:
        answer = requests.get(
            url,
            timeout=access.timeout_s,
            allow_redirects=False,
            auth=lambda request: request,  # or else requests would send what ~/.netrc holds
            verify=access.ca_file or True,
        )
    except requests.exceptions.SSLError as error:
        raise UserError(
            f"The certificate of {access.web_url} is not trusted.",
            mend="Name the authority's certificates with CODEX_BOT_GITLAB_CA_FILE.",
        ) from error
    except requests.RequestException as error:
        raise ForgeAwayError(f"GitLab could not be reached at {access.web_url}: {type(error).__name__}") from error
    if answer.status_code >= HTTPStatus.INTERNAL_SERVER_ERROR:
        raise ForgeAwayError(f"GitLab is away ({answer.status_code})")
    if not any(_is_gitlabs(answer)):
        target = answer.headers.get("Location", "")
        raise UserError(
            f"{access.web_url} answers{f' with a redirect to {target}' if target else ''}, but not as GitLab does.",
            mend="Give the address that people open in the browser, its path included: "
            "--url https://example.org/gitlab",
        )


def _is_gitlabs(answer: requests.Response) -> Iterator[bool]:
    if answer.status_code in {HTTPStatus.OK, HTTPStatus.UNAUTHORIZED}:
        with contextlib.suppress(ValueError, AttributeError):
            said = answer.json()
            yield "version" in said or said.get("message") == "401 Unauthorized"
