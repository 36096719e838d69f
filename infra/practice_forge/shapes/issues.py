"""Issues, comments, labels and reactions as JSON."""

import collections
from typing import Any
from urllib.parse import quote

from infra.practice_forge.auth import association
from infra.practice_forge.forge import Forge
from infra.practice_forge.shapes.people import node_id, person, stamp
from infra.practice_forge.shapes.repositories import api, page
from infra.practice_forge.state import Comment, Issue, Reaction, Repository

CONTENTS = ("+1", "-1", "laugh", "hooray", "confused", "heart", "rocket", "eyes")


def label(forge: Forge, repo: Repository, name: str) -> dict[str, Any]:
    """Return a label; one that nobody made is grey."""
    url = f"{api(forge, repo)}/labels/{quote(name)}"
    plain = {
        "name": name,
        "color": forge.state.labels.get((repo.id, name), "ededed"),
        "default": False,
        "description": None,
    }
    return {"id": sum(name.encode()), "node_id": f"LA_{quote(name)}", "url": url} | plain


def reactions(forge: Forge, subject: int, url: str) -> dict[str, Any]:
    """Return how often which reaction stands on an issue or comment."""
    counts = collections.Counter(r.content for r in forge.state.reactions.values() if r.subject == subject)
    return {"url": f"{url}/reactions", "total_count": counts.total()} | {name: counts[name] for name in CONTENTS}


def reaction(forge: Forge, record: Reaction) -> dict[str, Any]:
    """Return one reaction."""
    return {
        "id": record.id,
        "node_id": node_id("REA", record.id),
        "user": person(forge, record.author),
        "content": record.content,
        "created_at": stamp(record.created_at),
    }


def issue(forge: Forge, repo: Repository, record: Issue) -> dict[str, Any]:
    """Return an issue; one that is a pull request carries the `pull_request` key."""
    url = f"{api(forge, repo)}/issues/{record.number}"
    pull = forge.state.pulls.get((repo.id, record.number))
    html = f"{page(forge, repo)}/{'pull' if pull else 'issues'}/{record.number}"
    count = sum(1 for c in forge.state.comments.values() if (c.repo_id, c.number) == (repo.id, record.number))
    document = {
        "id": record.id,
        "node_id": node_id("I", record.id),
        "number": record.number,
        "url": url,
        "repository_url": api(forge, repo),
        "labels_url": f"{url}/labels{{/name}}",
        "comments_url": f"{url}/comments",
        "events_url": f"{url}/events",
        "timeline_url": f"{url}/timeline",
        "html_url": html,
        "title": record.title,
        "body": record.body or None,
        "user": person(forge, record.author),
        "labels": [label(forge, repo, name) for name in record.labels],
        "state": "open" if record.is_open else "closed",
        "state_reason": None if record.is_open else "completed",
        "locked": record.locked,
        **dict.fromkeys(("active_lock_reason", "assignee", "milestone", "performed_via_github_app")),
        "assignees": [],
        "comments": count,
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
        "closed_at": stamp(record.closed_at),
        "author_association": association(repo, record.author),
        "reactions": reactions(forge, record.id, url),
    }
    if pull:
        links = {"url": f"{api(forge, repo)}/pulls/{record.number}", "html_url": html}
        links |= {"diff_url": f"{html}.diff", "patch_url": f"{html}.patch"}
        document |= {"draft": pull.draft, "pull_request": links | {"merged_at": stamp(pull.merged_at)}}
    return document


def comment(forge: Forge, repo: Repository, record: Comment) -> dict[str, Any]:
    """Return a comment on an issue or pull request."""
    url = f"{api(forge, repo)}/issues/comments/{record.id}"
    kind = "pull" if (repo.id, record.number) in forge.state.pulls else "issues"
    return {
        "id": record.id,
        "node_id": node_id("IC", record.id),
        "url": url,
        "html_url": f"{page(forge, repo)}/{kind}/{record.number}#issuecomment-{record.id}",
        "issue_url": f"{api(forge, repo)}/issues/{record.number}",
        "user": person(forge, record.author),
        "body": record.body,
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
        "author_association": association(repo, record.author),
        "performed_via_github_app": None,
        "reactions": reactions(forge, record.id, url),
    }
