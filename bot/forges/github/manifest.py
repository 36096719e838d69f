"""Registers a GitHub App from a manifest: what is asked for, where the form goes, and what comes back.

https://docs.github.com/apps/sharing-github-apps/registering-a-github-app-from-a-manifest
"""

import dataclasses
import re
from http import HTTPStatus
from typing import Any
from urllib.parse import quote, urlencode

from github import GithubException

from bot.errors import UserError
from bot.forges.github.access import GitHubAccess
from bot.forges.github.client import anonymous_client
from bot.forges.github.errors import translated
from bot.forges.github.permissions import events, permissions

HOOK_PATH = "/webhooks/github"
HOME = "https://codex-bot.invalid"  # RFC 2606: this name leads nowhere, so what is sent there reaches nobody
LONGEST_NAME = 34  # characters; GitHub's limit
LIFE_SECONDS = 3600  # form, redirect and exchange must happen within an hour
_REFUSED = (HTTPStatus.NOT_FOUND, HTTPStatus.UNPROCESSABLE_ENTITY)
_CODE = re.compile(r"[A-Za-z0-9_-]{1,200}")


@dataclasses.dataclass(frozen=True, slots=True)
class NewApp:
    """What GitHub hands out once about a new App. `html_url` is its public page, which knows its slug."""

    id: str
    slug: str
    name: str
    owner: str
    html_url: str
    key: str = dataclasses.field(repr=False)
    webhook_secret: str = dataclasses.field(repr=False)

    @property
    def install_url(self) -> str:
        """Return the page that installs the App; one made from the App's number would be a 404."""
        return f"{self.html_url}/installations/new"


def hook_url(public_url: str) -> str:
    """Return where GitHub delivers to, given what the web service's address is outside; empty: to nobody."""
    return f"{(public_url or HOME).rstrip('/')}{HOOK_PATH}"


def manifest(*, name: str, public_url: str, redirect_url: str, public: bool = False) -> dict[str, Any]:
    """Return the manifest of our App.

    Without a `public_url` the hook stays on and points to nobody: each delivery then fails, and the failed ones
    are what the sweeper fetches. A hook that is off would leave nothing to fetch. There is no `secret` among the
    hook's attributes: GitHub makes it, and refuses a manifest that brings one.
    """
    return {
        "name": name,
        "url": public_url or HOME,
        "description": "Turns issues into tested pull requests.",
        "hook_attributes": {"url": hook_url(public_url), "active": True},
        "redirect_url": redirect_url,
        "public": public,
        "default_permissions": permissions(),
        "default_events": events(),
    }


def form_address(web_url: str, *, org: str, state: str) -> str:
    """Return where the form with the manifest is posted; an empty `org` means the person's own account."""
    place = f"/organizations/{quote(org, safe='')}" if org else ""
    return f"{web_url.rstrip('/')}{place}/settings/apps/new?{urlencode({'state': state})}"


def settings_address(web_url: str, *, slug: str, org: str) -> str:
    """Return the page on which the App's owner changes its permissions and events."""
    place = f"/organizations/{quote(org, safe='')}" if org else ""
    return f"{web_url.rstrip('/')}{place}/settings/apps/{quote(slug, safe='')}/permissions"


def exchange(access: GitHubAccess, code: str) -> NewApp:
    """Trade the code of the redirect for the App's key and secret; works once, and within the hour.

    Raises `UserError` when the code is none, used or expired, `RetryableError` when GitHub is away.
    """
    if not _CODE.fullmatch(code):
        raise UserError("The browser came back without a usable code.", mend="Start again: codex-bot setup github")
    with translated("exchange the code for the App's key"):
        try:
            _, answer = anonymous_client(access).requester.requestJsonAndCheck(
                "POST", f"/app-manifests/{code}/conversions"
            )
        except GithubException as error:
            if error.status not in _REFUSED:
                raise
            raise UserError(
                "GitHub does not take the code: it was used already, or is more than an hour old.",
                mend="Delete the App that was just made in its settings at GitHub (its key is lost), and start again.",
            ) from None  # the error's address holds the code
        return _new_app(answer)


def _new_app(answer: dict[str, Any]) -> NewApp:
    secret = answer.get("webhook_secret")
    if not secret:
        raise UserError(
            "GitHub made the App without a webhook secret.",
            mend="Delete it in its settings at GitHub, and start again with another public URL.",
        )
    return NewApp(
        id=str(answer["id"]),
        slug=str(answer.get("slug") or answer["html_url"].rsplit("/", 1)[-1]),
        name=str(answer["name"]),
        owner=str(answer["owner"]["login"]),
        html_url=str(answer["html_url"]).rstrip("/"),
        key=str(answer["pem"]),
        webhook_secret=str(secret),
    )


def require_github(access: GitHubAccess) -> None:
    """Raise `UserError` when the address is not that of a GitHub, `RetryableError` when nobody answers."""
    with translated("find GitHub"):
        _, headers, _ = anonymous_client(access).requester.requestJson("GET", "/meta")
    if not any(name.lower().startswith("x-github-") for name in headers):
        raise UserError(
            f"{access.web_url} answers, but not as GitHub does.",
            mend="Give the address that people open in the browser, for example --url https://github.example.org",
        )
