"""System notes: what GitLab itself writes into a conversation, between the notes of people. No hook tells of them."""

from infra.practice_forge.gitlab.records import Note, Subject, discussion_of, kind_of
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.state import Account


def remark(shelves: Shelves, author: Account, subject: Subject, text: str) -> None:
    """Write a system note in the name of whoever did it."""
    number, now = shelves.state.new_id(), shelves.state.now()
    shelves.notes[number] = Note(
        id=number,
        repo_id=subject.repo_id,
        kind=kind_of(subject),
        number=subject.number,
        author=author.login,
        body=text,
        discussion=discussion_of(number),
        created_at=now,
        updated_at=now,
        system=True,
    )
