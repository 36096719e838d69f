"""Reviews on GitHub: positions of the exact diff in GitHub's words, posted as one act."""

import itertools
import logging
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any

from github import Github, GithubException

from bot.diff import DiffError, Kind, Line, parse_diff
from bot.errors import UserError
from bot.events import Account, Clone, Comment, Repo
from bot.forges.git_compare import compare_fetched
from bot.forges.github import threads
from bot.forges.github.errors import is_limit, translated
from bot.forges.review_text import clean, comment_body, summary
from bot.review import Comparison, Review, ReviewComment, Thread

LONGEST_BODY = 65_536  # characters; what is longer is refused, and with it the whole review
# Beyond 300 files or 20,000 lines it is 406; 422 is said of what took too long to compute.
_TOO_LARGE = {HTTPStatus.NOT_ACCEPTABLE, HTTPStatus.UNPROCESSABLE_ENTITY}
_DIFF = "application/vnd.github.diff"
_PER_PAGE = 100


class GitHubReviews:
    """What is said about the diff of a pull request on GitHub; belongs to one `GitHubForge`."""

    __slots__ = ("_client", "_clone", "_login")

    def __init__(self, client: Github, login: Callable[[], str], clone: Callable[[Repo], Clone]) -> None:
        self._client = client
        self._login = login
        self._clone = clone

    @translated("read the changes")
    def compare(self, repo: Repo, number: int) -> Comparison:
        """Return what the pull request changes; where GitHub finds that too large to show, git is asked."""
        pull = self._ask("GET", _pull(repo, number))
        start, head = str(pull["base"]["sha"]), str(pull["head"]["sha"])
        address = f"/repos/{repo.path}/compare/{start}...{head}"
        try:
            # The commits and files that come along are of no use here; later pages name no files.
            base = self._ask("GET", address, parameters={"per_page": 1, "page": 2})["merge_base_commit"]["sha"]
            answer = self._ask("GET", address, headers={"Accept": _DIFF})
            files = parse_diff(answer["data"] if answer else "")
        except GithubException as error:
            if error.status not in _TOO_LARGE:
                raise
        except DiffError:
            logging.getLogger(__name__).warning("GitHub's diff of %s#%d cannot be read; asking git", repo.path, number)
        else:
            return Comparison(str(base), start, head, files)
        return compare_fetched(self._clone(repo), start, head)

    @translated("look through the reviews")
    def find(self, repo: Repo, number: int, marker: str) -> str | None:
        """Return the id of our own account's oldest review whose summary contains `marker`."""
        return next((id_ for id_, body in self._own(repo, number) if marker in body), None)

    @translated("read the reviews")
    def summaries(self, repo: Repo, number: int) -> Sequence[str]:
        """Return the summaries of our own account's reviews, the oldest first."""
        return tuple(body for _, body in self._own(repo, number) if body)

    def _own(self, repo: Repo, number: int) -> Iterator[tuple[str, str]]:
        """Return (id, summary) of our own account's reviews, the oldest first."""
        login = self._login()
        for review in self._pages(f"{_pull(repo, number)}/reviews"):
            if (review.get("user") or {}).get("login") == login:
                yield str(review["id"]), review.get("body") or ""

    @translated("post the review")
    def submit(self, repo: Repo, number: int, review: Review) -> str:
        """Post a review with everything in it as one act; return its id.

        GitHub's reviews take comments on lines only, so what stands on a file or nowhere goes into the summary. If
        GitHub will not have a line all the same, everything does: a refusal is no write, so nothing is said twice.
        """
        lines = [comment for comment in review.comments if _has_lines(comment)]
        try:
            return self._post(repo, number, review, lines)
        except GithubException as error:
            if error.status != HTTPStatus.UNPROCESSABLE_ENTITY or is_limit(error) or not lines:
                raise
            logging.getLogger(__name__).warning("GitHub refused lines of a review of %s#%d", repo.path, number)
            return self._post(repo, number, review, [])

    def _post(self, repo: Repo, number: int, review: Review, lines: Sequence[ReviewComment]) -> str:
        folded = [comment for comment in review.comments if not any(comment is line for line in lines)]
        body = {
            "commit_id": review.compared.head,
            "event": "COMMENT",
            "body": summary(review.body, folded, limit=LONGEST_BODY),
            "comments": [_as_comment(comment) for comment in lines],
        }
        return str(self._ask("POST", f"{_pull(repo, number)}/reviews", input=body)["id"])

    @translated("read the conversations")
    def threads(self, repo: Repo, number: int) -> Sequence[Thread]:
        """Return the conversations about lines and files, the oldest first, each with its first 100 comments."""
        us = self._login()
        return tuple(threads.as_thread(node, us) for node in threads.listed(self._client.requester, repo, number))

    def thread(self, repo: Repo, number: int, thread: str) -> Thread | None:
        """Return one of the conversations, or None when it is gone; also by the comment that began it."""
        return next((each for each in self.threads(repo, number) if thread in {each.id, each.comments[0].id}), None)

    @translated("answer in the conversation")
    def reply(self, repo: Repo, number: int, thread: str, body: str) -> Comment:
        """Answer in one of the conversations."""
        found = self.thread(repo, number, thread)
        if found is None:
            raise UserError("This conversation is gone.", mend="Somebody may have deleted its first comment.")
        first = found.comments[0].id.rpartition("/")[2]
        said = self._ask("POST", f"{_pull(repo, number)}/comments/{first}/replies", input={"body": body})
        user = said["user"]
        return Comment(
            f"pulls/comments/{said['id']}", said["body"], Account(user["login"], is_bot=user["type"] == "Bot")
        )

    @translated("settle the conversation")
    def resolve(self, repo: Repo, number: int, thread: str) -> None:  # noqa: ARG002 - its id says enough
        """Mark a conversation as settled; one that is settled already is no error."""
        threads.resolve(self._client.requester, thread)

    def _ask(self, method: str, address: str, **more: Any) -> Any:
        return self._client.requester.requestJsonAndCheck(method, address, **more)[1]

    def _pages(self, address: str) -> Iterator[dict[str, Any]]:
        for page in itertools.count(1):
            found = self._ask("GET", address, parameters={"per_page": _PER_PAGE, "page": page})
            yield from found
            if len(found) < _PER_PAGE:
                return


def _pull(repo: Repo, number: int) -> str:
    return f"/repos/{repo.path}/pulls/{number}"


def _has_lines(comment: ReviewComment) -> bool:
    place = comment.place
    # A path that is no UTF-8 cannot be named to GitHub.
    return place.file is not None and place.last is not None and clean(place.file.path) == place.file.path


def _as_comment(comment: ReviewComment) -> dict[str, Any]:
    place = comment.place
    if place.file is None or place.first is None or place.last is None:
        raise ValueError("a comment on lines needs lines")
    side, line = _position(place.last)
    body = {
        "path": place.file.path,
        "body": comment_body(comment, limit=LONGEST_BODY),
        "side": side,
        "line": line,
    }
    if place.first == place.last:
        return body
    start_side, start_line = _position(place.first)
    return {**body, "start_side": start_side, "start_line": start_line}


def _position(line: Line) -> tuple[str, int]:
    """Return side and number by which GitHub knows a line; the left side is for removed lines only.

    https://docs.github.com/rest/pulls/comments#create-a-review-comment-for-a-pull-request
    """
    return ("LEFT", line.old_at) if line.kind is Kind.REMOVED else ("RIGHT", line.new_at)
