"""Making repositories with a first commit, for tests, for the demo and for `POST /user/repos`."""

import dataclasses
from collections.abc import Mapping

from infra.practice_forge.forge import Forge
from infra.practice_forge.repos import NO_COMMIT, Signature, TreeChange
from infra.practice_forge.state import Repository, Role

PLAIN_FILE, PROGRAM = "100644", "100755"


@dataclasses.dataclass(frozen=True, slots=True)
class NewRepository:
    """A repository to make: `files` by path, empty for one without commits; `roles` by login.

    `author` makes the first commit; empty for the owner, who then must have an account. A fork names its parent.
    """

    owner: str
    name: str
    files: Mapping[str, bytes] = dataclasses.field(default_factory=dict)
    message: str = "Initial commit"
    description: str = ""
    private: bool = False
    default_branch: str = "main"
    roles: Mapping[str, Role] = dataclasses.field(default_factory=dict)
    author: str = ""
    parent_id: int = 0


def make_repository(forge: Forge, wish: NewRepository) -> Repository:
    """Make the repository on disk and on its shelf; no webhook tells of it.

    A folder left by an earlier run is taken as it is, with its history, and `files` are not written again.
    Raises `LookupError` when who makes the first commit has no account.
    """
    author = forge.state.account(wish.author or wish.owner)
    if author is None:
        raise LookupError(f"There is no account {wish.author or wish.owner}.")
    now = forge.state.now()
    roles = {login.lower(): role for login, role in wish.roles.items()}
    repo = Repository(
        id=forge.state.new_id(),
        owner=wish.owner if wish.author else author.login,
        name=wish.name,
        description=wish.description,
        private=wish.private,
        default_branch=wish.default_branch,
        created_at=now,
        pushed_at=now,
        roles=roles,
        parent_id=wish.parent_id,
    )
    git = forge.git(repo)
    git.create(wish.default_branch)
    if wish.files and not git.branches():
        changes = [TreeChange(path, _mode(raw), git.write_blob(raw)) for path, raw in wish.files.items()]
        who = Signature(author.name, f"{author.id}+{author.login}@users.noreply.github.com", now)
        tree = git.write_tree(None, changes)
        sha = git.write_commit(tree, [], wish.message, author=who, committer=who)
        git.set_ref(f"refs/heads/{wish.default_branch}", sha, old=NO_COMMIT)
    forge.state.keep_repository(repo)
    return repo


def _mode(raw: bytes) -> str:
    """Scripts become programs, all else plain files."""
    return PROGRAM if raw.startswith(b"#!") else PLAIN_FILE
