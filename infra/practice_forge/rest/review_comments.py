"""Comments on lines and files of pull requests, answers to them, and reactions."""

from http import HTTPStatus

from infra.practice_forge.acts.comments import react
from infra.practice_forge.acts.review_comments import add_comment, delete_comment, edit_comment, reply, threads
from infra.practice_forge.acts.reviews import Remark
from infra.practice_forge.auth import require_read, require_write
from infra.practice_forge.refusals import forbidden, invalid_request, not_found
from infra.practice_forge.rest.calls import Call, Reply, Route, created, no_content, page_of
from infra.practice_forge.rest.reviews import read_place, readable_pull, writable_pull
from infra.practice_forge.shapes import reviews as shapes
from infra.practice_forge.shapes.issues import reaction as reaction_shape
from infra.practice_forge.state import Account, Repository, ReviewComment

SUBJECTS = {"line", "file"}


def list_comments(call: Call, owner: str, name: str, number: int) -> Reply:
    """GET /repos/{owner}/{repo}/pulls/{number}/comments, oldest first; those kept back are in none of the lists."""
    repo, pull = readable_pull(call, owner, name, number)
    found = [comment for said in threads(call.forge, repo, pull.number).values() for comment in said]
    found.sort(key=lambda comment: comment.id)
    return page_of(call, found, lambda comment: shapes.comment(call.forge, repo, comment))


def post_comment(call: Call, owner: str, name: str, number: int) -> Reply:
    """POST /repos/{owner}/{repo}/pulls/{number}/comments: on a line, on a file, or as an answer."""
    repo, pull, author = writable_pull(call, owner, name, number)
    fields = call.fields()
    body, answered = fields.text("body"), fields.number_or_none("in_reply_to")
    if answered is not None:  # then all else is ignored, as on GitHub
        said = reply(call.forge, repo, author, _comment(call, repo, answered, number), body)
        return created(shapes.comment(call.forge, repo, said))
    commit, subject, place = fields.text("commit_id"), fields.text_or_none("subject_type") or "line", read_place(fields)
    has_line = place.line is not None or place.position is not None
    if subject not in SUBJECTS or has_line != (subject == "line"):
        raise invalid_request('No subschema in "oneOf" matched: "line", "position" or a "subject_type" of "file".')
    remark = add_comment(call.forge, repo, author, pull, Remark(body, place), commit=commit)
    return created(shapes.comment(call.forge, repo, remark))


def post_reply(call: Call, owner: str, name: str, number: int, comment: int) -> Reply:
    """POST /repos/{owner}/{repo}/pulls/{number}/comments/{id}/replies."""
    repo, _, author = writable_pull(call, owner, name, number)
    said = reply(call.forge, repo, author, _comment(call, repo, comment, number), call.fields().text("body"))
    return created(shapes.comment(call.forge, repo, said))


def get_comment(call: Call, owner: str, name: str, comment: int) -> Reply:
    """GET /repos/{owner}/{repo}/pulls/comments/{id}."""
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "pull_requests")
    return Reply(shapes.comment(call.forge, repo, _comment(call, repo, comment)))


def patch_comment(call: Call, owner: str, name: str, comment: int) -> Reply:
    """PATCH /repos/{owner}/{repo}/pulls/comments/{id}."""
    repo, author, record = _own(call, owner, name, comment)
    edited = edit_comment(call.forge, repo, author, record, call.fields().text("body"))
    return Reply(shapes.comment(call.forge, repo, edited))


def remove_comment(call: Call, owner: str, name: str, comment: int) -> Reply:
    """DELETE /repos/{owner}/{repo}/pulls/comments/{id}."""
    repo, author, record = _own(call, owner, name, comment)
    delete_comment(call.forge, repo, author, record)
    return no_content()


def list_reactions(call: Call, owner: str, name: str, comment: int) -> Reply:
    """GET /repos/{owner}/{repo}/pulls/comments/{id}/reactions."""
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "pull_requests")
    record = _comment(call, repo, comment)
    found = [each for each in call.forge.state.reactions.values() if each.subject == record.id]
    return page_of(call, found, lambda each: reaction_shape(call.forge, each))


def post_reaction(call: Call, owner: str, name: str, comment: int) -> Reply:
    """POST /repos/{owner}/{repo}/pulls/comments/{id}/reactions: 201 when it is new, 200 when it was there already."""
    repo = call.repo(owner, name)
    author = require_write(call.actor, repo, "pull_requests")
    record = _comment(call, repo, comment)
    found, is_new = react(call.forge, author, record.id, call.fields().text("content"))
    return Reply(reaction_shape(call.forge, found), HTTPStatus.CREATED if is_new else HTTPStatus.OK)


def _comment(call: Call, repo: Repository, comment: int, number: int = 0) -> ReviewComment:
    record = call.forge.state.review_comments.get(comment)
    if record is None or record.repo_id != repo.id or number not in {0, record.number}:
        raise not_found()
    review = call.forge.state.reviews[record.review]
    if review.submitted_at is None and review.author != call.actor.login:
        raise not_found()
    return record


def _own(call: Call, owner: str, name: str, comment: int) -> tuple[Repository, Account, ReviewComment]:
    repo = call.repo(owner, name)
    author = require_write(call.actor, repo, "pull_requests")
    record = _comment(call, repo, comment)
    if record.author != author.login:
        raise forbidden("Must have admin rights to Repository.")
    return repo, author, record


PULLS = "/repos/<owner>/<name>/pulls"
ROUTES = (
    Route("GET", f"{PULLS}/<int:number>/comments", list_comments),
    Route("POST", f"{PULLS}/<int:number>/comments", post_comment, is_content=True),
    Route("POST", f"{PULLS}/<int:number>/comments/<int:comment>/replies", post_reply, is_content=True),
    Route("GET", f"{PULLS}/comments/<int:comment>", get_comment),
    Route("PATCH", f"{PULLS}/comments/<int:comment>", patch_comment),
    Route("DELETE", f"{PULLS}/comments/<int:comment>", remove_comment),
    Route("GET", f"{PULLS}/comments/<int:comment>/reactions", list_reactions),
    Route("POST", f"{PULLS}/comments/<int:comment>/reactions", post_reaction),
)
