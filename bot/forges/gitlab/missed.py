"""Finds the deliveries of our hooks that did not get through: GitLab keeps them for seven days.

Only maintainers may ask, so without that role there is nothing to find.
https://docs.gitlab.com/api/project_webhooks/#list-all-events-for-a-project-webhook
"""

import json
import logging
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from gitlab import Gitlab

from bot.events import Event, Unwanted
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.client import client
from bot.forges.gitlab.errors import translated
from bot.forges.gitlab.hooks import read_delivery
from bot.forges.gitlab.permissions import MAINTAINER
from bot.forges.gitlab.project_hooks import HOOK_PATH
from bot.forges.hearing import Hearing

_log = logging.getLogger(__name__)


class MissedDeliveries:
    """Remembers between two looks how far it has read each hook's events, which are numbered as they happen."""

    def __init__(self, access: GitLabAccess, hearing: Hearing) -> None:
        self._access = access
        self._hearing = hearing
        self._read: dict[str, int] = {}

    def __call__(self) -> Iterator[tuple[Event | Unwanted, bytes]]:
        """Yield what each says, and its body, the oldest of a hook first; what is no delivery is passed over.

        No signature is asked for: GitLab itself says this, over a connection that we opened.
        One counts as shown once the next is asked for, so whoever could not keep it sees it again. Raises
        `RetryableError` when GitLab is away, `UserError` when it refuses.
        """
        gitlab = client(self._access)
        for hook in self._hooks(gitlab):
            for event in reversed(self._failed(gitlab, hook)):
                headers = {name.lower(): value for name, value in event["request_headers"].items()}
                body = json.dumps(event["request_data"]).encode()
                try:
                    yield read_delivery(headers, body, self._hearing), body
                except ValueError as error:
                    _log.warning("the event %s of the hook %s is passed over: %s", event["id"], hook, error)
                self._read[hook] = max(event["id"], self._read.get(hook, 0))

    @translated("list the project's hooks")
    def _hooks(self, gitlab: Gitlab) -> list[str]:
        """Return the paths of our hooks in all projects that the bot's account maintains."""
        projects = gitlab.http_list(
            "/projects", membership=True, min_access_level=MAINTAINER, simple=True, get_all=True
        )
        paths = [f"/projects/{project['id']}/hooks" for project in projects]
        return [
            f"{path}/{hook['id']}" for path in paths for hook in gitlab.http_list(path, get_all=True) if _is_ours(hook)
        ]

    @translated("list the deliveries that failed")
    def _failed(self, gitlab: Gitlab, hook: str) -> list[dict[str, Any]]:
        """Return the events of a hook since the last look that nobody took, the newest first."""
        found = []
        for event in gitlab.http_list(f"{hook}/events", iterator=True):
            if event["id"] <= self._read.get(hook, 0):
                break
            if not str(event["response_status"]).startswith("2"):
                found.append(event)
        return found


def _is_ours(hook: dict[str, Any]) -> bool:
    return urlsplit(str(hook["url"])).path.endswith(HOOK_PATH)
