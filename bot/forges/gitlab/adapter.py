"""Speaks to GitLab in the words of `bot.forges.protocol`."""

import base64
import re
from http import HTTPStatus
from typing import Any

from gitlab import Gitlab, GitlabError
from gitlab.v4.objects import Project, ProjectMergeRequest

from bot.errors import UserError
from bot.events import Account, Changes, Clone, Comment, Issue, Permission, PullRequest, Repo, Subject
from bot.forges.branches import check_branch
from bot.forges.gitlab.access import GitLabAccess
from bot.forges.gitlab.checks import GitLabChecks
from bot.forges.gitlab.client import client, own_id
from bot.forges.gitlab.commits import author, branch_head, is_large, make_commit
from bot.forges.gitlab.descriptions import GitLabDescriptions
from bot.forges.gitlab.drafts import plain_title, titled
from bot.forges.gitlab.errors import translated, words
from bot.forges.gitlab.parts import is_bot
from bot.forges.gitlab.permissions import DEVELOPER, MAINTAINER
from bot.forges.gitlab.reviews import GitLabReviews
from bot.forges.pushing import Commit, push_commit

# https://docs.gitlab.com/api/access_requests/#valid-access-levels
_LEVELS = ((MAINTAINER, Permission.ADMIN), (DEVELOPER, Permission.WRITE), (10, Permission.READ))
_NOTE = re.compile(r"(issues|merge_requests)/([0-9]+)/notes/([0-9]+)")


class GitLabForge:
    """The speaking half for GitLab with one token; made anew for every job.

    A comment's id is the path of its note below the project, because GitLab finds none by its number alone.
    """

    __slots__ = ("_access", "_client", "_own_id")

    def __init__(self, access: GitLabAccess) -> None:
        self._access = access
        self._client: Gitlab = client(access)
        self._own_id = 0

    @property
    def reviews(self) -> GitLabReviews:
        """The half that talks about diffs."""
        return GitLabReviews(self._client, self._own, self.clone)

    @property
    def checks(self) -> GitLabChecks:
        """What stands beside a commit."""
        return GitLabChecks(self._client)

    @property
    def descriptions(self) -> GitLabDescriptions:
        """What stands at the head of merge requests."""
        return GitLabDescriptions(self._client)

    @property
    def name(self) -> str:
        """The word in the webhook's path and in the ledger."""
        return "gitlab"

    @translated("ask for the permission")
    def permission(self, repo: Repo, login: str) -> Permission:
        """Ask GitLab what `login` may do in `repo` now, by every group that gives rights there."""
        found = [user for user in self._client.users.list(username=login, get_all=False) if _is(user, login)]
        if not found:
            return Permission.NONE
        try:
            member = self._project(repo).members_all.get(int(found[0].attributes["id"]))
        except GitlabError as error:
            if error.response_code == HTTPStatus.NOT_FOUND:
                return Permission.NONE
            raise
        return _permission(member)

    @translated("read the issue")
    def issue(self, repo: Repo, subject: Subject) -> Issue:
        """Read an issue or a merge request."""
        project = self._project(repo)
        found: Any = (project.mergerequests if subject.is_pull_request else project.issues).get(subject.number)
        return Issue(
            number=found.iid,
            title=plain_title(found.title) if subject.is_pull_request else found.title,
            body=found.description or "",
            author=_account(found),
            is_pull_request=subject.is_pull_request,
            is_open=found.state == "opened",
            is_from_outside=subject.is_pull_request and found.source_project_id != found.target_project_id,
        )

    @translated("react to the request")
    def react(self, repo: Repo, subject: Subject, comment_id: str, reaction: str) -> None:
        """Award one emoji ("eyes") to a comment, an issue or a merge request; GitLab refuses a second one."""
        target = f"{self._path(repo)}/{_checked_note(comment_id) if comment_id else _place(subject)}"
        try:
            self._client.http_post(f"{target}/award_emoji", post_data={"name": reaction})
        except GitlabError as error:
            if "already been taken" not in words(error):
                raise

    @translated("look through the comments")
    def find_comment(self, repo: Repo, subject: Subject, marker: str) -> Comment | None:
        """Return our own account's oldest comment there that contains `marker`."""
        notes = self._client.http_list(
            f"{self._path(repo)}/{_place(subject)}/notes", sort="asc", order_by="created_at", iterator=True
        )
        for note in notes:
            if marker in (note["body"] or "") and note["author"]["id"] == self._own():
                return _as_comment(subject, note)
        return None

    @translated("write the comment")
    def create_comment(self, repo: Repo, subject: Subject, body: str) -> Comment:
        """Write a new comment."""
        note = self._client.http_post(f"{self._path(repo)}/{_place(subject)}/notes", post_data={"body": body})
        return _as_comment(subject, note)

    @translated("edit the comment")
    def edit_comment(self, repo: Repo, comment_id: str, body: str) -> None:
        """Replace the body of one of our comments."""
        self._client.http_put(f"{self._path(repo)}/{_checked_note(comment_id)}", post_data={"body": body})

    @translated("delete the comment")
    def delete_comment(self, repo: Repo, comment_id: str) -> None:
        """Take back one of our comments; one that is gone already is no error."""
        try:
            self._client.http_delete(f"{self._path(repo)}/{_checked_note(comment_id)}")
        except GitlabError as error:
            if error.response_code != HTTPStatus.NOT_FOUND:
                raise

    @translated("read the project")
    def default_branch(self, repo: Repo) -> str:
        """Return the name of the branch that merge requests go to."""
        return str(self._client.projects.get(repo.path).default_branch)

    @translated("read the branch")
    def head(self, repo: Repo, branch: str) -> str | None:
        """Return the commit sha that a branch points to, or None when there is no such branch."""
        return branch_head(self._project(repo), branch)

    def clone(self, repo: Repo) -> Clone:
        """Say how git reaches the repository, with the bot's own token."""
        credential = base64.b64encode(f"oauth2:{self._access.token}".encode()).decode("ascii")
        url = f"{self._access.web_url.rstrip('/')}/{repo.path}.git"
        return Clone(url, {"Authorization": f"Basic {credential}"}, ca_file=self._access.ca_file)

    def pull_request_ref(self, number: int) -> str:
        """Return the full ref by which git fetches a merge request's head from the project that it goes to."""
        return f"refs/merge-requests/{number:d}/head"

    @translated("make the commit")
    def commit(self, repo: Repo, *, branch: str, parent: str, message: str, changes: Changes, merging: str = "") -> str:
        """Make one commit on top of `parent` and let `branch` point to it; return its sha.

        Two parents are pushed, since the API makes no such commit. GitLab's own rebase would do for the branch, but
        it rewrites the commits that people have, says only later whether it worked, and takes no word on which commits
        it is to start from (https://docs.gitlab.com/api/merge_requests/#rebase-a-merge-request).
        Raises `UserError` when the branch is there and points elsewhere than to `parent`.
        """
        check_branch(branch)
        project = self._project(repo)
        if not merging and not is_large(changes):
            return make_commit(project, branch=branch, parent=parent, message=message, changes=changes)
        commit, head = Commit(branch, parent, message, changes, merging), branch_head(project, branch)
        return push_commit(self.clone(repo), commit, head=head, author=author(self._client))

    @translated("look for the commit")
    def find_commit(self, repo: Repo, branch: str, marker: str) -> str | None:
        """Return the sha that `branch` points to if that commit's message contains `marker`, else None."""
        project = self._project(repo)
        sha = branch_head(project, branch)
        return sha if sha and marker in project.commits.get(sha).message else None

    @translated("look for the merge request")
    def find_pull_request(self, repo: Repo, branch: str) -> PullRequest | None:
        """Return the open merge request from `branch` of this project, if there is one."""
        return _find_merge_request(self._project(repo), branch)

    @translated("read the merge request")
    def own_pull_request(self, repo: Repo, number: int) -> PullRequest | None:
        """Return an open merge request by its number if our own account opened it from a branch of this project."""
        try:
            found: Any = self._project(repo).mergerequests.get(number)
        except GitlabError as error:
            if error.response_code == HTTPStatus.NOT_FOUND:
                return None
            raise
        is_ours = found.state == "opened" and found.author and found.author["id"] == self._own()
        return _as_pull_request(found) if is_ours and found.source_project_id == found.target_project_id else None

    @translated("open the merge request")
    def open_pull_request(
        self, repo: Repo, *, branch: str, base: str, title: str, body: str, draft: bool
    ) -> PullRequest:
        """Open a merge request; if one from `branch` is open already, return that one."""
        project = self._project(repo)
        found = _find_merge_request(project, branch)
        if found:
            return found
        wish = {"source_branch": branch, "target_branch": base, "title": titled(title, draft=draft)}
        try:
            made: Any = project.mergerequests.create({**wish, "description": body})
        except GitlabError as error:
            found = _find_merge_request(project, branch) if error.response_code == HTTPStatus.CONFLICT else None
            if found is None:
                raise
            return found
        return _as_pull_request(made)

    @translated("edit the merge request")
    def edit_pull_request(self, repo: Repo, number: int, *, title: str, body: str, draft: bool | None = None) -> None:
        """Replace title and body of one of our merge requests; whether it is a draft is told in the title."""
        if draft is None:
            draft = bool(self._project(repo).mergerequests.get(number).draft)
        edit = {"title": titled(title, draft=draft), "description": body}
        self._client.http_put(f"{self._path(repo)}/merge_requests/{number}", post_data=edit)

    def _project(self, repo: Repo) -> Project:
        return self._client.projects.get(repo.path, lazy=True)  # asks nothing yet

    def _path(self, repo: Repo) -> str:
        return f"/projects/{self._project(repo).encoded_id}"

    def _own(self) -> int:
        if not self._own_id:
            self._own_id = own_id(self._client)
        return self._own_id


def _place(subject: Subject) -> str:
    return f"{'merge_requests' if subject.is_pull_request else 'issues'}/{subject.number}"


def _checked_note(comment_id: str) -> str:
    if not _NOTE.fullmatch(comment_id):
        raise UserError(f"{comment_id!r} is no comment of GitLab's.", mend="They are called issues/1/notes/2.")
    return comment_id


def _is(user: Any, login: str) -> bool:
    return str(user.username).lower() == login.lower()


def _permission(member: Any) -> Permission:
    if member.state != "active":  # a blocked account keeps its membership
        return Permission.NONE
    return next((permission for level, permission in _LEVELS if member.access_level >= level), Permission.NONE)


def _find_merge_request(project: Project, branch: str) -> PullRequest | None:
    for found in project.mergerequests.list(state="opened", source_branch=branch, iterator=True):
        if found.source_branch == branch and found.source_project_id == found.target_project_id:
            return _as_pull_request(found)
    return None


def _as_pull_request(found: ProjectMergeRequest) -> PullRequest:
    return PullRequest(
        found.iid, found.web_url, head=found.source_branch, base=found.target_branch, is_draft=bool(found.draft)
    )


def _as_comment(subject: Subject, note: Any) -> Comment:
    author = note["author"]["username"]
    return Comment(f"{_place(subject)}/notes/{note['id']}", note["body"] or "", Account(author, is_bot=is_bot(author)))


def _account(written: Any) -> Account:
    login = written.author["username"] if written.author else "ghost"
    return Account(login, is_bot=is_bot(login))
