"""Speaks about the diffs of merge requests in the words of `bot.forges.protocol`."""

import dataclasses
import logging
import re
from collections.abc import Callable, Iterator, Sequence
from http import HTTPStatus
from typing import Any

from gitlab import Gitlab, GitlabError
from gitlab.v4.objects import ProjectMergeRequest

from bot.diff import Change, FileDiff, parse_hunks
from bot.errors import RetryableError, UserError
from bot.events import Clone, Comment, Repo
from bot.forges.git_compare import compare_fetched
from bot.forges.gitlab import threads
from bot.forges.gitlab.errors import translated
from bot.forges.gitlab.positions import position_of
from bot.forges.review_text import comment_body, summary
from bot.review import Comparison, Review, ReviewComment, Thread

_log = logging.getLogger(__name__)
LONGEST_BODY = 1_000_000  # characters
_CHANGES = (("new_file", Change.ADDED), ("deleted_file", Change.REMOVED), ("renamed_file", Change.RENAMED))
_SOON_S = 5.0
_FURTHEST = 100  # lines that a suggestion may reach above the one that it stands on
_THREAD = re.compile(r"[0-9a-f]{1,64}")


class GitLabReviews:
    """What GitLab lets one say about a merge request's diff; a review is a set of drafts that are published at once."""

    __slots__ = ("_client", "_clone", "_own_id")

    def __init__(self, client: Gitlab, own_id: Callable[[], int], clone: Callable[[Repo], Clone]) -> None:
        self._client = client
        self._own_id = own_id
        self._clone = clone

    @translated("read the merge request's diff")
    def compare(self, repo: Repo, number: int) -> Comparison:
        """Return what the merge request changes; raises `RetryableError` while GitLab has not compared it yet."""
        found = self._merge_request(repo, number)
        refs = found.diff_refs
        if not refs or not refs["head_sha"]:
            raise RetryableError(f"GitLab has not compared merge request {number} yet", retry_after=_SOON_S)
        diffs = list(self._client.http_list(f"{found.manager.path}/{number}/diffs", iterator=True))
        # A count that GitLab gave up on ends with a plus.
        whole = found.changes_count in {None, str(len(diffs))} and not any(map(_is_cut, diffs))
        if not whole:
            own = compare_fetched(self._clone(repo), refs["start_sha"], refs["head_sha"])
            return dataclasses.replace(own, base=refs["base_sha"])
        files = tuple(_file(diff) for diff in diffs)
        return Comparison(refs["base_sha"], refs["start_sha"], refs["head_sha"], files)

    @translated("look through the reviews")
    def find(self, repo: Repo, number: int, marker: str) -> str | None:
        """Return the id of our own account's oldest note that contains `marker`."""
        found = (str(note.get_id()) for note in self._own(repo, number) if marker in (note.body or ""))
        return next(found, None)

    @translated("read the reviews")
    def summaries(self, repo: Repo, number: int) -> Sequence[str]:
        """Return the texts of our own account's notes that stand on no line, the oldest first; summaries are notes."""
        return tuple(note.body for note in self._own(repo, number) if note.body and not _is_on_lines(note))

    def _own(self, repo: Repo, number: int) -> Iterator[Any]:
        notes: Any = self._merge_request(repo, number, lazy=True).notes
        for note in notes.list(sort="asc", order_by="created_at", iterator=True):
            if note.author["id"] == self._own_id() and not note.attributes.get("system"):
                yield note

    @translated("post the review")
    def submit(self, repo: Repo, number: int, review: Review) -> str:
        """Write drafts that nobody else sees, publish them at once, and return the summary's id.

        What GitLab will not have at its place all the same goes into the summary.
        """
        request: Any = self._merge_request(repo, number, lazy=True)
        for draft in request.draft_notes.list(get_all=True):  # an attempt that died may have left some
            draft.delete()
        folded = [each for each in review.comments if position_of(review.compared, each.place) is None]
        body = summary(review.body, folded, limit=LONGEST_BODY)
        first = request.draft_notes.create({"note": body})
        refused = [comment for comment in review.comments if not self._drafted(request, review.compared, comment)]
        if refused != folded:
            _log.warning("GitLab refused positions of a review of %s!%d", repo.path, number)
            body = first.note = summary(review.body, refused, limit=LONGEST_BODY)
            first.save()
        self._client.http_post(f"{request.manager.path}/{number}/draft_notes/bulk_publish")
        return self._published(request, body)

    def _drafted(self, request: Any, compared: Comparison, comment: ReviewComment) -> bool:
        """Write a draft at the comment's place; return whether there is one and GitLab takes it."""
        position = position_of(compared, comment.place)
        if position is None:
            return False
        try:
            request.draft_notes.create({"note": _text(comment), "position": position})
        except GitlabError as error:
            if error.response_code != HTTPStatus.BAD_REQUEST:
                raise
            return False
        return True

    @translated("read the threads")
    def threads(self, repo: Repo, number: int) -> Sequence[Thread]:
        """Return the conversations about lines and files, the oldest first."""
        request: Any = self._merge_request(repo, number, lazy=True)
        found = [each.attributes for each in request.discussions.list(iterator=True)]
        return [self._thread(repo, number, each) for each in found if (each["notes"] or [{}])[0].get("position")]

    @translated("read the thread")
    def thread(self, repo: Repo, number: int, thread: str) -> Thread | None:
        """Return one of the conversations, or None when it is gone."""
        try:
            found: Any = self._client.http_get(self._discussion(repo, number, thread))
        except GitlabError as error:
            if error.response_code != HTTPStatus.NOT_FOUND:
                raise
            return None
        return self._thread(repo, number, found)

    def _thread(self, repo: Repo, number: int, discussion: dict[str, Any]) -> Thread:
        """Return a discussion in our words; who thinks little of it is asked only where it is about us."""
        own = self._own_id()
        first = discussion["notes"][0]
        if first["author"]["id"] != own:
            return threads.as_thread(number, discussion, own)
        path = f"{self._merge_request(repo, number, lazy=True).manager.path}/{number}/notes/{first['id']}"
        awards = self._client.http_list(f"{path}/award_emoji", iterator=True)
        return threads.as_thread(number, discussion, own, thumbs_down=threads.thumbs_down(awards))

    @translated("answer in the thread")
    def reply(self, repo: Repo, number: int, thread: str, body: str) -> Comment:
        """Answer in one of the conversations."""
        note: Any = self._client.http_post(f"{self._discussion(repo, number, thread)}/notes", post_data={"body": body})
        return threads.as_comment(number, note)

    @translated("resolve the thread")
    def resolve(self, repo: Repo, number: int, thread: str) -> None:
        """Mark a conversation as settled; GitLab takes it for one that is settled already, too."""
        self._client.http_put(self._discussion(repo, number, thread), post_data={"resolved": True})

    def _discussion(self, repo: Repo, number: int, thread: str) -> str:
        return f"{self._merge_request(repo, number, lazy=True).manager.path}/{number}/discussions/{_checked(thread)}"

    def _merge_request(self, repo: Repo, number: int, *, lazy: bool = False) -> ProjectMergeRequest:
        return self._client.projects.get(repo.path, lazy=True).mergerequests.get(number, lazy=lazy)

    def _published(self, request: Any, body: str) -> str:
        for note in request.notes.list(sort="desc", order_by="created_at", iterator=True):
            if note.body == body and note.author["id"] == self._own_id():
                return str(note.get_id())
        raise RetryableError("GitLab has not published the review yet", retry_after=_SOON_S)


def _is_on_lines(note: Any) -> bool:
    return bool(note.attributes.get("position"))


def _is_cut(diff: dict[str, Any]) -> bool:
    return bool(diff.get("too_large") or diff.get("collapsed"))


def _file(diff: dict[str, Any]) -> FileDiff:
    change = next((meant for flag, meant in _CHANGES if diff.get(flag)), Change.MODIFIED)
    old_mode, new_mode = diff.get("a_mode", ""), diff.get("b_mode", "")
    is_moded = old_mode != new_mode
    return FileDiff(
        old_path=None if change is Change.ADDED else diff["old_path"],
        new_path=None if change is Change.REMOVED else diff["new_path"],
        change=change,
        hunks=parse_hunks(diff["diff"]),
        old_mode=old_mode if is_moded and change is not Change.ADDED else "",
        new_mode=new_mode if is_moded and change is not Change.REMOVED else "",
        binary=diff["diff"].startswith("Binary files "),
    )


def _text(comment: ReviewComment) -> str:
    """Return what the comment says, with its suggestion in GitLab's block: so many lines above the last one."""
    place = comment.place
    above = place.last.new_at - place.first.new_at if place.first and place.last else 0
    word = f"suggestion:-{above}+0" if above <= _FURTHEST else ""
    return comment_body(comment, limit=LONGEST_BODY, fence_word=word)


def _checked(thread: str) -> str:
    if not _THREAD.fullmatch(thread):
        raise UserError(f"{thread!r} is no thread of GitLab's.", mend="They are called by hexadecimal digits.")
    return thread
