"""Finds deliveries that did not get through: GitHub keeps them for three days, and never tries again itself.

An App asks about its own hook, a token about the hooks of the repositories that its account administers.

https://docs.github.com/webhooks/using-webhooks/handling-failed-webhook-deliveries
"""

import dataclasses
import datetime as dt
import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

from github.Requester import Requester

from bot.events import Event, Headers, Unwanted
from bot.forges.github.access import GitHubAccess
from bot.forges.github.client import app_client, client
from bot.forges.github.errors import translated
from bot.forges.github.hooks import read_delivery
from bot.forges.hearing import Hearing

_log = logging.getLogger(__name__)
_KEPT = dt.timedelta(days=3)
_OVERLAP = dt.timedelta(hours=1)  # an attempt is listed under the time at which it began
_PAGE = 100
_OURS = "/webhooks/github"  # how the address of the bot's door ends


class MissedDeliveries:
    """Remembers between two looks what it has shown, so that each failed delivery is fetched once."""

    def __init__(self, access: GitHubAccess, hearing: Hearing) -> None:
        self._access = access
        self._hearing = hearing
        self._shown: dict[str, dt.datetime] = {}  # GUID, and when that delivery was tried
        self._looked_at: dt.datetime | None = None

    def __call__(self) -> Iterator[tuple[Event | Unwanted, bytes]]:
        """Yield what each says, and its body, the oldest first; what is no delivery of GitHub's is passed over.

        No signature is asked for: GitHub itself says this, over a connection that we opened.
        One counts as shown once the next is asked for, so whoever could not keep it sees it again. Raises
        `RetryableError` when GitHub is away, `UserError` when it refuses.
        """
        now = dt.datetime.now(dt.UTC)
        for hook in self._hooks():
            for failed in reversed(self._failed(hook, now - _KEPT)):
                headers, body = hook.fetch(failed["id"])
                try:
                    yield read_delivery(headers, body, self._hearing), body
                except ValueError as error:
                    _log.warning("the delivery %s is passed over: %s", failed["id"], error)
                self._shown[failed["guid"]] = _moment(failed)
        self._looked_at = now
        self._shown = {guid: moment for guid, moment in self._shown.items() if moment > now - 2 * _OVERLAP}

    @translated("list the hooks")
    def _hooks(self) -> "list[_Hook]":
        if self._access.app_id and self._access.private_key:
            return [_Hook(app_client(self._access).requester, "/app/hook/deliveries")]
        repositories = [repo for repo in client(self._access, "").get_user().get_repos() if repo.permissions.admin]
        return [
            _Hook(repo.requester, f"/repos/{repo.full_name}/hooks/{hook.id}/deliveries")
            for repo in repositories
            for hook in repo.get_hooks()
            if urlsplit(hook.config.get("url", "")).path.endswith(_OURS)
        ]

    def _failed(self, hook: "_Hook", kept_since: dt.datetime) -> list[dict[str, Any]]:
        """Return the last failed attempt at each delivery since the last look, the newest first."""
        since = max(kept_since, self._looked_at - _OVERLAP) if self._looked_at else kept_since
        found: dict[str, dict[str, Any]] = {}
        for attempt in hook.attempts():
            if _moment(attempt) < since:
                break
            if attempt["guid"] not in self._shown:
                found.setdefault(attempt["guid"], attempt)
        return list(found.values())


@dataclasses.dataclass(frozen=True, slots=True)
class _Hook:
    """One webhook's list of deliveries."""

    requester: Requester
    path: str

    def attempts(self) -> Iterator[dict[str, Any]]:
        """Yield the failed attempts, the newest first."""
        cursor = None
        while cursor != "":
            attempts, cursor = self._page(cursor or "")
            yield from attempts

    @translated("list the deliveries that failed")
    def _page(self, cursor: str) -> tuple[list[dict[str, Any]], str]:
        parameters = {"status": "failure", "per_page": _PAGE} | ({"cursor": cursor} if cursor else {})
        headers, attempts = self.requester.requestJsonAndCheck("GET", self.path, parameters=parameters)
        return attempts, _next_cursor(headers.get("link", ""))

    @translated("read a delivery that failed")
    def fetch(self, number: int) -> tuple[Headers, bytes]:
        """Return the headers, by lower-case names, and the body of a delivery."""
        _, delivery = self.requester.requestJsonAndCheck("GET", f"{self.path}/{int(number)}")
        request = delivery["request"]
        headers = {name.lower(): value for name, value in request["headers"].items()}
        return headers, json.dumps(request["payload"]).encode()


def _moment(attempt: dict[str, Any]) -> dt.datetime:
    return dt.datetime.fromisoformat(attempt["delivered_at"])


def _next_cursor(link: str) -> str:
    """Return the cursor of the next page, empty on the last one; GitHub tells it in the Link header alone."""
    for part in link.split(","):
        address, _, relation = part.partition(";")
        if 'rel="next"' in relation:
            return parse_qs(urlsplit(address.strip(" <>")).query).get("cursor", [""])[0]
    return ""
