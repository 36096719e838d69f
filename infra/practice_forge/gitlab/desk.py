"""The browser pages of a GitLab world: its records in the words of the pages."""

from collections.abc import Mapping, Sequence

from infra.practice_forge.auth import Actor
from infra.practice_forge.gitlab.access import Asker, can_see_issue, level, may_push
from infra.practice_forge.gitlab.acts.merge_requests import edit_merge_request, merge
from infra.practice_forge.gitlab.acts.notes import Words, add_note
from infra.practice_forge.gitlab.acts.subjects import Edit, change, open_issue
from infra.practice_forge.gitlab.records import MergeRequest
from infra.practice_forge.gitlab.records import Subject as Record
from infra.practice_forge.gitlab.refusals import forbidden, unauthorized
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.pages.desk import Subject
from infra.practice_forge.state import Account, Comment, Issue, PullRequest, Repository, Review

# The pages show GitHub's eight faces.
FACES: Mapping[str, str] = {
    "thumbsup": "+1",
    "thumbsdown": "-1",
    "laughing": "laugh",
    "tada": "hooray",
    "confused": "confused",
    "heart": "heart",
    "rocket": "rocket",
    "eyes": "eyes",
}


class GitlabDesk:
    """GitLab's side: issues and merge requests have numbers of their own."""

    api_name = "GitLab"

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    def issues(self, repo: Repository) -> Sequence[Subject]:
        """Return the issues."""
        found = sorted(self._shelves.state.issues.items(), reverse=True)
        return [Subject(issue) for (repo_id, _), issue in found if repo_id == repo.id]

    def pulls(self, repo: Repository) -> Sequence[Subject]:
        """Return the merge requests."""
        found = sorted(self._shelves.merge_requests.items(), reverse=True)
        return [shown(request) for (repo_id, _), request in found if repo_id == repo.id]

    def issue(self, repo: Repository, number: int) -> Subject | None:
        """Find an issue."""
        issue = self._shelves.state.issues.get((repo.id, number))
        return Subject(issue) if issue else None

    def pull(self, repo: Repository, number: int) -> Subject | None:
        """Find a merge request."""
        request = self._shelves.merge_requests.get((repo.id, number))
        return shown(request) if request else None

    def can_see(self, actor: Actor, repo: Repository, subject: Subject) -> bool:
        """Hide confidential issues."""
        return can_see_issue(Asker(actor.account), repo, subject.issue)

    def named(self, repo: Repository, name: str) -> Subject | None:
        """Find what `#1` or `!1` names."""
        find = self.pull if name.startswith("!") else self.issue
        return find(repo, int(name[1:]))

    def _record(self, subject: Subject) -> Record:
        place = (subject.issue.repo_id, subject.issue.number)
        return self._shelves.merge_requests[place] if subject.pull else self._shelves.state.issues[place]

    def comments(self, repo: Repository, subject: Subject) -> Sequence[Comment]:
        """Return what people wrote for everybody to see."""
        return [
            Comment(note.id, repo.id, note.number, note.author, note.body, note.created_at, note.updated_at)
            for note in self._shelves.notes_of(self._record(subject))
            if not note.internal and not note.system
        ]

    def place(self, comment: Comment) -> str:
        """Return the line or file that a note stands on."""
        position = self._shelves.notes[comment.id].position
        if position is None:
            return ""
        line = position.new_line or position.old_line
        return f"{position.new_path}:{line}" if line else position.new_path

    def reactions(self, said: int) -> Sequence[str]:
        """Return the emoji that the pages can show."""
        awards = self._shelves.awards.values()
        return [FACES[award.name] for award in awards if award.subject == said and award.name in FACES]

    def reviews(self, repo: Repository, subject: Subject) -> Sequence[Review]:  # noqa: ARG002
        """Return nothing: a review is its notes."""
        return []

    def open_issue(self, actor: Actor, repo: Repository, title: str, body: str) -> Subject:
        """Open an issue."""
        return Subject(open_issue(self._shelves, repo, _account(actor), Edit(title=title, body=body)))

    def add_comment(self, actor: Actor, repo: Repository, subject: Subject, body: str) -> int:
        """Write a note; in a locked discussion only members may."""
        author = _account(actor)
        if subject.issue.locked and not level(Asker(author), repo):
            raise forbidden()
        return add_note(self._shelves, repo, author, self._record(subject), Words(body)).id

    def set_open(self, author: Account, repo: Repository, subject: Subject, *, is_open: bool) -> None:
        """Close or reopen."""
        record, edit = self._record(subject), Edit(is_open=is_open)
        if isinstance(record, MergeRequest):
            edit_merge_request(self._shelves, repo, author, record, edit)
        else:
            change(self._shelves, repo, author, record, edit)

    def may_merge(self, actor: Actor, repo: Repository, pull: PullRequest) -> bool:
        """Let those merge who may push to the target."""
        return may_push(Asker(actor.account), repo, pull.base)

    def merge(self, actor: Actor, repo: Repository, pull: PullRequest) -> None:
        """Merge."""
        author = _account(actor)
        if not self.may_merge(actor, repo, pull):
            raise forbidden()
        merge(self._shelves, repo, author, self._shelves.merge_requests[repo.id, pull.number])


def _account(actor: Actor) -> Account:
    if actor.account is None:
        raise unauthorized()
    return actor.account


def shown(request: MergeRequest) -> Subject:
    """Return a merge request as the two halves that the pages know."""
    issue = Issue(
        id=request.id,
        repo_id=request.repo_id,
        number=request.number,
        title=request.title,
        body=request.body,
        author=request.author,
        created_at=request.created_at,
        updated_at=request.updated_at,
        closed_at=request.merged_at or request.closed_at,
        labels=request.labels,
    )
    pull = PullRequest(
        id=request.id,
        repo_id=request.repo_id,
        number=request.number,
        head=request.source,
        base=request.target,
        head_sha=request.version.head_sha,
        base_sha=request.version.base_sha,
        draft=request.draft,
        merged_at=request.merged_at,
        merged_by=request.merged_by,
        merge_sha=request.merge_sha,
    )
    return Subject(issue, pull, sign="!")
