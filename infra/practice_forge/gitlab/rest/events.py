"""What people did in a project: of all kinds of events, comments alone are kept here."""

from datetime import date

from infra.practice_forge.gitlab.access import REPORTER, can_see_issue, level
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.params import Params
from infra.practice_forge.gitlab.records import MergeRequest, Note
from infra.practice_forge.gitlab.refusals import bad_parameter
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes.notes import note as shape
from infra.practice_forge.gitlab.shapes.people import person, stamp
from infra.practice_forge.rest.calls import Reply
from infra.practice_forge.state import Repository

ACTIONS = ("created", "updated", "closed", "reopened", "pushed", "commented", "merged", "joined", "left")


def list_events(call: Call, project: str) -> Reply:
    """GET /projects/:id/events, newest first; `after` and `before` are days that are left out."""
    repo, params = call.project(project), call.params()
    wanted = params.choice("action", *ACTIONS)
    first, last = _day(params, "after"), _day(params, "before")
    found = [note for note in call.shelves.notes.values() if note.repo_id == repo.id and _may_see(call, repo, note)]
    shown = [
        note
        for note in sorted(found, key=lambda note: -note.id)
        if (first is None or note.created_at.date() > first) and (last is None or note.created_at.date() < last)
    ]
    return page_of(call, shown if wanted in {None, "commented"} else [], lambda note: _event(call, note))


def _may_see(call: Call, repo: Repository, note: Note) -> bool:
    subject = call.shelves.subject_of(note)
    open_to_all = isinstance(subject, MergeRequest) or can_see_issue(call.asker, repo, subject)
    return open_to_all and not note.system and (not note.internal or level(call.asker, repo) >= REPORTER)


def _day(params: Params, name: str) -> date | None:
    said = params.text_or_none(name)
    try:
        return date.fromisoformat(said) if said else None
    except ValueError as error:
        raise bad_parameter(f"{name} is invalid") from error


def _event(call: Call, note: Note) -> dict[str, object]:
    subject, author = call.shelves.subject_of(note), person(call.forge, note.author)
    return {
        "id": note.id,
        "project_id": note.repo_id,
        "action_name": "commented on",
        "target_id": note.id,
        "target_iid": note.id,
        "target_type": note.type or "Note",
        "author_id": author["id"],
        "target_title": subject.title,
        "created_at": stamp(note.created_at),
        "note": shape(call.shelves, subject, note),
        "author": author,
        "author_username": note.author,
    }


ROUTES = (Route("GET", "/projects/:project/events", list_events),)
