"""Writing, editing and deleting notes, in discussions or alone, and telling the hooks."""

import dataclasses
from typing import Any

from infra.practice_forge.gitlab.acts.announce import announce, envelope, hook_time, subject_attributes
from infra.practice_forge.gitlab.acts.subjects import LONGEST_TEXT
from infra.practice_forge.gitlab.records import MergeRequest, Note, Position, Subject, discussion_of, kind_of
from infra.practice_forge.gitlab.refusals import invalid_note
from infra.practice_forge.gitlab.shapes.notes import NOTEABLE, position
from infra.practice_forge.gitlab.shapes.people import person
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.gitlab.suggestions import check_suggestions
from infra.practice_forge.state import Account, Issue, Repository


@dataclasses.dataclass(frozen=True, slots=True)
class Words:
    """A note to write; an empty `discussion` starts a new one, `threaded` lets others reply to it."""

    body: str
    discussion: str = ""
    threaded: bool = False
    position: Position | None = None
    internal: bool = False

    @property
    def type(self) -> str:
        """Return GitLab's name of this kind of note."""
        if self.position:
            return "DiffNote"
        return "DiscussionNote" if self.threaded else ""


def check_body(body: str) -> None:
    """Refuse a note that is blank or longer than GitLab allows."""
    if not body.strip():
        raise invalid_note("note", "can't be blank")
    if len(body) > LONGEST_TEXT:
        raise invalid_note("note", f"is too long (maximum is {LONGEST_TEXT} characters)")


def add_note(shelves: Shelves, repo: Repository, author: Account, subject: Subject, words: Words) -> Note:
    """Write a note and tell the hooks."""
    check_body(words.body)
    check_suggestions(words.body)
    number, now = shelves.state.new_id(), shelves.state.now()
    note = Note(
        id=number,
        repo_id=repo.id,
        kind=kind_of(subject),
        number=subject.number,
        author=author.login,
        body=words.body,
        discussion=words.discussion or discussion_of(number),
        created_at=now,
        updated_at=now,
        type=words.type,
        position=words.position,
        internal=words.internal,
    )
    _join(shelves, subject, note)
    shelves.notes[note.id] = note
    shelves.touch(subject, now)
    tell(shelves, repo, author, note, "create")
    return note


def _join(shelves: Shelves, subject: Subject, reply: Note) -> None:
    """Make a thread of a note that stood alone until somebody replied to it."""
    for note in shelves.notes_of(subject):
        if note.discussion == reply.discussion and not note.type:
            shelves.notes[note.id] = dataclasses.replace(note, type="DiscussionNote")


def edit_note(shelves: Shelves, repo: Repository, author: Account, note: Note, body: str) -> Note:
    """Replace the text of a note and tell the hooks."""
    check_body(body)
    check_suggestions(body)
    new = dataclasses.replace(note, body=body, updated_at=shelves.state.now())
    shelves.notes[note.id] = new
    tell(shelves, repo, author, new, "update")
    return new


def resolve(shelves: Shelves, author: Account, notes: list[Note], *, resolved: bool) -> list[Note]:
    """Resolve notes of a discussion, or open it again; no hook tells of it."""
    now = shelves.state.now()
    changed = []
    for note in notes:
        who, when = (note.resolved_by or author.login, note.resolved_at or now) if resolved else ("", None)
        shelves.notes[note.id] = dataclasses.replace(note, resolved_by=who, resolved_at=when)
        changed.append(shelves.notes[note.id])
    return changed


def tell(shelves: Shelves, repo: Repository, author: Account, note: Note, action: str) -> None:
    """Send the event of a note, with the issue or merge request that it is on."""
    payload = event(shelves, repo, author, note, action)
    announce(shelves, repo, flag_of(note, shelves.subject_of(note)), payload)


def event(shelves: Shelves, repo: Repository, author: Account, note: Note, action: str) -> dict[str, Any]:
    """Return the payload of a note."""
    subject = shelves.subject_of(note)
    about = subject_attributes(shelves, repo, subject)
    where = position(note.position) if note.position else None
    attributes = {
        "id": note.id,
        "note": note.body,
        "description": note.body,
        "noteable_type": NOTEABLE[note.kind],
        "noteable_id": subject.id,
        "author_id": person(shelves.forge, note.author)["id"],
        "created_at": hook_time(note.created_at),
        "updated_at": hook_time(note.updated_at),
        "project_id": repo.id,
        "discussion_id": note.discussion,
        "type": note.type or None,
        "position": where,
        "original_position": where,
        "line_code": note.position.line_code if note.position else None,
        "system": False,
        "internal": note.internal,
        "confidential": note.internal or None,
        "commit_id": None,
        "resolved_at": hook_time(note.resolved_at),
        "action": action,
        "url": f"{about['url']}#note_{note.id}",
    }
    payload = envelope(shelves, repo, author, "note")
    return payload | {"project_id": repo.id, "object_attributes": attributes, note.kind: about}


def flag_of(note: Note, subject: Subject) -> str:
    """Return the flag under which hooks hear of a note; what is internal or confidential has its own."""
    hidden = note.internal or (isinstance(subject, Issue) and subject.confidential)
    return "confidential_note_events" if hidden and not isinstance(subject, MergeRequest) else "note_events"
