"""Reviews and the comments in them as JSON."""

from typing import Any

from infra.practice_forge.auth import association
from infra.practice_forge.forge import Forge
from infra.practice_forge.shapes.issues import reactions
from infra.practice_forge.shapes.people import node_id, person, stamp
from infra.practice_forge.shapes.repositories import api, page
from infra.practice_forge.spots import moved
from infra.practice_forge.state import Repository, Review, ReviewComment


def review(forge: Forge, repo: Repository, record: Review) -> dict[str, Any]:
    """Return a review; one that is kept back has no `submitted_at`."""
    html = f"{page(forge, repo)}/pull/{record.number}#pullrequestreview-{record.id}"
    pull_url = f"{api(forge, repo)}/pulls/{record.number}"
    document = {
        "id": record.id,
        "node_id": node_id("PRR", record.id),
        "user": person(forge, record.author),
        "body": record.body,
        "state": record.state,
        "html_url": html,
        "pull_request_url": pull_url,
        "_links": {"html": {"href": html}, "pull_request": {"href": pull_url}},
        "commit_id": record.commit,
        "author_association": association(repo, record.author),
    }
    return document | ({"submitted_at": stamp(record.submitted_at)} if record.submitted_at else {})


def comment(forge: Forge, repo: Repository, record: ReviewComment) -> dict[str, Any]:
    """Return a review comment; `line` is null once its line is gone from the pull request."""
    url = f"{api(forge, repo)}/pulls/comments/{record.id}"
    html = f"{page(forge, repo)}/pull/{record.number}#discussion_r{record.id}"
    pull_url = f"{api(forge, repo)}/pulls/{record.number}"
    spot, head = record.spot, forge.state.pulls[repo.id, record.number].head_sha
    line = moved(forge.git(repo), spot, record.commit, head)
    is_current = spot.line is not None and line is not None
    shift = (line or 0) - (spot.line or 0)
    document = {
        "url": url,
        "pull_request_review_id": record.review,
        "id": record.id,
        "node_id": node_id("PRRC", record.id),
        "diff_hunk": spot.hunk,
        "path": spot.path,
        "commit_id": head,
        "original_commit_id": record.commit,
        "user": person(forge, record.author),
        "body": record.body,
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
        "html_url": html,
        "pull_request_url": pull_url,
        "author_association": association(repo, record.author),
        "_links": {"self": {"href": url}, "html": {"href": html}, "pull_request": {"href": pull_url}},
        "reactions": reactions(forge, record.id, url),
        "side": spot.side,
        "line": line,
        "original_line": spot.line,
        "start_side": spot.start_side,
        "start_line": spot.start_line + shift if spot.start_line and is_current else None,
        "original_start_line": spot.start_line,
        "position": spot.position if is_current else None if spot.line else 1,
        "original_position": spot.position or 1,
        "subject_type": "file" if spot.line is None else "line",
    }
    return document | ({"in_reply_to_id": record.thread} if record.thread != record.id else {})
