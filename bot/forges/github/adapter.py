"""Speaks to GitHub in the words of `bot.forges.protocol`."""

import re
from http import HTTPStatus
from urllib.parse import urlsplit

import github.Issue
import github.PullRequest
from github import Github, GithubException
from github.IssueComment import IssueComment
from github.NamedUser import NamedUser
from github.Organization import Organization
from github.Repository import Repository

from bot.errors import UserError
from bot.events import Account, Changes, Clone, Comment, Issue, Permission, PullRequest, Repo, Subject
from bot.forges.branches import check_branch
from bot.forges.github.access import GitHubAccess
from bot.forges.github.checks import GitHubChecks
from bot.forges.github.client import app_client, client
from bot.forges.github.cloning import clone_for
from bot.forges.github.commits import author, branch_head, is_large, is_too_large, make_commit
from bot.forges.github.descriptions import GitHubDescriptions
from bot.forges.github.errors import first_text, translated
from bot.forges.github.reviews import GitHubReviews
from bot.forges.pushing import Commit, push_commit

_COMMENT = re.compile(r"(pulls/comments/)?[0-9]+")
# GitHub folds its finer roles into these words: maintain is "write", triage is "read".
_PERMISSIONS = {"admin": Permission.ADMIN, "write": Permission.WRITE, "read": Permission.READ}


class GitHubForge:
    """The speaking half for GitHub, as one installation of an App or with one token; made anew for every job."""

    __slots__ = ("_access", "_client", "_installation", "_login")

    def __init__(self, access: GitHubAccess, installation: str = "") -> None:
        self._access = access
        self._installation = installation if access.app_id else ""
        self._client: Github = client(access, installation)
        self._login = access.login

    @property
    def name(self) -> str:
        """The word in the webhook's path and in the ledger."""
        return "github"

    @property
    def reviews(self) -> GitHubReviews:
        """What is said about the diffs of pull requests."""
        return GitHubReviews(self._client, self._own_login, self.clone)

    @property
    def checks(self) -> GitHubChecks:
        """What stands beside a commit."""
        return GitHubChecks(self._client, self._access, is_app=bool(self._installation))

    @property
    def descriptions(self) -> GitHubDescriptions:
        """What stands at the head of pull requests."""
        return GitHubDescriptions(self._client)

    @translated("ask for the permission")
    def permission(self, repo: Repo, login: str) -> Permission:
        """Ask GitHub what `login` may do in `repo` now. Unknown accounts are `NONE`."""
        try:
            word = self._repository(repo).get_collaborator_permission(login)
        except GithubException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return Permission.NONE
            raise
        return _PERMISSIONS.get(word, Permission.NONE)

    @translated("read the issue")
    def issue(self, repo: Repo, subject: Subject) -> Issue:
        """Read an issue, or the issue that GitHub has for every pull request."""
        repository = self._repository(repo)
        found = repository.get_issue(subject.number).complete()
        return Issue(
            number=found.number,
            title=found.title,
            body=found.body or "",
            author=_account(found),
            is_pull_request=found.pull_request is not None,
            is_open=found.state == "open",
            is_from_outside=found.pull_request is not None and _is_from_outside(repository.get_pull(subject.number)),
        )

    @translated("react to the request")
    def react(self, repo: Repo, subject: Subject, comment_id: str, reaction: str) -> None:
        """Put one reaction ("eyes") on a comment or an issue; GitHub keeps a second one from being made."""
        target = self._comment(repo, comment_id) if comment_id else self._repository(repo).get_issue(subject.number)
        target.create_reaction(reaction)

    @translated("look through the comments")
    def find_comment(self, repo: Repo, subject: Subject, marker: str) -> Comment | None:
        """Return our own account's oldest comment there that contains `marker`."""
        login = self._own_login()
        for comment in self._repository(repo).get_issue(subject.number).get_comments():
            if marker in (comment.body or "") and _account(comment).login == login:
                return _as_comment(comment)
        return None

    @translated("write the comment")
    def create_comment(self, repo: Repo, subject: Subject, body: str) -> Comment:
        """Write a new comment."""
        return _as_comment(self._repository(repo).get_issue(subject.number).create_comment(body))

    @translated("edit the comment")
    def edit_comment(self, repo: Repo, comment_id: str, body: str) -> None:
        """Replace the body of one of our comments."""
        self._comment(repo, comment_id).edit(body)

    @translated("delete the comment")
    def delete_comment(self, repo: Repo, comment_id: str) -> None:
        """Take back one of our comments; one that is gone already is no error."""
        try:
            self._comment(repo, comment_id).delete()
        except GithubException as error:
            if error.status != HTTPStatus.NOT_FOUND:
                raise

    @translated("read the repository")
    def default_branch(self, repo: Repo) -> str:
        """Return the name of the branch that pull requests go to."""
        return self._repository(repo).default_branch

    @translated("read the branch")
    def head(self, repo: Repo, branch: str) -> str | None:
        """Return the commit sha that a branch points to, or None when there is no such branch."""
        return branch_head(self._repository(repo), branch)

    @translated("get a token for git")
    def clone(self, repo: Repo) -> Clone:
        """Say how git reaches the repository; an App's token is new, and good for reading this repository alone."""
        return clone_for(self._access, self._installation, repo, "read")

    def pull_request_ref(self, number: int) -> str:
        """Return the full ref by which git fetches a pull request's head from the repository that it goes to."""
        return f"refs/pull/{number:d}/head"

    @translated("make the commit")
    def commit(self, repo: Repo, *, branch: str, parent: str, message: str, changes: Changes, merging: str = "") -> str:
        """Make one commit on top of `parent` and let `branch` point to it; return its sha.

        A large one is pushed; GitHub does not sign it then. Raises `UserError` when the branch is there and points
        elsewhere than to `parent`.
        """
        check_branch(branch)
        repository, wish = self._repository(repo), Commit(branch, parent, message, changes, merging)
        try:
            if not is_large(changes):
                return make_commit(repository, wish)
        except GithubException as error:
            if not is_too_large(error):
                raise
        clone = clone_for(self._access, self._installation, repo, "write")
        us = author(self._client, self._own_login(), urlsplit(self._access.web_url).hostname or "")
        return push_commit(clone, wish, head=branch_head(repository, branch), author=us)

    @translated("look for the commit")
    def find_commit(self, repo: Repo, branch: str, marker: str) -> str | None:
        """Return the sha that `branch` points to if that commit's message contains `marker`, else None."""
        repository = self._repository(repo)
        sha = branch_head(repository, branch)
        return sha if sha and marker in repository.get_git_commit(sha).message else None

    @translated("look for the pull request")
    def find_pull_request(self, repo: Repo, branch: str) -> PullRequest | None:
        """Return the open pull request from `branch` of this repository, if there is one."""
        return _find_pull_request(self._repository(repo), repo, branch)

    @translated("read the pull request")
    def own_pull_request(self, repo: Repo, number: int) -> PullRequest | None:
        """Return an open pull request by its number if our own account opened it from a branch of this repository."""
        try:
            pull = self._repository(repo).get_pull(number).complete()
        except GithubException as error:
            if error.status == HTTPStatus.NOT_FOUND:
                return None
            raise
        is_ours = pull.state == "open" and _account(pull).login == self._own_login() and not _is_from_outside(pull)
        return _as_pull_request(pull) if is_ours else None

    @translated("open the pull request")
    def open_pull_request(
        self, repo: Repo, *, branch: str, base: str, title: str, body: str, draft: bool
    ) -> PullRequest:
        """Open a pull request; if one from `branch` is open already, return that one.

        Where GitHub's plan has no drafts the pull request is opened as a plain one.
        """
        repository = self._repository(repo)
        found = _find_pull_request(repository, repo, branch)
        if found:
            return found
        try:
            return _create(repository, branch=branch, base=base, title=title, body=body, draft=draft)
        except GithubException as error:
            said = first_text(error).lower()
            found = _find_pull_request(repository, repo, branch) if "already exists" in said else None
            if found:
                return found
            if not (draft and "draft" in said):
                raise
        return _create(repository, branch=branch, base=base, title=title, body=body, draft=False)

    @translated("edit the pull request")
    def edit_pull_request(self, repo: Repo, number: int, *, title: str, body: str, draft: bool | None = None) -> None:
        """Replace title and body of one of our pull requests, and make it a draft or ready unless `draft` is None."""
        pull = self._repository(repo).get_pull(number)
        pull.edit(title=title, body=body)
        if draft is not None and pull.draft is not draft:
            _set_draft(pull, draft=draft)

    def _repository(self, repo: Repo) -> Repository:
        return self._client.get_repo(repo.path)  # lazy: asks nothing yet

    def _comment(self, repo: Repo, comment_id: str) -> IssueComment:
        if not _COMMENT.fullmatch(comment_id):
            raise UserError(f"{comment_id!r} is no comment of GitHub's.", mend="They are called 1 or pulls/comments/1.")
        # Comments on lines have an address of their own; reacting, editing and deleting are the same there.
        place = comment_id if "/" in comment_id else f"issues/comments/{comment_id}"
        return IssueComment(self._client.requester, url=f"/repos/{repo.path}/{place}")

    def _own_login(self) -> str:
        if not self._login:
            self._login = self._ask_login()
        return self._login

    def _ask_login(self) -> str:
        if self._installation:
            return f"{app_client(self._access).get_app().slug}[bot]"
        return self._client.get_user().login


def _is_from_outside(pull: github.PullRequest.PullRequest) -> bool:
    home: Repository | None = pull.head.repo  # null once the fork is gone
    return home is None or home.id != pull.base.repo.id


def _set_draft(pull: github.PullRequest.PullRequest, *, draft: bool) -> None:
    if not draft:
        pull.mark_ready_for_review()
        return
    try:
        pull.convert_to_draft()
    except GithubException as error:
        if "draft" not in first_text(error).lower():  # the plan has none
            raise


def _create(repository: Repository, *, branch: str, base: str, title: str, body: str, draft: bool) -> PullRequest:
    # GitHub's default is to let maintainers push to the branch, and where that is not ours to give it refuses it all.
    return _as_pull_request(
        repository.create_pull(base, branch, title=title, body=body, draft=draft, maintainer_can_modify=False)
    )


def _find_pull_request(repository: Repository, repo: Repo, branch: str) -> PullRequest | None:
    for pull in repository.get_pulls(state="open", head=f"{repo.owner}:{branch}"):
        # GitHub ignores a filter that it does not understand, and a fork may have a branch of this name.
        if pull.head.ref == branch and not _is_from_outside(pull):
            return _as_pull_request(pull)
    return None


def _as_pull_request(pull: github.PullRequest.PullRequest) -> PullRequest:
    return PullRequest(pull.number, pull.html_url, head=pull.head.ref, base=pull.base.ref, is_draft=bool(pull.draft))


def _as_comment(comment: IssueComment) -> Comment:
    return Comment(str(comment.id), comment.body or "", _account(comment))


def _account(written: github.Issue.Issue | github.PullRequest.PullRequest | IssueComment) -> Account:
    user: NamedUser | Organization | None = written.user  # null once the account is gone, whatever PyGithub's types say
    if user is None:
        return Account("ghost")
    return Account(user.login, is_bot=user.type == "Bot" or user.login.endswith("[bot]"))
