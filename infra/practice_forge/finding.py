"""Finds what somebody asks for, for the pages and the API alike: what may not be seen is not there."""

from infra.practice_forge.auth import Actor, can_see
from infra.practice_forge.refusals import not_found
from infra.practice_forge.state import Issue, Repository, State


def find_repository(state: State, actor: Actor, owner: str, name: str) -> Repository:
    """Find a repository that `actor` may see, or raise 404."""
    repo = state.repository(owner, name)
    if repo is None or not can_see(actor, repo):
        raise not_found()
    return repo


def find_issue(state: State, repo: Repository, number: int) -> Issue:
    """Find an issue or pull request by number, or raise 404."""
    issue = state.issues.get((repo.id, number))
    if issue is None:
        raise not_found()
    return issue
