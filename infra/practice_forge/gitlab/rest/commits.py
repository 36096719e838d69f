"""Commits: reading, comparing, making them from actions, and statuses on them."""

from http import HTTPStatus

from infra.practice_forge.gitlab.access import DEVELOPER, may_push
from infra.practice_forge.gitlab.acts.commits import Action, decode, write
from infra.practice_forge.gitlab.acts.merge_requests import branch_moved
from infra.practice_forge.gitlab.calls import Call, page_of
from infra.practice_forge.gitlab.params import Params
from infra.practice_forge.gitlab.records import Status
from infra.practice_forge.gitlab.refusals import bad_parameter, forbidden, invalid_field, not_found, plain_bad_request
from infra.practice_forge.gitlab.routing import Route
from infra.practice_forge.gitlab.shapes import commits as shapes
from infra.practice_forge.gitlab.shapes.merge_requests import file_diff
from infra.practice_forge.history import diff_files, merge_point, read_commit, read_commits
from infra.practice_forge.repos import NO_COMMIT, GitError, GitRepository, RefUpdate, Signature
from infra.practice_forge.rest.calls import Reply
from infra.practice_forge.state import Account, Repository

KINDS = ("create", "update", "delete", "move", "chmod")
REFUSED = {"pending": ":enqueue", "running": ":run"}  # what cannot be said twice
LONGEST_DESCRIPTION = 255
STATES = ("pending", "running", "success", "failed", "canceled", "skipped")


def list_commits(call: Call, project: str) -> Reply:
    """GET /projects/:id/repository/commits of `ref_name`, newest first."""
    repo, params = call.project(project), call.params()
    start = call.git(repo).resolve(params.text_or_none("ref_name") or repo.default_branch)
    if start is None:
        raise not_found("Commit")
    found = read_commits(call.git(repo), start)
    return page_of(call, found, lambda commit: shapes.commit(call.forge, repo, commit))


def get_commit(call: Call, project: str, sha: str) -> Reply:
    """GET /projects/:id/repository/commits/:sha, which may be a branch too."""
    repo = call.project(project)
    commit = read_commit(call.git(repo), _resolve(call, repo, sha))
    stats = [diff_files(call.git(repo), parent, commit.sha) for parent in commit.parents[:1]]
    added = sum(file.additions for files in stats for file in files)
    removed = sum(file.deletions for files in stats for file in files)
    totals = {"additions": added, "deletions": removed, "total": added + removed}
    return Reply(shapes.commit(call.forge, repo, commit) | {"stats": totals, "project_id": repo.id, "status": None})


def _resolve(call: Call, repo: Repository, revision: str) -> str:
    found = call.git(repo).resolve(revision)
    if found is None:
        raise not_found("Commit")
    return found


def post_commit(call: Call, project: str) -> Reply:
    """POST /projects/:id/repository/commits: `actions` on a branch, or on a new one from another's tip."""
    repo, params, git = call.project(project), call.params(), call.git(call.project(project))
    author = call.writer(repo)
    branch, message = params.text("branch"), params.text("commit_message")
    actions = [_action(item) for item in params.objects("actions")]
    if not may_push(call.asker, repo, branch):
        raise forbidden("You are not allowed to push into this branch")
    old = git.ref(f"refs/heads/{branch}")
    start = _start(git, params, branch, old)
    tree = write(git, start, actions)
    who = _signature(call, params, author)
    sha = git.write_commit(tree, [start] if start else [], message, author=who, committer=who)
    _move(git, branch, sha, old)
    branch_moved(call.shelves, repo, author, RefUpdate(f"refs/heads/{branch}", old or NO_COMMIT, sha))
    return Reply(shapes.commit(call.forge, repo, read_commit(git, sha)), HTTPStatus.CREATED)


def _action(item: Params) -> Action:
    kind, path = item.choice("action", *KINDS), item.text("file_path")
    if kind is None:
        raise bad_parameter("actions[action] is missing")
    content = item.text_or_none("content")
    if kind == "update" and content is None:
        raise bad_parameter("actions[content] is missing")
    raw = None if content is None else decode(content, item.choice("encoding", "text", "base64") or "text")
    return Action(
        kind=kind,
        path=path,
        previous=item.text("previous_path") if kind == "move" else "",
        content=raw,
        executable=item.flag("execute_filemode"),
        last_commit=item.text_or_none("last_commit_id") or "",
    )


def _start(git: GitRepository, params: Params, branch: str, old: str | None) -> str | None:
    """Return the commit to build on; None makes the first one of an empty repository."""
    start_branch, start_sha = params.text_or_none("start_branch"), params.text_or_none("start_sha")
    if start_branch and start_sha:
        raise bad_parameter("start_branch, start_sha are mutually exclusive")
    if not git.accepts_ref_name(f"refs/heads/{branch}"):
        raise plain_bad_request("Branch name is invalid")
    wanted = start_branch or start_sha
    if not wanted:
        if old is None and git.branches():
            raise plain_bad_request("You can only create or edit files when you are on a branch")
        return old
    if old is not None and not params.flag("force") and start_branch != branch:
        raise plain_bad_request(
            f"A branch called '{branch}' already exists. Switch to that branch in order to make changes"
        )
    found = git.branches().get(start_branch) if start_branch else git.resolve(start_sha or "")
    if found is None:
        raise plain_bad_request("Cannot find start_branch" if start_branch else "Cannot find start_sha")
    return found


def _move(git: GitRepository, branch: str, sha: str, old: str | None) -> None:
    try:
        git.set_ref(f"refs/heads/{branch}", sha, old=old or NO_COMMIT)
    except GitError as error:
        # A folder where a file is, or a push in the same moment.
        raise plain_bad_request("Could not update branch. Please refresh and try again.") from error


def _signature(call: Call, params: Params, author: Account) -> Signature:
    default = f"{author.id}-{author.login}@users.noreply.example.com"
    name, email = params.text_or_none("author_name"), params.text_or_none("author_email")
    return Signature(name or author.name, email or default, call.shelves.state.now())


def compare(call: Call, project: str) -> Reply:
    """GET /projects/:id/repository/compare: from the fork point on, or straight from one to the other."""
    repo, params, git = call.project(project), call.params(), call.git(call.project(project))
    start, end = git.resolve(params.text("from")), git.resolve(params.text("to"))
    if start is None or end is None:
        raise not_found("Ref")
    base = start if params.flag("straight") else merge_point(git, start, end) or start
    commits = read_commits(git, end, f"^{start}")[::-1]
    files = diff_files(git, base, end)
    shown = [shapes.commit(call.forge, repo, commit) for commit in commits]
    return Reply(
        {
            "commit": shown[-1] if shown else None,
            "commits": shown,
            "diffs": [file_diff(file, whole=True) for file in files],
            "compare_timeout": False,
            "compare_same_ref": start == end,
        }
    )


def post_status(call: Call, project: str, sha: str) -> Reply:
    """POST /projects/:id/statuses/:sha; the same name on the same commit is one status that changes."""
    repo, params = call.project(project), call.params()
    author = call.writer(repo, DEVELOPER)
    state = params.choice("state", *STATES)
    if state is None:
        raise bad_parameter("state is missing")
    name = params.text_or_none("name") or params.text_or_none("context") or "default"
    commit = _resolve(call, repo, sha)
    known = next((s for s in _statuses(call, repo, commit) if s.name == name), None)
    if known and known.status == state and state in REFUSED:
        raise plain_bad_request(f"Cannot transition status via {REFUSED[state]} from :{state}")
    if len(params.text_or_none("description") or "") > LONGEST_DESCRIPTION:
        raise invalid_field("description", f"is too long (maximum is {LONGEST_DESCRIPTION} characters)")
    status = Status(
        id=known.id if known else call.shelves.state.new_id(),
        repo_id=repo.id,
        sha=commit,
        ref=params.text_or_none("ref") or repo.default_branch,
        name=name,
        status=state,
        author=author.login,
        description=params.text_or_none("description"),
        target_url=params.text_or_none("target_url"),
        created_at=known.created_at if known else call.shelves.state.now(),
    )
    call.shelves.statuses[status.id] = status
    return Reply(shapes.status(call.forge, status), HTTPStatus.CREATED)


def _statuses(call: Call, repo: Repository, sha: str) -> list[Status]:
    return [status for status in call.shelves.statuses.values() if (status.repo_id, status.sha) == (repo.id, sha)]


def list_statuses(call: Call, project: str, sha: str) -> Reply:
    """GET /projects/:id/repository/commits/:sha/statuses."""
    repo = call.project(project)
    wanted = call.params().text_or_none("name")
    found = [each for each in _statuses(call, repo, _resolve(call, repo, sha)) if wanted in {None, each.name}]
    return page_of(call, found, lambda status: shapes.status(call.forge, status))


COMMITS = "/projects/:project/repository/commits"
ROUTES = (
    Route("GET", COMMITS, list_commits),
    Route("POST", COMMITS, post_commit),
    Route("GET", f"{COMMITS}/:sha", get_commit),
    Route("GET", f"{COMMITS}/:sha/statuses", list_statuses),
    Route("GET", "/projects/:project/repository/compare", compare),
    Route("POST", "/projects/:project/statuses/:sha", post_status),
)
