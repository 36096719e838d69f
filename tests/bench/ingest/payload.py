"""Signed deliveries in any number: comments on issues, as large as GitHub's own, each of them new."""

import hashlib
import hmac
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

SECRET = "bench-webhook-secret"
SIZE = 24_261  # bytes of a body

_FIRST = 100_000_001  # every number has as many digits, so every body has one length
_TENANTS = 90
_API = "http://127.0.0.1/api/v3"
_USER_LINKS = ("followers", "following", "gists", "starred", "subscriptions", "orgs", "repos", "events", "received")
_REPO_LINKS = (
    *("forks", "keys", "collaborators", "teams", "hooks", "issue_events", "events", "assignees", "branches", "tags"),
    *("blobs", "git_tags", "git_refs", "trees", "statuses", "languages", "stargazers", "contributors", "subscribers"),
    *("subscription", "commits", "git_commits", "comments", "issue_comment", "contents", "compare", "merges"),
    *("archive", "downloads", "issues", "pulls", "milestones", "notifications", "labels", "releases", "deployments"),
)
_REQUEST = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nUser-Agent: GitHub-Hookshot/bench\r\nAccept: */*\r\n"
    "Content-Type: application/json\r\nContent-Length: {length}\r\nX-GitHub-Event: issue_comment\r\n"
    "X-GitHub-Hook-ID: 1\r\nX-GitHub-Delivery: @guid@\r\nX-Hub-Signature-256: sha256=@signature@\r\n\r\n"
)

# What differs between deliveries: the words that stand between "@" in a template, and their values.
Ticket = Mapping[str, str]


def _user(login: str, kind: str = "User") -> dict[str, Any]:
    links = {f"{name}_url": f"{_API}/users/{login}/{name}" for name in _USER_LINKS}
    return {"id": 4242, "node_id": "MDQ6VXNlcjQyNDI=", **links, "type": kind, "site_admin": False, "login": login}


def _repository() -> dict[str, Any]:
    links = {f"{name}_url": f"{_API}/repos/numbers/numberkit/{name}{{/sha}}" for name in _REPO_LINKS}
    counts = dict.fromkeys(("size", "stargazers_count", "watchers_count", "forks_count", "open_issues_count"), 12)
    flags = dict.fromkeys(("has_issues", "has_projects", "has_wiki", "has_pages", "archived", "disabled"), False)
    names = {"name": "numberkit", "full_name": "numbers/numberkit", "private": True, "default_branch": "main"}
    return {"id": 77, **names, **links, **counts, **flags, "owner": _user("@owner@", "Organization")}


def _issue(body: str) -> dict[str, Any]:
    people = [_user(f"colleague-{number}") for number in range(10)]
    looks = {"color": "ededed", "default": False, "description": "asks for somebody who knows this part of the kit"}
    labels = [
        {"id": number, "url": f"{_API}/labels/{number}", "name": f"area: {number}", **looks} for number in range(24)
    ]
    milestone = {"id": 5, "title": "next", "description": "what comes next", "creator": _user("ann"), "state": "open"}
    return {
        "title": "Numbers are odd",
        "state": "open",
        "locked": False,
        "comments": 3,
        "body": body,
        "user": _user("ann"),
        "labels": labels,
        "assignees": people,
        "assignee": people[0],
        "milestone": milestone,
        "created_at": "2026-01-01T00:00:00Z",
        "updated_at": "2026-01-01T00:00:00Z",
        "author_association": "OWNER",
        "reactions": dict.fromkeys(("total_count", "+1", "-1", "laugh", "heart", "rocket", "eyes"), 0),
        "number": "@number@",
    }


def _document(command: str, issue_body: str) -> str:
    comment = {
        "node_id": "IC_kwDOA",
        "user": _user("ann"),
        "created_at": "2026-01-01T00:00:00Z",
        "author_association": "OWNER",
        "body": command,
        "id": "@number@",
    }
    document = {
        "action": "created",
        "sender": _user("ann"),
        "installation": {"id": 4711, "node_id": "MDIz"},
        "organization": _user("numbers", "Organization"),
        "issue": _issue(issue_body),
        "repository": _repository(),
        "comment": comment,
    }
    return json.dumps(document, separators=(",", ":")).replace('"@number@"', "@number@")


def fill(template: str, ticket: Ticket) -> str:
    """Put a ticket's values into a template."""
    return re.sub(r"@(\w+)@", lambda found: ticket[found[1]], template)


class Deliveries:
    """Makes deliveries that ask for `command`; no two are alike, however often it is asked."""

    def __init__(self, command: str = "/codex help") -> None:
        self._made = 0
        missing = SIZE - len(fill(_document(command, ""), self._names()))
        prose = "It says 7 where 8 was meant, and nobody knows why. " * (missing // 50 + 1)
        self._body = _document(command, prose[:missing])
        # What differs stands near the end: all that comes before it is hashed once.
        start = self._body.index("@")
        self._tail = self._body[start:]
        self._signer = hmac.new(SECRET.encode(), self._body[:start].encode(), hashlib.sha256)

    def _names(self) -> dict[str, str]:
        self._made += 1
        return {"number": str(_FIRST + self._made), "owner": f"tenant-{10 + self._made % _TENANTS}"}

    def ticket(self) -> Ticket:
        """Make the part that differs of one more delivery."""
        names = self._names()
        signer = self._signer.copy()
        signer.update(fill(self._tail, names).encode())
        return {**names, "guid": str(uuid.uuid4()), "signature": signer.hexdigest()}

    def template(self, port: int, path: str) -> str:
        """Return the whole HTTP request with its marks."""
        return _REQUEST.format(path=path, port=port, length=SIZE) + self._body

    def requests(self, count: int, port: int, path: str) -> Iterator[tuple[str, bytes]]:
        """Make `count` more requests; yield the number of each with its bytes."""
        template = self.template(port, path)
        for _ in range(count):
            ticket = self.ticket()
            yield ticket["number"], fill(template, ticket).encode()

    def write(self, folder: Path, count: int, port: int, path: str) -> tuple[Path, Path]:
        """Write the template and `count` tickets for the load generator; return both files."""
        template, tickets = folder / "template", folder / "tickets"
        template.write_text(self.template(port, path), encoding="utf-8", newline="")
        with tickets.open("w", encoding="utf-8") as file:
            for ticket in (self.ticket() for _ in range(count)):
                file.write(f"{ticket['number']} {ticket['owner']} {ticket['guid']} {ticket['signature']}\n")
        return template, tickets
