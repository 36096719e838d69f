"""A project's webhooks as its maintainers see them: ours among them, what they tell, and what came of deliveries."""

import base64
import dataclasses
import datetime as dt
import secrets
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from gitlab import GitlabError

from bot.errors import UserError
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.account import ProjectFacts
from bot.forges.gitlab.client import client
from bot.forges.gitlab.errors import translated, words
from bot.forges.gitlab.hooks import SIGNING_PREFIX
from bot.forges.gitlab.permissions import flags

HOOK_PATH = "/webhooks/gitlab"
TRIGGER = "push_events"
_NAME = "Codex Bot"
_WENT_WELL = "2"
_LOCAL = ("local network", "is blocked", "Invalid url given")
_UNSEEN = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


@dataclasses.dataclass(frozen=True, slots=True)
class HookFacts:
    """One webhook; `flags` says by name what it tells, `rests_until` is None unless GitLab switched it off for a while.

    `alert` is GitLab's word: executable, temporarily_disabled or disabled.
    """

    id: int
    url: str
    flags: Mapping[str, bool]
    alert: str
    rests_until: dt.datetime | None
    is_signed: bool
    has_token: bool
    checks_certificate: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """One delivery of a `trigger` ("push_hooks"), with what came of it: a status code, or "internal error"."""

    id: int
    trigger: str
    status: str

    @property
    def went_well(self) -> bool:
        """Return whether the receiver answered 2xx."""
        return self.status.startswith(_WENT_WELL)


def hook_url(public_url: str) -> str:
    """Return where GitLab delivers to, given what the web service's address is outside."""
    return f"{public_url.rstrip('/')}{HOOK_PATH}"


def new_signing_token() -> str:
    """Return a fresh signing token: 32 random bytes.

    https://docs.gitlab.com/user/project/integrations/webhooks/#signing-tokens
    """
    return SIGNING_PREFIX + base64.b64encode(secrets.token_bytes(32)).decode("ascii")


class ProjectHooks:
    """Asks GitLab about the webhooks of projects, with a maintainer's token. Methods raise as the adapter's do."""

    __slots__ = ("_client",)

    def __init__(self, access: GitLabAccess) -> None:
        self._client = client(access)

    @translated("list the project's webhooks")
    def to(self, project: ProjectFacts, *urls: str) -> list[HookFacts] | None:
        """Return the webhooks that point to one of `urls`, the first first; None where the account may not see them."""
        try:
            found = self._client.http_list(_place(project), get_all=True)
        except GitlabError as error:
            if error.response_code in _UNSEEN:
                return None
            raise
        ours = [hook for hook in map(_facts, found) if hook.url in urls]
        return sorted(ours, key=lambda hook: urls.index(hook.url))

    def keep(self, project: ProjectFacts, url: str, known: HookFacts | None, secret: Mapping[str, str]) -> HookFacts:
        """Make a webhook to `url` or change the `known` one; `secret` is a `signing_token` or a `token`.

        Raises `UserError` with the way out where the server keeps its webhooks away from that address.
        """
        wish = {
            "url": url,
            "name": _NAME,
            "description": "Commands to the bot.",
            "enable_ssl_verification": True,
            "branch_filter_strategy": "wildcard",
            "push_events_branch_filter": project.branch,
            **flags(),
            **secret,
        }
        with translated(f"make the webhook of {project.path}"):
            try:
                if known:
                    return _facts(self._client.http_put(f"{_place(project)}/{known.id}", post_data=wish))
                return _facts(self._client.http_post(_place(project), post_data=wish))
            except GitlabError as error:
                if error.response_code == HTTPStatus.UNPROCESSABLE_ENTITY and any(
                    word in words(error) for word in _LOCAL
                ):
                    raise _blocked(url, words(error)) from error
                raise

    @translated("list the webhook's deliveries")
    def attempts(self, project: ProjectFacts, hook: int, most: int) -> list[Attempt] | None:
        """Return the last `most` (up to 100) deliveries, the newest first; None where GitLab does not tell.

        https://docs.gitlab.com/api/project_webhooks/#list-all-events-for-a-project-webhook (GitLab 17.3)
        """
        try:
            found = self._client.http_list(f"{_place(project)}/{hook}/events", per_page=most, get_all=False)
        except GitlabError as error:
            if error.response_code in _UNSEEN:
                return None
            raise
        return [Attempt(int(each["id"]), str(each["trigger"]), str(each["response_status"])) for each in found][:most]

    def test(self, project: ProjectFacts, hook: int) -> str:
        """Let GitLab deliver the project's newest push once more; return its complaint, empty when there is none.

        A push asks nothing of the bot, while the newest comment may be a command that would be obeyed again.
        """
        with translated("test the webhook"):
            try:
                self._client.http_post(f"{_place(project)}/{hook}/test/{TRIGGER}")
            except GitlabError as error:
                if error.response_code in {HTTPStatus.UNPROCESSABLE_ENTITY, HTTPStatus.NOT_FOUND}:
                    return words(error)
                raise
        return ""


def _place(project: ProjectFacts) -> str:
    return f"/projects/{project.id}/hooks"


def _facts(hook: Any) -> HookFacts:
    rests = hook.get("disabled_until")
    return HookFacts(
        id=int(hook["id"]),
        url=str(hook["url"]).rstrip("/"),
        flags={name: value for name, value in hook.items() if name.endswith("_events") and isinstance(value, bool)},
        alert=str(hook.get("alert_status") or "executable"),
        rests_until=dt.datetime.fromisoformat(rests) if rests else None,
        is_signed=hook.get("signing_token_present") is True,
        has_token=hook.get("token_present") is True,
        checks_certificate=hook.get("enable_ssl_verification") is not False,
    )


def _blocked(url: str, said: str) -> UserError:
    place = url.removeprefix("https://").removeprefix("http://").partition("/")[0]
    host = place if ":" in place else f"{place}:{443 if url.startswith('https://') else 80}"
    return UserError(
        f"GitLab keeps its webhooks away from {url}: {said}",
        mend="Let an administrator open Admin > Settings > Network > Outbound requests and add "
        f'{host} to "Local IP addresses and domain names that hooks and integrations can access"; that is better than '
        'the checkbox "Allow requests to the local network from webhooks and integrations". Then run this again.',
    )
