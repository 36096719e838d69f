"""What the GitHub App can tell of itself: its permissions, its installations, its hook and what came of deliveries."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bot.forges.github.access import GitHubAccess
from bot.forges.github.client import app_client, client
from bot.forges.github.errors import translated

_PAGE = 100
_WENT_WELL = range(200, 300)


@dataclasses.dataclass(frozen=True, slots=True)
class AppFacts:
    """The App as GitHub knows it; `org` is empty where a person owns it."""

    slug: str
    name: str
    html_url: str
    org: str
    permissions: Mapping[str, str]
    events: Sequence[str]

    @property
    def install_url(self) -> str:
        """Return the page that installs the App."""
        return f"{self.html_url}/installations/new"


@dataclasses.dataclass(frozen=True, slots=True)
class Installed:
    """The App on one account; `html_url` is where its owner accepts, suspends and removes it."""

    id: int
    account: str
    html_url: str
    permissions: Mapping[str, str]
    is_suspended: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt to deliver, with what came of it in GitHub's words."""

    id: int
    event: str
    status: str
    status_code: int
    is_redelivery: bool

    @property
    def went_well(self) -> bool:
        """Return whether the receiver answered 2xx."""
        return self.status_code in _WENT_WELL


class GitHubApp:
    """Asks GitHub as the App itself. Every method raises `RetryableError` or `UserError` as the adapter's do."""

    __slots__ = ("_access",)

    def __init__(self, access: GitHubAccess) -> None:
        self._access = access

    @translated("ask about the App")
    def facts(self) -> AppFacts:
        """Return the App's name, page, permissions and events."""
        found = self._ask("GET", "/app")
        owner = found["owner"]
        return AppFacts(
            slug=str(found["slug"]),
            name=str(found["name"]),
            html_url=str(found["html_url"]).rstrip("/"),
            org=str(owner["login"]) if owner.get("type") == "Organization" else "",
            permissions=dict(found["permissions"]),
            events=tuple(found["events"]),
        )

    @translated("list the App's installations")
    def installations(self) -> list[Installed]:
        """Return every installation, suspended ones too."""
        return [
            Installed(
                id=int(found["id"]),
                account=str((found.get("account") or {}).get("login") or (found.get("account") or {}).get("slug")),
                html_url=str(found["html_url"]),
                permissions=dict(found["permissions"]),
                is_suspended=found.get("suspended_at") is not None,
            )
            for found in self._pages("/app/installations")
        ]

    @translated("list an installation's repositories")
    def repositories(self, installation: int, most: int) -> tuple[list[str], int]:
        """Return the paths of an installation's first `most` (up to 100) repositories, and how many it sees."""
        _, found = client(self._access, str(installation)).requester.requestJsonAndCheck(
            "GET", "/installation/repositories", parameters={"per_page": most}
        )
        return [str(repo["full_name"]) for repo in found["repositories"]], int(found["total_count"])

    @translated("ask where the App's hook points")
    def hook_url(self) -> str:
        """Return where GitHub delivers to; empty when nowhere."""
        return str(self._ask("GET", "/app/hook/config").get("url") or "")

    @translated("point the App's hook to the bot")
    def point_hook(self, url: str, *, secret: str = "") -> None:
        """Let GitHub deliver JSON to `url` from now on, signed with `secret` where one is given."""
        config = {"url": url, "content_type": "json", "insecure_ssl": "0"} | ({"secret": secret} if secret else {})
        self._ask("PATCH", "/app/hook/config", input=config)

    @translated("list the App's deliveries")
    def deliveries(self, most: int) -> list[Attempt]:
        """Return the last `most` (up to 100) attempts to deliver, the newest first."""
        return [
            Attempt(
                id=int(found["id"]),
                event=str(found["event"]),
                status=str(found["status"]),
                status_code=int(found["status_code"]),
                is_redelivery=bool(found.get("redelivery")),
            )
            for found in self._ask("GET", "/app/hook/deliveries", parameters={"per_page": most})
        ]

    @translated("deliver once more")
    def deliver_again(self, attempt: int) -> None:
        """Ask GitHub to make an attempt once more."""
        self._ask("POST", f"/app/hook/deliveries/{attempt}/attempts")

    def _ask(self, verb: str, path: str, **more: Any) -> Any:
        return app_client(self._access).requester.requestJsonAndCheck(verb, path, **more)[1]

    def _pages(self, path: str) -> Iterator[dict[str, Any]]:
        page = 1
        while True:
            found = self._ask("GET", path, parameters={"per_page": _PAGE, "page": page})
            yield from found
            if len(found) < _PAGE:
                return
            page += 1
