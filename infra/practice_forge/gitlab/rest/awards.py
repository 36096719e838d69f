"""Award emoji on issues, merge requests and their notes."""

import re
from functools import partial
from http import HTTPStatus

from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.records import Award, Kind
from infra.practice_forge.gitlab.refusals import not_found, record_not_found, unauthorized
from infra.practice_forge.gitlab.rest.notes import PLACES, find
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes.issues import award as shape
from infra.practice_forge.rest.calls import Reply, no_content

NAME = re.compile(r"[a-z0-9_+-]{1,64}")
SUBJECT_TYPES = {"issue": "Issue", "merge_request": "MergeRequest"}


def _subject(call: Call, project: str, number: int, note: int, kind: Kind) -> tuple[int, str]:
    """Return id and type of what carries the emoji."""
    repo = call.project(project)
    subject = call.subject(repo, kind, number)
    return (find(call, repo, subject, note).id, "Note") if note else (subject.id, SUBJECT_TYPES[kind])


def _on(call: Call, subject: int) -> list[Award]:
    return [award for award in call.shelves.awards.values() if award.subject == subject]


def list_awards(call: Call, project: str, number: int, note: int = 0, *, kind: Kind) -> Reply:
    """GET .../award_emoji."""
    subject, _ = _subject(call, project, number, note, kind)
    return page_of(call, _on(call, subject), lambda award: shape(call.forge, award))


def post_award(call: Call, project: str, number: int, note: int = 0, *, kind: Kind) -> Reply:
    """POST .../award_emoji: 404, of all things, for one that is there already or is no emoji."""
    subject, subject_type = _subject(call, project, number, note, kind)
    author, name = call.writer(call.project(project)), call.params().text("name")
    if not NAME.fullmatch(name):
        raise not_found("Award Emoji Name is not a valid emoji name")
    if any((award.author, award.name) == (author.login, name) for award in _on(call, subject)):
        raise not_found("Award Emoji Name has already been taken")
    award = Award(call.shelves.state.new_id(), subject, subject_type, author.login, name, call.shelves.state.now())
    call.shelves.awards[award.id] = award
    return Reply(shape(call.forge, award), HTTPStatus.CREATED)


def _find(call: Call, subject: int, award: int) -> Award:
    found = call.shelves.awards.get(award)
    if found is None or found.subject != subject:
        raise record_not_found()
    return found


def get_award(call: Call, project: str, number: int, note: int = 0, *, award: int, kind: Kind) -> Reply:
    """GET .../award_emoji/:award_id."""
    subject, _ = _subject(call, project, number, note, kind)
    return Reply(shape(call.forge, _find(call, subject, award)))


def delete_award(call: Call, project: str, number: int, note: int = 0, *, award: int, kind: Kind) -> Reply:
    """DELETE .../award_emoji/:award_id: only one's own, 401 for others."""
    subject, _ = _subject(call, project, number, note, kind)
    found = _find(call, subject, award)
    if found.author != call.asker.login:
        raise unauthorized()
    call.shelves.awards.pop(award)
    return no_content()


ROUTES = tuple(
    Route(method, f"/projects/:project/{place}/:number{on}/award_emoji{rest}", partial(handler, kind=kind))
    for kind, place in PLACES
    for on in ("", "/notes/:note")
    for method, rest, handler in (
        ("GET", "", list_awards),
        ("POST", "", post_award),
        ("GET", "/:award", get_award),
        ("DELETE", "/:award", delete_award),
    )
)
