"""Draft notes: a review that its author alone sees until it is published at once."""

import dataclasses
from http import HTTPStatus

from infra.practice_forge.gitlab.acts.notes import Words, add_note, check_body, resolve
from infra.practice_forge.gitlab.calls import Call
from infra.practice_forge.gitlab.params import Params
from infra.practice_forge.gitlab.positions import read_position
from infra.practice_forge.gitlab.records import Draft, MergeRequest, Position
from infra.practice_forge.gitlab.refusals import bad_request, not_found, record_not_found
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes.notes import draft as shape
from infra.practice_forge.gitlab.suggestions import check_suggestions
from infra.practice_forge.rest.calls import Reply, no_content
from infra.practice_forge.state import Account, Repository


def _own(call: Call, request: MergeRequest, author: Account) -> list[Draft]:
    place = (request.repo_id, request.number, author.login)
    return [draft for draft in call.shelves.drafts.values() if (draft.repo_id, draft.number, draft.author) == place]


def _find(call: Call, request: MergeRequest, author: Account, number: int) -> Draft:
    draft = next((draft for draft in _own(call, request, author) if draft.id == number), None)
    if draft is None:
        raise record_not_found()
    return draft


def _place(call: Call, project: str, number: int) -> tuple[Repository, MergeRequest, Account]:
    repo = call.project(project)
    return repo, call.merge_request(repo, number), call.writer(repo)


def list_drafts(call: Call, project: str, number: int) -> Reply:
    """GET .../draft_notes: one's own, all of them."""
    _, request, author = _place(call, project, number)
    return Reply([shape(call.shelves, draft) for draft in _own(call, request, author)])


def get_draft(call: Call, project: str, number: int, draft: int) -> Reply:
    """GET .../draft_notes/:draft_note_id."""
    _, request, author = _place(call, project, number)
    return Reply(shape(call.shelves, _find(call, request, author, draft)))


def post_draft(call: Call, project: str, number: int) -> Reply:
    """POST .../draft_notes, on a line, on a file, as a reply or for itself."""
    repo, request, author = _place(call, project, number)
    params = call.params()
    body, reply_to = params.text("note"), params.text_or_none("in_reply_to_discussion_id") or ""
    check_body(body)
    check_suggestions(body)
    if reply_to and all(note.discussion != reply_to for note in call.shelves.notes_of(request)):
        raise not_found("Discussion")
    draft = Draft(
        id=call.shelves.state.new_id(),
        repo_id=repo.id,
        number=request.number,
        author=author.login,
        body=body,
        position=_position(call, repo, request, params),
        discussion=reply_to,
        resolves=bool(params.flag("resolve_discussion")),
    )
    call.shelves.drafts[draft.id] = draft
    return Reply(shape(call.shelves, draft), HTTPStatus.CREATED)


def _position(call: Call, repo: Repository, request: MergeRequest, params: Params) -> Position | None:
    place = params.nested("position")
    return None if place is None else read_position(place, request, call.git(repo))


def put_draft(call: Call, project: str, number: int, draft: int) -> Reply:
    """PUT .../draft_notes/:draft_note_id."""
    repo, request, author = _place(call, project, number)
    params = call.params()
    body = params.text_or_none("note") or ""
    if not body.strip():
        raise bad_request("Missing params to modify")
    check_body(body)
    old = _find(call, request, author, draft)
    position = _position(call, repo, request, params) or old.position
    call.shelves.drafts[draft] = dataclasses.replace(old, body=body, position=position)
    return Reply(shape(call.shelves, call.shelves.drafts[draft]))


def delete_draft(call: Call, project: str, number: int, draft: int) -> Reply:
    """DELETE .../draft_notes/:draft_note_id."""
    _, request, author = _place(call, project, number)
    call.shelves.drafts.pop(_find(call, request, author, draft).id)
    return no_content()


def publish_draft(call: Call, project: str, number: int, draft: int) -> Reply:
    """PUT .../draft_notes/:draft_note_id/publish."""
    repo, request, author = _place(call, project, number)
    _publish(call, repo, author, _find(call, request, author, draft))
    return no_content()


def bulk_publish(call: Call, project: str, number: int) -> Reply:
    """POST .../draft_notes/bulk_publish: people get one mail, hooks hear of every note."""
    repo, request, author = _place(call, project, number)
    for draft in _own(call, request, author):
        _publish(call, repo, author, draft)
    return no_content()


def _publish(call: Call, repo: Repository, author: Account, draft: Draft) -> None:
    """Turn a draft into a note; a reply may resolve what it answers."""
    shelves = call.shelves
    request = call.merge_request(repo, draft.number)
    thread = [note for note in shelves.notes_of(request) if note.discussion == draft.discussion]
    position = draft.position or (thread[0].position if thread else None)
    words = Words(draft.body, draft.discussion, threaded=bool(draft.discussion), position=position)
    note = add_note(shelves, repo, author, request, words)
    shelves.drafts.pop(draft.id)
    if draft.resolves:
        resolve(shelves, author, [*thread, note], resolved=True)


DRAFTS = "/projects/:project/merge_requests/:number/draft_notes"
ROUTES = (
    Route("GET", DRAFTS, list_drafts),
    Route("POST", DRAFTS, post_draft),
    Route("POST", f"{DRAFTS}/bulk_publish", bulk_publish),
    Route("GET", f"{DRAFTS}/:draft", get_draft),
    Route("PUT", f"{DRAFTS}/:draft", put_draft),
    Route("DELETE", f"{DRAFTS}/:draft", delete_draft),
    Route("PUT", f"{DRAFTS}/:draft/publish", publish_draft),
)
