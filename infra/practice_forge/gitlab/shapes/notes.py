"""Notes, discussions and drafts as JSON."""

from typing import Any

from infra.practice_forge.gitlab.records import Draft, Note, Position, Subject
from infra.practice_forge.gitlab.shapes.people import person, stamp
from infra.practice_forge.gitlab.shelves import Shelves

NOTEABLE = {"issue": "Issue", "merge_request": "MergeRequest"}


def position(record: Position) -> dict[str, Any]:
    """Return where in a diff a note stands."""
    return {
        "base_sha": record.base_sha,
        "start_sha": record.start_sha,
        "head_sha": record.head_sha,
        "old_path": record.old_path,
        "new_path": record.new_path,
        "position_type": record.kind,
        "old_line": record.old_line,
        "new_line": record.new_line,
        "line_range": dict(record.line_range) if record.line_range else None,
    }


def note(shelves: Shelves, subject: Subject, record: Note) -> dict[str, Any]:
    """Return a note."""
    forge = shelves.forge
    document = {
        "id": record.id,
        "type": record.type or None,
        "body": record.body,
        "author": person(forge, record.author),
        "created_at": stamp(record.created_at),
        "updated_at": stamp(record.updated_at),
        "system": record.system,
        "noteable_id": subject.id,
        "noteable_type": NOTEABLE[record.kind],
        "project_id": record.repo_id,
        "resolvable": record.resolvable,
        "confidential": record.internal,
        "internal": record.internal,
        "imported": False,
        "imported_from": "none",
        "noteable_iid": record.number,
        "commands_changes": {},
    }
    if record.position:
        document |= {"position": position(record.position), "commit_id": None}
    if record.resolvable:
        resolver = person(forge, record.resolved_by) if record.resolved_by else None
        document |= {"resolved": bool(record.resolved_by), "resolved_by": resolver}
        document |= {"resolved_at": stamp(record.resolved_at)}
    return document


def discussion(shelves: Shelves, subject: Subject, notes: list[Note]) -> dict[str, Any]:
    """Return a thread; `notes` are its own, oldest first."""
    return {
        "id": notes[0].discussion,
        "individual_note": not notes[0].type,
        "notes": [note(shelves, subject, record) for record in notes],
    }


def draft(shelves: Shelves, record: Draft) -> dict[str, Any]:
    """Return a note that is not published yet."""
    author = shelves.state.account(record.author)
    request = shelves.merge_requests[record.repo_id, record.number]
    return {
        "id": record.id,
        "author_id": author.id if author else 0,
        "merge_request_id": request.id,
        "resolve_discussion": record.resolves,
        "discussion_id": record.discussion or None,
        "note": record.body,
        "commit_id": None,
        "line_code": record.position.line_code if record.position else None,
        "position": position(record.position) if record.position else None,
    }
