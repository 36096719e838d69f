"""Opening and merging merge requests, and keeping them in step with their branches."""

import dataclasses
import re
from collections.abc import Container
from http import HTTPStatus

from infra.practice_forge.acts.forks import bring
from infra.practice_forge.gitlab.acts.pushes import push_told
from infra.practice_forge.gitlab.acts.remarks import remark
from infra.practice_forge.gitlab.acts.subjects import Edit, change, changes, check_text, tell
from infra.practice_forge.gitlab.records import MergeRequest, Version
from infra.practice_forge.gitlab.refusals import Refusal, conflict, invalid_field, method_not_allowed
from infra.practice_forge.gitlab.shelves import Shelves
from infra.practice_forge.history import count, merge_point
from infra.practice_forge.repos import NO_COMMIT, GitError, RefUpdate, Signature
from infra.practice_forge.state import Account, Repository

CLOSING = re.compile(r"\b(?:clos(?:e[sd]?|ing)|fix(?:e[sd]|ing)?|resolv(?:e[sd]?|ing))\s+#(\d+)", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Proposal:
    """A merge request to open from branch `source` of `home`, which is the project itself or a fork of it.

    `texts` holds title, description, labels and people. A fork's may be `is_collaborative`.
    """

    home: Repository
    source: str
    target: str
    texts: Edit
    is_collaborative: bool = False


def open_merge_request(shelves: Shelves, repo: Repository, author: Account, wish: Proposal) -> MergeRequest:
    """Open a merge request and tell the hooks; refuses what GitLab refuses."""
    check_text(wish.texts.title, wish.texts.body)
    is_fork = wish.home.id != repo.id
    heads, tips = (shelves.forge.git(each).branches() for each in (wish.home, repo))
    if wish.source == wish.target and not is_fork:
        words = "You can't use same project/branch for source and target"
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, [words])
    _require_branch(heads, "Source", wish.source)
    _require_branch(tips, "Target", wish.target)
    _refuse_twin(shelves, repo, wish.home.id, wish.source, wish.target)
    bring(shelves.forge, repo, wish.home, wish.source)
    now = shelves.state.now()
    request = MergeRequest(
        id=shelves.state.new_id(),
        repo_id=repo.id,
        number=shelves.next_merge_request(repo.id),
        title=wish.texts.title or "",
        body=wish.texts.body or "",
        author=author.login,
        source=wish.source,
        target=wish.target,
        versions=(_version(shelves, repo, heads[wish.source], tips[wish.target]),),
        created_at=now,
        updated_at=now,
        labels=wish.texts.labels or (),
        assignees=wish.texts.assignees or (),
        reviewers=wish.texts.reviewers or (),
        fork_id=wish.home.id if is_fork else 0,
        is_collaborative=is_fork and wish.is_collaborative,
    )
    _keep(shelves, repo, request)
    tell(shelves, repo, author, request, "open")
    return request


def _require_branch(tips: Container[str], side: str, branch: str) -> None:
    if branch not in tips:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, [f'{side} branch "{branch}" does not exist'])


def _refuse_twin(shelves: Shelves, repo: Repository, home_id: int, source: str, target: str) -> None:
    for other in shelves.merge_requests.values():
        facts = (other.repo_id, other.home_id, other.source, other.target, other.state)
        if facts == (repo.id, home_id, source, target, "opened"):
            words = f"Another open merge request already exists for this source branch: !{other.number}"
            raise conflict([words])


def _version(shelves: Shelves, repo: Repository, head: str, start: str) -> Version:
    base = merge_point(shelves.forge.git(repo), start, head) or start
    return Version(shelves.state.new_id(), base, start, head, shelves.state.now())


def _keep(shelves: Shelves, repo: Repository, request: MergeRequest) -> None:
    """Put a merge request on its shelf, and its head where a clone can fetch it from."""
    shelves.keep_merge_request(request)
    name = f"refs/merge-requests/{request.number}/head"
    shelves.forge.git(repo).run("update-ref", name, request.version.head_sha)


def edit_merge_request(
    shelves: Shelves, repo: Repository, author: Account, request: MergeRequest, edit: Edit
) -> MergeRequest:
    """Change a merge request; another target makes a new version."""
    if edit.target is not None:
        _require_branch(shelves.forge.git(repo).branches(), "Target", edit.target)
    if edit.is_open and request.state == "closed":
        _refuse_twin(shelves, repo, request.home_id, request.source, request.target)
    if edit.is_open is not None and request.state == "merged":
        raise invalid_field("state", "cannot transition via this event from merged")
    new = change(shelves, repo, author, request, edit)
    if isinstance(new, MergeRequest) and new.target != request.target:
        start = shelves.forge.git(repo).branches()[new.target]
        version = _version(shelves, repo, new.version.head_sha, start)
        new = dataclasses.replace(new, versions=(*new.versions, version))
        shelves.keep_merge_request(new)
    return shelves.merge_requests[repo.id, request.number]


def merge(
    shelves: Shelves, repo: Repository, author: Account, request: MergeRequest, *, message: str = ""
) -> MergeRequest:
    """Merge with a merge commit, close the issues that the text names, and tell the hooks."""
    git = shelves.forge.git(repo)
    target = git.ref(f"refs/heads/{request.target}")
    if request.state != "opened" or request.draft or target is None:
        raise method_not_allowed()
    try:
        tree = git.run("merge-tree", "--write-tree", target, request.version.head_sha).decode().split("\n", 1)[0]
    except GitError as error:
        raise Refusal(HTTPStatus.UNPROCESSABLE_ENTITY, "Branch cannot be merged") from error
    now = shelves.state.now()
    who = Signature(author.name, f"{author.id}-{author.login}@users.noreply.example.com", now)
    default = f"Merge branch '{request.source}' into '{request.target}'\n\n{request.title}"
    parents = [target, request.version.head_sha]
    text = message or f"{default}\n\nSee merge request {repo.path}!{request.number}"
    sha = git.write_commit(tree, parents, text, author=who, committer=who)
    git.set_ref(f"refs/heads/{request.target}", sha, old=target)
    merged = dataclasses.replace(request, merged_at=now, merged_by=author.login, merge_sha=sha, updated_at=now)
    shelves.keep_merge_request(merged)
    branch_moved(shelves, repo, author, RefUpdate(f"refs/heads/{request.target}", target, sha))
    tell(shelves, repo, author, merged, "merge", changes=changes(shelves, repo, request, merged))
    _close_named(shelves, repo, author, merged)
    return merged


def closing_numbers(text: str) -> list[int]:
    """Return the numbers of the issues that a text says it closes."""
    return [int(number) for number in CLOSING.findall(text)]


def _close_named(shelves: Shelves, repo: Repository, author: Account, request: MergeRequest) -> None:
    """Close the issues that a merge into the default branch finishes."""
    if request.target != repo.default_branch:
        return
    for number in closing_numbers(f"{request.title}\n{request.body}"):
        issue = shelves.state.issues.get((repo.id, number))
        if issue is not None:
            change(shelves, repo, author, issue, Edit(is_open=False))


def branch_moved(
    shelves: Shelves, repo: Repository, author: Account, update: RefUpdate, *, quiet: bool = False
) -> None:
    """Do what follows when a ref has moved: the push event (unless `quiet`), and merge requests from that branch."""
    if update.old == update.new:
        return
    repo = dataclasses.replace(repo, pushed_at=shelves.state.now())
    shelves.state.keep_repository(repo)
    if not quiet:
        push_told(shelves, repo, author, update)
    branch = update.ref.removeprefix("refs/heads/")
    if update.ref.startswith("refs/heads/") and update.new != NO_COMMIT:
        for request in [*shelves.merge_requests.values()]:
            if (request.home_id, request.source, request.state) == (repo.id, branch, "opened"):
                target = shelves.state.repository_of(request.repo_id)
                bring(shelves.forge, target, repo, branch)
                _follow(shelves, target, author, request, update)


def _follow(shelves: Shelves, repo: Repository, author: Account, request: MergeRequest, update: RefUpdate) -> None:
    """Give a merge request the version that a push to its branch makes."""
    start = shelves.forge.git(repo).ref(f"refs/heads/{request.target}") or request.version.start_sha
    version = _version(shelves, repo, update.new, start)
    versions = (*request.versions, version)
    new = dataclasses.replace(request, versions=versions, updated_at=shelves.state.now())
    _keep(shelves, repo, new)
    fresh = count(shelves.forge.git(repo), request.version.head_sha, update.new)
    remark(shelves, author, new, f"added {fresh} commit{'' if fresh == 1 else 's'}")
    told = changes(shelves, repo, request, new)
    tell(shelves, repo, author, new, "update", changes=told, more={"oldrev": update.old})
