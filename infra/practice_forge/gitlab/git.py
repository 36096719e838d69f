"""Git over HTTP in a GitLab world: groups in paths, tokens with scopes, protected branches."""

import re
from collections.abc import Sequence

from werkzeug.wrappers import Request

from infra.practice_forge.git_http import NOBODY
from infra.practice_forge.gitlab.access import DEVELOPER, Asker, can_see, identify_git, level, may_push
from infra.practice_forge.gitlab.acts.merge_requests import branch_moved
from infra.practice_forge.gitlab.acts.pushes import MOST_REFS
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.refusals import bad_credentials, forbidden, not_found
from infra.practice_forge.repos import NO_COMMIT, RefUpdate
from infra.practice_forge.state import Account, Repository

ADDRESS = re.compile(
    r"/(?P<owner>[A-Za-z0-9_.-]+(?:/[A-Za-z0-9_.-]+)*)/(?P<name>[A-Za-z0-9_.-]+?)(?:\.git)?"
    r"/(?P<service>info/refs|git-upload-pack|git-receive-pack)"
)
READ_SCOPES = {"api", "read_api", "read_repository", "write_repository"}
WRITE_SCOPES = {"api", "write_repository"}


class GitlabGate:
    """GitLab's side of git."""

    ADDRESS = ADDRESS

    def __init__(self, shelves: Shelves) -> None:
        self._shelves = shelves

    def admit(self, request: Request, owner: str, name: str, *, writes: bool) -> tuple[Repository, Account]:
        """Find the project and who asks; a token needs the scope, its user the level of a developer to push."""
        asker = identify_git(self._shelves.forge, request)
        repo = self._shelves.state.repository(owner, name)
        if repo is None or not can_see(asker, repo) or (writes and asker.account is None):
            # Git asks for a password only after a 401.
            raise not_found() if asker.account else bad_credentials("HTTP Basic: Access denied")
        scopes = WRITE_SCOPES if writes else READ_SCOPES
        if asker.token is not None and not scopes & set(asker.token.scopes):
            raise forbidden("HTTP Basic: Access denied. The token lacks the scope for this.")
        if writes and level(asker, repo) < DEVELOPER:
            raise forbidden("You are not allowed to push code to this project.")
        return repo, asker.account or NOBODY

    def allow(self, repo: Repository, writer: Account, updates: Sequence[RefUpdate]) -> None:
        """Let a push pass that moves no branch which is protected from its author.

        GitLab says so in its pre-receive hook; here the whole push is answered 403.
        """
        for update in updates:
            branch = update.ref.removeprefix("refs/heads/")
            protected = update.ref.startswith("refs/heads/") and not may_push(Asker(writer), repo, branch)
            if protected:
                raise forbidden("GitLab: You are not allowed to push code to protected branches on this project.")
            if update.new == NO_COMMIT and branch == repo.default_branch:
                raise forbidden("GitLab: The default branch of a project cannot be deleted.")

    def moved(self, repo: Repository, writer: Account, updates: Sequence[RefUpdate]) -> None:
        """Tell the hooks, unless it were too many refs at once, and let merge requests follow."""
        for update in updates:
            branch_moved(self._shelves, repo, writer, update, quiet=len(updates) > MOST_REFS)
