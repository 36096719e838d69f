"""Notes on issues and merge requests, one by one."""

from functools import partial
from http import HTTPStatus

from infra.practice_forge.gitlab.access import DEVELOPER, MAINTAINER, REPORTER, level
from infra.practice_forge.gitlab.acts.notes import Words, add_note, edit_note
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.records import Kind, MergeRequest, Note, Subject
from infra.practice_forge.gitlab.refusals import bad_parameter, forbidden, record_not_found, unauthorized
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes.notes import note as shape
from infra.practice_forge.rest.calls import Reply, no_content
from infra.practice_forge.state import Account, Repository

PLACES: tuple[tuple[Kind, str], ...] = (("issue", "issues"), ("merge_request", "merge_requests"))


def readable(call: Call, repo: Repository, subject: Subject) -> list[Note]:
    """Return the notes that the asker may see: strangers none, internal ones reporters only."""
    if call.asker.account is None:
        raise unauthorized()
    notes = call.shelves.notes_of(subject)
    may_all = level(call.asker, repo) >= REPORTER
    return [note for note in notes if may_all or not note.internal or note.author == call.asker.login]


def require_unlocked(call: Call, repo: Repository, subject: Subject) -> Account:
    """Return who writes a note; in a locked discussion only members may."""
    author = call.writer(repo)
    locked = not isinstance(subject, MergeRequest) and subject.locked
    if locked and level(call.asker, repo) == 0:
        raise forbidden()
    return author


def find(call: Call, repo: Repository, subject: Subject, number: int) -> Note:
    """Find a note that the asker may see, or raise 404."""
    note = next((note for note in readable(call, repo, subject) if note.id == number), None)
    if note is None:
        raise record_not_found()
    return note


def list_notes(call: Call, project: str, number: int, *, kind: Kind) -> Reply:
    """GET .../notes, newest first unless asked otherwise."""
    repo, params = call.project(project), call.params()
    subject = call.subject(repo, kind, number)
    order = params.choice("order_by", "created_at", "updated_at") or "created_at"
    oldest_first = params.choice("sort", "asc", "desc") == "asc"
    notes = readable(call, repo, subject)
    notes.sort(key=lambda note: (getattr(note, order), note.id), reverse=not oldest_first)
    return page_of(call, notes, lambda note: shape(call.shelves, subject, note))


def post_note(call: Call, project: str, number: int, *, kind: Kind) -> Reply:
    """POST .../notes."""
    repo, params = call.project(project), call.params()
    subject = call.subject(repo, kind, number)
    author = require_unlocked(call, repo, subject)
    internal = bool(params.flag("internal")) or bool(params.flag("confidential"))
    if internal and level(call.asker, repo) < REPORTER:
        raise forbidden()
    note = add_note(call.shelves, repo, author, subject, Words(params.text("body"), internal=internal))
    return Reply(shape(call.shelves, call.subject(repo, kind, number), note), HTTPStatus.CREATED)


def get_note(call: Call, project: str, number: int, note: int, *, kind: Kind) -> Reply:
    """GET .../notes/:note_id."""
    repo = call.project(project)
    subject = call.subject(repo, kind, number)
    return Reply(shape(call.shelves, subject, find(call, repo, subject, note)))


def put_note(call: Call, project: str, number: int, note: int, *, kind: Kind) -> Reply:
    """PUT .../notes/:note_id: only one's own."""
    repo = call.project(project)
    subject = call.subject(repo, kind, number)
    return Reply(shape(call.shelves, subject, rewrite(call, repo, find(call, repo, subject, note))))


def rewrite(call: Call, repo: Repository, note: Note) -> Note:
    """Replace a note's text by `body`; others' notes are for maintainers."""
    author, body = call.writer(repo), call.params().text_or_none("body")
    if note.system or (note.author != author.login and level(call.asker, repo) < MAINTAINER):
        raise forbidden()
    if body is not None and not body.strip():
        raise bad_parameter("body is empty")
    return note if body is None else edit_note(call.shelves, repo, author, note, body)


def delete_note(call: Call, project: str, number: int, note: int, *, kind: Kind) -> Reply:
    """DELETE .../notes/:note_id: one's own, or anybody's for maintainers; no hook tells of it."""
    repo = call.project(project)
    subject = call.subject(repo, kind, number)
    found = find(call, repo, subject, note)
    author = call.writer(repo)
    if found.system or (found.author != author.login and level(call.asker, repo) < MAINTAINER):
        raise forbidden()
    call.shelves.notes.pop(found.id)
    return no_content()


def may_resolve(call: Call, repo: Repository, subject: Subject, note: Note) -> bool:
    """Return whether the asker may resolve a discussion: developers, and the authors of either."""
    own = call.asker.login in {subject.author, note.author}
    return own or level(call.asker, repo) >= DEVELOPER


ROUTES = tuple(
    Route(method, f"/projects/:project/{place}/:number/notes{rest}", partial(handler, kind=kind))
    for kind, place in PLACES
    for method, rest, handler in (
        ("GET", "", list_notes),
        ("POST", "", post_note),
        ("GET", "/:note", get_note),
        ("PUT", "/:note", put_note),
        ("DELETE", "/:note", delete_note),
    )
)
