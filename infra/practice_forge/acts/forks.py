"""Forks: copies of a repository in another account, and what it takes to compare with them."""

from infra.practice_forge.forge import Forge
from infra.practice_forge.seeding import NewRepository, make_repository
from infra.practice_forge.state import Account, Repository


def fork(forge: Forge, parent: Repository, account: Account) -> Repository:
    """Return an account's fork of a repository, made with all branches if there is none yet."""
    state = forge.state
    for known in state.repositories.values():
        if (known.parent_id, known.owner) == (parent.id, account.login):
            return known
    name = parent.name
    while state.repository(account.login, name):
        name += "-1"
    wish = NewRepository(
        account.login,
        name,
        description=parent.description,
        private=parent.private,
        default_branch=parent.default_branch,
        parent_id=parent.id,
    )
    made = make_repository(forge, wish)
    forge.git(made).run("fetch", "--quiet", str(forge.git(parent).folder), "+refs/heads/*:refs/heads/*")
    return made


def root(forge: Forge, repo: Repository) -> Repository:
    """Return the repository that a fork, or a fork of a fork, comes from in the end; any other is its own."""
    while repo.parent_id:
        repo = forge.state.repository_of(repo.parent_id)
    return repo


def relative_of(forge: Forge, repo: Repository, owner: str) -> Repository | None:
    """Return an account's repository with the same root as `repo`, maybe itself."""
    if owner.lower() == repo.owner.lower():
        return repo
    origin = root(forge, repo)
    theirs = (each for each in forge.state.repositories.values() if each.owner.lower() == owner.lower())
    return next((each for each in theirs if root(forge, each) == origin), None)


def bring(forge: Forge, repo: Repository, home: Repository, branch: str) -> None:
    """Let `repo` have the commits of a branch of `home`, so that both can be compared there; no ref moves."""
    if home.id != repo.id:
        source = str(forge.git(home).folder)
        forge.git(repo).run("fetch", "--quiet", "--no-write-fetch-head", source, f"refs/heads/{branch}")
