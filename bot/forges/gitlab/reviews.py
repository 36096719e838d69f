"""Speaks about the diffs of merge requests in the words of `bot.forges.protocol`."""

import re
from collections.abc import Sequence
from typing import Any

from gitlab import Gitlab
from gitlab.v4.objects import ProjectMergeRequest

from bot.diff import Change, FileDiff, parse_hunks
from bot.errors import RetryableError, UserError
from bot.events import Account, Comment, Repo
from bot.forges.gitlab.client import own_id
from bot.forges.gitlab.errors import translated
from bot.forges.gitlab.hooks import is_bot
from bot.forges.gitlab.positions import position_of
from bot.review import Comparison, Review, ReviewComment, Thread, suggestion_block

_SOON_S = 5.0
_FURTHEST = 100  # lines that a suggestion may reach above the one that it stands on
_THREAD = re.compile(r"[0-9a-f]{1,64}")


class GitLabReviews:
    """What GitLab lets one say about a merge request's diff; a review is a set of drafts that are published at once."""

    __slots__ = ("_client", "_own")

    def __init__(self, client: Gitlab) -> None:
        self._client = client
        self._own = 0

    @translated("read the merge request's diff")
    def compare(self, repo: Repo, number: int) -> Comparison:
        """Return what the merge request changes; raises `RetryableError` while GitLab has not compared it yet."""
        found = self._merge_request(repo, number)
        refs = found.diff_refs
        if not refs or not refs["head_sha"]:
            raise RetryableError(f"GitLab has not compared merge request {number} yet", retry_after=_SOON_S)
        diffs = self._client.http_list(f"{found.manager.path}/{number}/diffs", iterator=True)
        return Comparison(
            base=refs["base_sha"],
            start=refs["start_sha"],
            head=refs["head_sha"],
            files=tuple(_file(diff) for diff in diffs),
        )

    @translated("look through the reviews")
    def find(self, repo: Repo, number: int, marker: str) -> str | None:
        """Return the id of our own account's oldest note that contains `marker`."""
        notes: Any = self._merge_request(repo, number, lazy=True).notes
        for note in notes.list(sort="asc", order_by="created_at", iterator=True):
            if marker in (note.body or "") and note.author["id"] == self._own_id():
                return str(note.get_id())
        return None

    @translated("post the review")
    def submit(self, repo: Repo, number: int, review: Review) -> str:
        """Write drafts that nobody else sees, publish them at once, and return the summary's id."""
        request: Any = self._merge_request(repo, number, lazy=True)
        for draft in request.draft_notes.list(get_all=True):  # an attempt that died may have left some
            draft.delete()
        request.draft_notes.create({"note": review.body})
        for comment in review.comments:
            position = position_of(review.compared, comment.place)
            request.draft_notes.create({"note": _text(comment)} | ({"position": position} if position else {}))
        self._client.http_post(f"{request.manager.path}/{number}/draft_notes/bulk_publish")
        return self._published(request, review.body)

    @translated("read the threads")
    def threads(self, repo: Repo, number: int) -> Sequence[Thread]:
        """Return the conversations about lines and files, the oldest first."""
        request: Any = self._merge_request(repo, number, lazy=True)
        found = [each.attributes for each in request.discussions.list(iterator=True)]
        return [_thread(number, each) for each in found if (each["notes"] or [{}])[0].get("position")]

    @translated("answer in the thread")
    def reply(self, repo: Repo, number: int, thread: str, body: str) -> Comment:
        """Answer in one of the conversations."""
        place = f"{self._merge_request(repo, number, lazy=True).manager.path}/{number}/discussions/{_checked(thread)}"
        note: Any = self._client.http_post(f"{place}/notes", post_data={"body": body})
        return _comment(number, note)

    @translated("resolve the thread")
    def resolve(self, repo: Repo, number: int, thread: str) -> None:
        """Mark a conversation as settled; GitLab takes it for one that is settled already, too."""
        place = f"{self._merge_request(repo, number, lazy=True).manager.path}/{number}/discussions/{_checked(thread)}"
        self._client.http_put(place, post_data={"resolved": True})

    def _merge_request(self, repo: Repo, number: int, *, lazy: bool = False) -> ProjectMergeRequest:
        return self._client.projects.get(repo.path, lazy=True).mergerequests.get(number, lazy=lazy)

    def _own_id(self) -> int:
        if not self._own:
            self._own = own_id(self._client)
        return self._own

    def _published(self, request: Any, body: str) -> str:
        for note in request.notes.list(sort="desc", order_by="created_at", iterator=True):
            if note.body == body and note.author["id"] == self._own_id():
                return str(note.get_id())
        raise RetryableError("GitLab has not published the review yet", retry_after=_SOON_S)


def _file(diff: dict[str, Any]) -> FileDiff:
    change = Change.MODIFIED
    for flag, meant in (("new_file", Change.ADDED), ("deleted_file", Change.REMOVED), ("renamed_file", Change.RENAMED)):
        if diff.get(flag):
            change = meant
    return FileDiff(
        old_path=None if change is Change.ADDED else diff["old_path"],
        new_path=None if change is Change.REMOVED else diff["new_path"],
        change=change,
        hunks=parse_hunks(diff["diff"]),
        old_mode=diff.get("a_mode", ""),
        new_mode=diff.get("b_mode", ""),
    )


def _text(comment: ReviewComment) -> str:
    """Return what the comment says, with its suggestion in GitLab's block: so many lines above the last one."""
    place, suggestion = comment.place, comment.suggestion
    if suggestion is None or place.first is None or place.last is None:
        return comment.body
    above = place.last.new_at - place.first.new_at
    info = f"suggestion:-{above}+0" if above <= _FURTHEST else ""
    return f"{comment.body}\n\n{suggestion_block(suggestion, info)}"


def _thread(number: int, discussion: dict[str, Any]) -> Thread:
    notes = discussion["notes"]
    position = notes[0]["position"]
    return Thread(
        id=discussion["id"],
        path=position.get("new_path") or position.get("old_path") or "",
        line=position.get("new_line"),
        is_resolved=all(note.get("resolved", False) for note in notes if note.get("resolvable")),
        comments=tuple(_comment(number, note) for note in notes),
    )


def _comment(number: int, note: Any) -> Comment:
    author = note["author"]["username"]
    return Comment(f"merge_requests/{number}/notes/{note['id']}", note["body"] or "", Account(author, is_bot(author)))


def _checked(thread: str) -> str:
    if not _THREAD.fullmatch(thread):
        raise UserError(f"{thread!r} is no thread of GitLab's.", mend="They are called by hexadecimal digits.")
    return thread
