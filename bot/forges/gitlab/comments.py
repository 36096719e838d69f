"""Finds new commands by looking, for a bot that no webhook reaches: every member may list what people wrote.

Edits, labels and assignments are not listed. What a webhook told, too, asks once: a request is named by its comment.
https://docs.gitlab.com/api/events/#list-all-visible-events-for-a-project
"""

import datetime as dt
import json
import logging
from collections.abc import Callable, Iterator
from http import HTTPStatus
from typing import Any

from gitlab import Gitlab, GitlabError

from bot.events import Event, Unwanted
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.client import client
from bot.forges.gitlab.errors import translated
from bot.forges.gitlab.hooks import read_delivery
from bot.forges.gitlab.payloads import ON_LINES
from bot.forges.gitlab.permissions import DEVELOPER
from bot.forges.hearing import Hearing

_log = logging.getLogger(__name__)
_SIGN = "/codex"
_LOOK_BACK = dt.timedelta(hours=1)  # before the first look: an outage is healed, and nothing old is dug out
_SUBJECTS = {"Issue": ("issue", "issues"), "MergeRequest": ("merge_request", "merge_requests")}
_UNSEEN = (HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND)


def _now() -> dt.datetime:
    return dt.datetime.now(dt.UTC)


class NewComments:
    """Remembers between two looks how far it has read each project's events, which are numbered as they happen."""

    def __init__(self, access: GitLabAccess, hearing: Hearing, clock: Callable[[], dt.datetime] = _now) -> None:
        self._access = access
        self._hearing = hearing
        self._since = clock() - _LOOK_BACK
        self._read: dict[int, int] = {}

    def __call__(self) -> Iterator[tuple[Event | Unwanted, bytes]]:
        """Yield each new comment that may be a command, and its body as a webhook would have told it, oldest first.

        One counts as shown once the next is asked for, so whoever could not keep it sees it again. Raises
        `RetryableError` when GitLab is away, `UserError` when it refuses.
        """
        gitlab = client(self._access)
        for project in self._projects(gitlab):
            number = int(project["id"])
            for event in reversed(self._new(gitlab, number)):
                document = self._document(gitlab, project, event)
                if document is not None:
                    yield from self._heard(int(event["id"]), json.dumps(document).encode())
                self._read[number] = int(event["id"])

    def _heard(self, event: int, body: bytes) -> Iterator[tuple[Event | Unwanted, bytes]]:
        try:
            yield read_delivery({"idempotency-key": f"event-{event}"}, body, self._hearing), body
        except ValueError as error:
            _log.warning("the event %s is passed over: %s", event, error)

    @translated("list the projects")
    def _projects(self, gitlab: Gitlab) -> list[dict[str, Any]]:
        found = gitlab.http_list("/projects", membership=True, min_access_level=DEVELOPER, simple=True, get_all=True)
        return list(found)

    @translated("list the project's comments")
    def _new(self, gitlab: Gitlab, project: int) -> list[dict[str, Any]]:
        """Return what was written since the last look, the newest first."""
        # GitLab counts by whole days here, and leaves the day that is named out.
        day = f"{self._since.date() - dt.timedelta(days=1)}"
        found: list[dict[str, Any]] = []
        try:
            for event in gitlab.http_list(f"/projects/{project}/events", action="commented", after=day, iterator=True):
                is_old = dt.datetime.fromisoformat(event["created_at"]) < self._since
                if is_old or event["id"] <= self._read.get(project, 0):
                    break
                found.append(event)
        except GitlabError as error:
            if error.response_code not in _UNSEEN:
                raise
        return found

    @translated("read what the comment is on")
    def _document(self, gitlab: Gitlab, project: dict[str, Any], event: dict[str, Any]) -> dict[str, Any] | None:
        """Return the payload of the webhook that tells of a comment; None for one that holds no command."""
        note = event.get("note") or {}
        names = _SUBJECTS.get(str(note.get("noteable_type")))
        if names is None or _SIGN not in (note.get("body") or ""):
            return None
        address = f"/projects/{project['id']}/{names[1]}/{note['noteable_iid']}"
        try:
            # Asked anew: the event does not say whether the issue is confidential.
            talk: Any = gitlab.http_get(address)
            discussion = _discussion(gitlab, address, note["id"]) if note.get("type") == ON_LINES else None
        except GitlabError as error:
            if error.response_code in _UNSEEN:
                return None
            raise
        return {
            "object_kind": "note",
            "user": _person(note["author"]),
            "project": {"path_with_namespace": project["path_with_namespace"]},
            "object_attributes": {
                "id": note["id"],
                "note": note["body"],
                "noteable_type": note["noteable_type"],
                "author_id": note["author"]["id"],
                "system": note.get("system") is True,
                "internal": note.get("internal") is True or note.get("confidential") is True,
                "action": "create",
                "type": note.get("type"),
                "discussion_id": discussion,
            },
            names[0]: {
                "iid": talk["iid"],
                "title": talk["title"],
                "description": talk.get("description"),
                "state": talk["state"],
                "author_id": (talk.get("author") or {}).get("id"),
                "confidential": talk.get("confidential") is True,
            },
        }


def _discussion(gitlab: Gitlab, address: str, note: int) -> str | None:
    """Return the discussion that a note stands in, which events do not tell."""
    for found in gitlab.http_list(f"{address}/discussions", iterator=True):
        if any(each["id"] == note for each in found["notes"]):
            return str(found["id"])
    return None


def _person(author: dict[str, Any]) -> dict[str, Any]:
    return {"username": author["username"], "id": author["id"]}
