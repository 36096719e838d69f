"""Reviewing pull requests: a verdict and comments on lines, given at once or kept back until they are submitted."""

import dataclasses
import re
from collections.abc import Sequence
from http import HTTPStatus

from infra.practice_forge.acts.announce import announce
from infra.practice_forge.acts.issues import LONGEST_BODY
from infra.practice_forge.forge import Forge
from infra.practice_forge.history import FileDiff, diff_files, fork_point
from infra.practice_forge.refusals import RefusalError
from infra.practice_forge.shapes.pulls import pull as pull_shape
from infra.practice_forge.shapes.reviews import comment as comment_shape
from infra.practice_forge.shapes.reviews import review as review_shape
from infra.practice_forge.spots import NoSpotError, Wish, find_spot
from infra.practice_forge.state import Account, PullRequest, Repository, Review, ReviewComment, Spot

VERDICTS = {"APPROVE": "APPROVED", "REQUEST_CHANGES": "CHANGES_REQUESTED", "COMMENT": "COMMENTED"}
PENDING = "PENDING"
FULL_SHA = re.compile(r"[0-9a-f]{40}")


@dataclasses.dataclass(frozen=True, slots=True)
class Remark:
    """A comment to write: its text and where it shall stand."""

    body: str
    place: Wish


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """A review to give; `event` is GitHub's word, such as `APPROVE`, or empty for one that is kept back."""

    event: str
    body: str
    commit: str = ""
    remarks: Sequence[Remark] = ()


def refused(*errors: str) -> RefusalError:
    """Say 422 as GitHub says it of reviews: a plain list of sentences."""
    return RefusalError(HTTPStatus.UNPROCESSABLE_ENTITY, "Unprocessable Entity", errors=errors)


def give_review(forge: Forge, repo: Repository, author: Account, pull: PullRequest, draft: Draft) -> Review:
    """Review a pull request. One comment that cannot stand where it shall refuses the whole review."""
    if draft.event:
        check_verdict(forge, author, pull, draft.event, draft.body)
    check_length(draft.body)
    check_nothing_pending(forge, repo, author, pull)
    commit, files = reviewed(forge, repo, pull, draft.commit)
    spots = [_spot(files, remark) for remark in draft.remarks]
    review = new_review(forge, pull, author, commit, state=PENDING, body=draft.body)
    for remark, spot in zip(draft.remarks, spots, strict=True):
        new_comment(forge, review, author, remark.body, spot)
    return publish(forge, repo, author, review, draft.event) if draft.event else review


def submit_review(
    forge: Forge, repo: Repository, author: Account, review: Review, *, event: str, body: str | None
) -> Review:
    """Give a review that was kept back."""
    require_pending(review, "submit")
    words = review.body if body is None else body
    check_verdict(forge, author, forge.state.pulls[repo.id, review.number], event, words)
    check_length(words)
    return publish(forge, repo, author, dataclasses.replace(review, body=words), event)


def edit_review(forge: Forge, repo: Repository, author: Account, review: Review, body: str) -> Review:
    """Replace the summary of a review."""
    check_length(body)
    new = dataclasses.replace(review, body=body)
    forge.state.reviews[review.id] = new
    if review.state != PENDING:
        _tell(forge, repo, author, new, {"action": "edited", "changes": {"body": {"from": review.body}}})
    return new


def delete_review(forge: Forge, review: Review) -> None:
    """Throw a review away that nobody has seen."""
    require_pending(review, "delete")
    forge.state.reviews.pop(review.id)
    for comment in comments_of(forge, review):
        forge.state.review_comments.pop(comment.id)


def require_pending(review: Review, act: str) -> None:
    """Refuse to do with a review that is out what goes only before."""
    if review.state != PENDING:
        raise refused(f"Can not {act} a non-pending pull request review")


def check_verdict(forge: Forge, author: Account, pull: PullRequest, event: str, body: str) -> None:
    """Refuse a verdict that GitHub does not know, that says nothing, or that somebody gives on their own work."""
    if event not in VERDICTS:
        raise refused("Variable $event of type PullRequestReviewEvent was provided invalid value")
    if event != "APPROVE" and not body.strip():
        raise refused("Body can't be blank")
    own = forge.state.issues[pull.repo_id, pull.number].author == author.login
    if own and event != "COMMENT":
        raise refused(f"Can not {'approve' if event == 'APPROVE' else 'request changes on'} your own pull request")


def check_length(body: str) -> None:
    """Refuse a text that is too long."""
    if len(body) > LONGEST_BODY:
        raise refused(f"Body is too long (maximum is {LONGEST_BODY} characters)")


def check_nothing_pending(forge: Forge, repo: Repository, author: Account, pull: PullRequest) -> None:
    """Refuse a second review as long as the first is kept back."""
    whose = (repo.id, pull.number, author.login, PENDING)
    if any((r.repo_id, r.number, r.author, r.state) == whose for r in forge.state.reviews.values()):
        raise refused("User can only have one pending review per pull request")


def reviewed(forge: Forge, repo: Repository, pull: PullRequest, wanted: str) -> tuple[str, list[FileDiff]]:
    """Return the commit that a review is about, and the diff in which it may speak."""
    git, commit = forge.git(repo), wanted or pull.head_sha
    start = fork_point(git, pull.base_sha, pull.head_sha)
    known = FULL_SHA.fullmatch(commit) and git.kind(commit) == "commit" and git.is_ancestor(commit, pull.head_sha)
    if not known or git.is_ancestor(commit, start):
        raise refused("commit_id is not part of the pull request")
    return commit, diff_files(git, start, commit)


def _spot(files: Sequence[FileDiff], remark: Remark) -> Spot:
    check_length(remark.body)
    if not remark.body.strip():
        raise refused("Body can't be blank")
    try:
        return find_spot(files, remark.place)
    except NoSpotError as error:
        told = [_sentence(field, wrong) for field, wrong in error.complaints]
        raise refused(_enumerated(told)) from error


def _enumerated(told: Sequence[str]) -> str:
    *most, last = told
    comma = "," if len(most) > 1 else ""
    return f"{', '.join(most)}{comma} and {last}" if most else last


def _sentence(field: str, wrong: str) -> str:
    if field == "path":
        return f"Path {wrong}"
    return f"Pull request review thread {field.replace('_', ' ')} {wrong}"


def new_review(forge: Forge, pull: PullRequest, author: Account, commit: str, *, state: str, body: str) -> Review:
    """Put a review on its shelf."""
    time = None if state == PENDING else forge.state.now()
    review = Review(forge.state.new_id(), pull.repo_id, pull.number, author.login, state, body, commit, time)
    forge.state.reviews[review.id] = review
    return review


def new_comment(
    forge: Forge, review: Review, author: Account, body: str, spot: Spot, *, thread: int = 0
) -> ReviewComment:
    """Put a comment on its shelf; without a `thread` it begins one."""
    now, number = forge.state.now(), forge.state.new_id()
    comment = ReviewComment(
        id=number,
        repo_id=review.repo_id,
        number=review.number,
        review=review.id,
        thread=thread or number,
        author=author.login,
        body=body,
        commit=review.commit,
        spot=spot,
        created_at=now,
        updated_at=now,
    )
    forge.state.review_comments[number] = comment
    return comment


def publish(forge: Forge, repo: Repository, author: Account, review: Review, event: str) -> Review:
    """Let everybody see a review, and tell the App of it and of each comment."""
    new = dataclasses.replace(review, state=VERDICTS[event], submitted_at=forge.state.now())
    forge.state.reviews[review.id] = new
    _tell(forge, repo, author, new, {"action": "submitted"})
    for comment in comments_of(forge, new):
        tell_comment(forge, repo, author, comment, {"action": "created"})
    return new


def comments_of(forge: Forge, review: Review) -> list[ReviewComment]:
    """Return the comments of a review, oldest first."""
    return [comment for comment in forge.state.review_comments.values() if comment.review == review.id]


def _tell(forge: Forge, repo: Repository, author: Account, review: Review, payload: dict[str, object]) -> None:
    shape = review_shape(forge, repo, review)
    document = {"review": shape | {"state": str(shape["state"]).lower()}, "pull_request": _pull(forge, repo, review)}
    announce(forge, repo, author, "pull_request_review", payload | document)


def tell_comment(
    forge: Forge, repo: Repository, author: Account, comment: ReviewComment, payload: dict[str, object]
) -> None:
    """Announce what became of a review comment."""
    document = {"comment": comment_shape(forge, repo, comment), "pull_request": _pull(forge, repo, comment)}
    announce(forge, repo, author, "pull_request_review_comment", payload | document)


def _pull(forge: Forge, repo: Repository, said: Review | ReviewComment) -> dict[str, object]:
    return pull_shape(forge, repo, forge.state.pulls[repo.id, said.number])
