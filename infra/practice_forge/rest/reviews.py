"""Reviews of pull requests: given at once, or kept back and submitted later."""

from infra.practice_forge.acts.reviews import (
    PENDING,
    Draft,
    Remark,
    comments_of,
    delete_review,
    edit_review,
    give_review,
    submit_review,
)
from infra.practice_forge.auth import require_read, require_write
from infra.practice_forge.refusals import forbidden, invalid_request, not_found
from infra.practice_forge.rest.calls import Call, Reply, Route, page_of
from infra.practice_forge.rest.fields import Fields
from infra.practice_forge.shapes import reviews as shapes
from infra.practice_forge.spots import SIDES, Wish
from infra.practice_forge.state import Account, PullRequest, Repository, Review


def list_reviews(call: Call, owner: str, name: str, number: int) -> Reply:
    """GET /repos/{owner}/{repo}/pulls/{number}/reviews, oldest first."""
    repo, pull = readable_pull(call, owner, name, number)
    found = [
        review
        for review in call.forge.state.reviews.values()
        if (review.repo_id, review.number) == (repo.id, pull.number) and _is_seen(call, review)
    ]
    return page_of(call, found, lambda review: shapes.review(call.forge, repo, review))


def post_review(call: Call, owner: str, name: str, number: int) -> Reply:
    """POST /repos/{owner}/{repo}/pulls/{number}/reviews; without `event` it is kept back."""
    repo, pull, author = writable_pull(call, owner, name, number)
    fields = call.fields()
    draft = Draft(
        fields.text_or_none("event") or "",
        fields.text_or_none("body") or "",
        fields.text_or_none("commit_id") or "",
        [Remark(each.text("body"), read_place(each)) for each in fields.objects("comments")],
    )
    if any(remark.place.line is None and remark.place.position is None for remark in draft.remarks):
        raise invalid_request('No subschema in "oneOf" matched: "position" or "line" is needed for comments.')
    return Reply(shapes.review(call.forge, repo, give_review(call.forge, repo, author, pull, draft)))


def read_place(fields: Fields) -> Wish:
    """Read where a comment shall stand."""
    side, start_side = fields.text_or_none("side") or "RIGHT", fields.text_or_none("start_side")
    for word in {side, start_side} - {None}:
        if word not in SIDES:
            raise invalid_request(f"{word} is not a member of {list(SIDES)}.")
    return Wish(
        fields.text("path"),
        side,
        fields.number_or_none("line"),
        start_side,
        fields.number_or_none("start_line"),
        fields.number_or_none("position"),
    )


def get_review(call: Call, owner: str, name: str, number: int, review: int) -> Reply:
    """GET /repos/{owner}/{repo}/pulls/{number}/reviews/{id}."""
    repo, _ = readable_pull(call, owner, name, number)
    return Reply(shapes.review(call.forge, repo, _review(call, repo, number, review)))


def put_review(call: Call, owner: str, name: str, number: int, review: int) -> Reply:
    """PUT /repos/{owner}/{repo}/pulls/{number}/reviews/{id}: another summary."""
    repo, author, record = _own(call, owner, name, number, review)
    edited = edit_review(call.forge, repo, author, record, call.fields().text("body"))
    return Reply(shapes.review(call.forge, repo, edited))


def remove_review(call: Call, owner: str, name: str, number: int, review: int) -> Reply:
    """DELETE /repos/{owner}/{repo}/pulls/{number}/reviews/{id}: only one that is kept back."""
    repo, _, record = _own(call, owner, name, number, review)
    shape = shapes.review(call.forge, repo, record)
    delete_review(call.forge, record)
    return Reply(shape)


def post_event(call: Call, owner: str, name: str, number: int, review: int) -> Reply:
    """POST /repos/{owner}/{repo}/pulls/{number}/reviews/{id}/events: submit one that was kept back."""
    repo, author, record = _own(call, owner, name, number, review)
    fields = call.fields()
    event, body = fields.text("event"), fields.text_or_none("body")
    return Reply(
        shapes.review(call.forge, repo, submit_review(call.forge, repo, author, record, event=event, body=body))
    )


def list_comments(call: Call, owner: str, name: str, number: int, review: int) -> Reply:
    """GET /repos/{owner}/{repo}/pulls/{number}/reviews/{id}/comments."""
    repo, _ = readable_pull(call, owner, name, number)
    found = comments_of(call.forge, _review(call, repo, number, review))
    return page_of(call, found, lambda comment: shapes.comment(call.forge, repo, comment))


def readable_pull(call: Call, owner: str, name: str, number: int) -> tuple[Repository, PullRequest]:
    """Find a pull request that the asker may read."""
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "pull_requests")
    return repo, call.pull(repo, number)


def writable_pull(call: Call, owner: str, name: str, number: int) -> tuple[Repository, PullRequest, Account]:
    """Find a pull request about which the asker may speak."""
    repo = call.repo(owner, name)
    author = require_write(call.actor, repo, "pull_requests")
    return repo, call.pull(repo, number), author


def _is_seen(call: Call, review: Review) -> bool:
    return review.state != PENDING or review.author == call.actor.login


def _review(call: Call, repo: Repository, number: int, review: int) -> Review:
    record = call.forge.state.reviews.get(review)
    if record is None or (record.repo_id, record.number) != (repo.id, number) or not _is_seen(call, record):
        raise not_found()
    return record


def _own(call: Call, owner: str, name: str, number: int, review: int) -> tuple[Repository, Account, Review]:
    repo, _, author = writable_pull(call, owner, name, number)
    record = _review(call, repo, number, review)
    if record.author != author.login:
        raise forbidden("Must have admin rights to Repository.")
    return repo, author, record


REVIEWS = "/repos/<owner>/<name>/pulls/<int:number>/reviews"
ROUTES = (
    Route("GET", REVIEWS, list_reviews),
    Route("POST", REVIEWS, post_review, is_content=True),
    Route("GET", f"{REVIEWS}/<int:review>", get_review),
    Route("PUT", f"{REVIEWS}/<int:review>", put_review),
    Route("DELETE", f"{REVIEWS}/<int:review>", remove_review),
    Route("POST", f"{REVIEWS}/<int:review>/events", post_event, is_content=True),
    Route("GET", f"{REVIEWS}/<int:review>/comments", list_comments),
)
