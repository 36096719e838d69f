"""Discussions on issues and merge requests: threads of notes, some of them on lines of a diff."""

from functools import partial
from http import HTTPStatus

from infra.practice_forge.gitlab.acts.notes import Words, add_note, resolve
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.positions import read_position
from infra.practice_forge.gitlab.records import Kind, MergeRequest, Note, Subject
from infra.practice_forge.gitlab.refusals import bad_parameter, bad_request, forbidden, not_found
from infra.practice_forge.gitlab.rest.notes import (
    PLACES,
    delete_note,
    find,
    get_note,
    may_resolve,
    readable,
    require_unlocked,
    rewrite,
)
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes import notes as shapes
from infra.practice_forge.rest.calls import Reply
from infra.practice_forge.state import Repository


def threads(call: Call, repo: Repository, subject: Subject) -> dict[str, list[Note]]:
    """Return the discussions that the asker may see, by id, oldest first."""
    found: dict[str, list[Note]] = {}
    for note in readable(call, repo, subject):
        found.setdefault(note.discussion, []).append(note)
    return found


def _thread(call: Call, repo: Repository, subject: Subject, discussion: str) -> list[Note]:
    notes = threads(call, repo, subject).get(discussion)
    if not notes:
        raise not_found("Discussion")
    return notes


def list_discussions(call: Call, project: str, number: int, *, kind: Kind) -> Reply:
    """GET .../discussions, oldest first."""
    repo = call.project(project)
    subject = call.subject(repo, kind, number)
    found = list(threads(call, repo, subject).values())
    return page_of(call, found, lambda notes: shapes.discussion(call.shelves, subject, notes))


def get_discussion(call: Call, project: str, number: int, discussion: str, *, kind: Kind) -> Reply:
    """GET .../discussions/:discussion_id."""
    repo = call.project(project)
    subject = call.subject(repo, kind, number)
    return Reply(shapes.discussion(call.shelves, subject, _thread(call, repo, subject, discussion)))


def post_discussion(call: Call, project: str, number: int, *, kind: Kind) -> Reply:
    """POST .../discussions; on a merge request `position` puts it on a line or a file."""
    repo, params = call.project(project), call.params()
    subject = call.subject(repo, kind, number)
    author = require_unlocked(call, repo, subject)
    body, place = params.text("body"), params.nested("position")
    position = None
    if place is not None and isinstance(subject, MergeRequest):
        position = read_position(place, subject, call.git(repo))
    note = add_note(call.shelves, repo, author, subject, Words(body, threaded=True, position=position))
    return Reply(shapes.discussion(call.shelves, subject, [note]), HTTPStatus.CREATED)


def put_discussion(call: Call, project: str, number: int, discussion: str, *, kind: Kind) -> Reply:
    """PUT .../discussions/:discussion_id with `resolved`."""
    repo, resolved = call.project(project), call.params().flag("resolved")
    subject = call.subject(repo, kind, number)
    if resolved is None:
        raise bad_parameter("resolved is missing")
    author, notes = call.writer(repo), _thread(call, repo, subject, discussion)
    if not notes[0].resolvable or not may_resolve(call, repo, subject, notes[0]):
        raise forbidden()
    changed = resolve(call.shelves, author, notes, resolved=resolved)
    return Reply(shapes.discussion(call.shelves, subject, changed))


def post_reply(call: Call, project: str, number: int, discussion: str, *, kind: Kind) -> Reply:
    """POST .../discussions/:discussion_id/notes; a note that stands alone becomes a thread by it."""
    repo, params = call.project(project), call.params()
    subject = call.subject(repo, kind, number)
    author = require_unlocked(call, repo, subject)
    first = _thread(call, repo, subject, discussion)[0]
    if first.system:
        raise bad_request("Discussion can not be replied to.")
    words = Words(params.text("body"), discussion=discussion, threaded=True, position=first.position)
    note = add_note(call.shelves, repo, author, subject, words)
    return Reply(shapes.note(call.shelves, subject, note), HTTPStatus.CREATED)


def put_note(call: Call, project: str, number: int, discussion: str, note: int, *, kind: Kind) -> Reply:
    """PUT .../discussions/:discussion_id/notes/:note_id with exactly one of `body` and `resolved`."""
    repo, params = call.project(project), call.params()
    subject = call.subject(repo, kind, number)
    _thread(call, repo, subject, discussion)
    found, resolved = find(call, repo, subject, note), params.flag("resolved")
    if ("body" in params) == (resolved is not None):
        complaint = (
            "are mutually exclusive" if "body" in params else "are missing, exactly one parameter must be provided"
        )
        raise bad_parameter(f"body, resolved {complaint}")
    if resolved is None:
        return Reply(shapes.note(call.shelves, subject, rewrite(call, repo, found)))
    author = call.writer(repo)
    if not found.resolvable:
        raise bad_request("Note is not resolvable")
    if not may_resolve(call, repo, subject, found):
        raise forbidden()
    return Reply(shapes.note(call.shelves, subject, resolve(call.shelves, author, [found], resolved=resolved)[0]))


def delete_reply(call: Call, project: str, number: int, discussion: str, note: int, *, kind: Kind) -> Reply:
    """DELETE .../discussions/:discussion_id/notes/:note_id."""
    repo = call.project(project)
    _thread(call, repo, call.subject(repo, kind, number), discussion)
    return delete_note(call, project, number, note, kind=kind)


def get_reply(call: Call, project: str, number: int, discussion: str, note: int, *, kind: Kind) -> Reply:
    """GET .../discussions/:discussion_id/notes/:note_id."""
    repo = call.project(project)
    _thread(call, repo, call.subject(repo, kind, number), discussion)
    return get_note(call, project, number, note, kind=kind)


ROUTES = tuple(
    Route(method, f"/projects/:project/{place}/:number/discussions{rest}", partial(handler, kind=kind))
    for kind, place in PLACES
    for method, rest, handler in (
        ("GET", "", list_discussions),
        ("POST", "", post_discussion),
        ("GET", "/:discussion", get_discussion),
        ("PUT", "/:discussion", put_discussion),
        ("POST", "/:discussion/notes", post_reply),
        ("GET", "/:discussion/notes/:note", get_reply),
        ("PUT", "/:discussion/notes/:note", put_note),
        ("DELETE", "/:discussion/notes/:note", delete_reply),
    )
)
