"""Single comments on lines and files of a pull request, answers to them, and conversations that are settled."""

import dataclasses
from http import HTTPStatus

from infra.practice_forge.acts.announce import announce
from infra.practice_forge.acts.issues import LONGEST_BODY
from infra.practice_forge.acts.reviews import (
    VERDICTS,
    Remark,
    check_nothing_pending,
    new_comment,
    new_review,
    reviewed,
    tell_comment,
)
from infra.practice_forge.forge import Forge
from infra.practice_forge.refusals import RefusalError, custom, invalid, not_found
from infra.practice_forge.shapes.people import node_id
from infra.practice_forge.shapes.pulls import pull as pull_shape
from infra.practice_forge.shapes.reviews import comment as comment_shape
from infra.practice_forge.spots import NoSpotError, find_spot
from infra.practice_forge.state import Account, PullRequest, Repository, Review, ReviewComment, Spot

RESOURCE = "PullRequestReviewComment"


def check_body(body: str) -> None:
    """Refuse a comment that is blank or too long."""
    if not body.strip():
        raise custom(RESOURCE, "Body can't be blank")
    if len(body) > LONGEST_BODY:
        raise invalid(RESOURCE, "body", "custom", f"body is too long (maximum is {LONGEST_BODY} characters)")


def add_comment(
    forge: Forge, repo: Repository, author: Account, pull: PullRequest, remark: Remark, *, commit: str
) -> ReviewComment:
    """Write one comment, which GitHub wraps into a review of its own."""
    check_body(remark.body)
    check_nothing_pending(forge, repo, author, pull)
    sha, files = reviewed(forge, repo, pull, commit)
    try:
        spot = find_spot(files, remark.place)
    except NoSpotError as error:
        raise _failed(error) from error
    review = new_review(forge, pull, author, sha, state=VERDICTS["COMMENT"], body="")
    return _said(forge, repo, review, author, remark.body, spot=spot)


def reply(forge: Forge, repo: Repository, author: Account, first: ReviewComment, body: str) -> ReviewComment:
    """Answer in a conversation; `first` is the comment that began it."""
    check_body(body)
    if first.thread != first.id:
        raise custom(RESOURCE, "Replies to replies are not supported")
    pull = forge.state.pulls[repo.id, first.number]
    check_nothing_pending(forge, repo, author, pull)
    review = new_review(forge, pull, author, first.commit, state=VERDICTS["COMMENT"], body="")
    return _said(forge, repo, review, author, body, spot=first.spot, thread=first.id)


def _said(
    forge: Forge, repo: Repository, review: Review, author: Account, body: str, *, spot: Spot, thread: int = 0
) -> ReviewComment:
    comment = new_comment(forge, review, author, body, spot, thread=thread)
    tell_comment(forge, repo, author, comment, {"action": "created"})
    return comment


def _failed(error: NoSpotError) -> RefusalError:
    fields = [(f"pull_request_review_thread.{field}", wrong) for field, wrong in error.complaints]
    errors = [
        {"resource": RESOURCE, "code": "custom", "field": field, "message": f"{field} {wrong}"}
        for field, wrong in fields
    ]
    return RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, "Validation Failed", errors=errors)


def edit_comment(forge: Forge, repo: Repository, author: Account, comment: ReviewComment, body: str) -> ReviewComment:
    """Replace the text of a comment and tell the App what it was."""
    check_body(body)
    new = dataclasses.replace(comment, body=body, updated_at=forge.state.now())
    forge.state.review_comments[comment.id] = new
    tell_comment(forge, repo, author, new, {"action": "edited", "changes": {"body": {"from": comment.body}}})
    return new


def delete_comment(forge: Forge, repo: Repository, author: Account, comment: ReviewComment) -> None:
    """Remove a comment and tell the App; answers to it stay."""
    forge.state.review_comments.pop(comment.id)
    tell_comment(forge, repo, author, comment, {"action": "deleted"})


def threads(forge: Forge, repo: Repository, number: int, *, viewer: str = "") -> dict[int, list[ReviewComment]]:
    """Return the conversations of a pull request that `viewer` may see, oldest first, by their ids."""
    found: dict[int, list[ReviewComment]] = {}
    for comment in forge.state.review_comments.values():
        review = forge.state.reviews[comment.review]
        hidden = review.submitted_at is None and review.author != viewer
        if (comment.repo_id, comment.number) == (repo.id, number) and not hidden:
            found.setdefault(comment.thread, []).append(comment)
    return found


def settle(forge: Forge, repo: Repository, author: Account, thread: int, *, resolved: bool) -> None:
    """Mark a conversation as settled or not, and tell the App if that is news; raises 404 where there is none."""
    said = [comment for comment in forge.state.review_comments.values() if comment.thread == thread]
    if not said or said[0].repo_id != repo.id:
        raise not_found()
    if (thread in forge.state.resolved) == resolved:
        return
    if resolved:
        forge.state.resolved[thread] = author.login
    else:
        forge.state.resolved.pop(thread)
    payload = {
        "action": "resolved" if resolved else "unresolved",
        "pull_request": pull_shape(forge, repo, forge.state.pulls[repo.id, said[0].number]),
        "thread": {
            "node_id": node_id("PRRT", thread),
            "comments": [comment_shape(forge, repo, comment) for comment in said],
        },
    }
    announce(forge, repo, author, "pull_request_review_thread", payload)
