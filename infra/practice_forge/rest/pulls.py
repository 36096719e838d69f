"""Pull requests."""

from infra.practice_forge.acts.issues import change_issue
from infra.practice_forge.acts.pulls import Proposal, change_base, find_head, merge_pull, open_pull, reopen_is_possible
from infra.practice_forge.auth import may_change, require_read, require_write, role_of
from infra.practice_forge.history import diff_files, fork_point, read_commits
from infra.practice_forge.refusals import forbidden, invalid
from infra.practice_forge.rest.calls import Call, Reply, Route, created, page_of
from infra.practice_forge.rest.diffs import diff_reply
from infra.practice_forge.rest.issues import matches, read_edit
from infra.practice_forge.shapes import pulls as shapes
from infra.practice_forge.shapes.repositories import commit as commit_shape
from infra.practice_forge.shapes.repositories import file_diff
from infra.practice_forge.state import RANK, PullRequest, Repository

MOST_FILES = 3000


def list_pulls(call: Call, owner: str, name: str) -> Reply:
    """GET /repos/{owner}/{repo}/pulls, newest first; `head` is `owner:branch`."""
    repo = _readable(call, owner, name)
    args, state = call.request.args, call.forge.state
    wanted, head, base = args.get("state", "open"), args.get("head", ""), args.get("base", "")
    pulls = [
        pull
        for (repo_id, number), pull in sorted(state.pulls.items(), reverse=True)
        if repo_id == repo.id
        and matches(state.issues[repo.id, number], wanted)
        # GitHub takes a head without an owner for no filter at all.
        and (":" not in head or head.lower() == f"{state.repository_of(pull.home_id).owner}:{pull.head}".lower())
        and base in {"", pull.base}
    ]
    return page_of(call, pulls, lambda pull: shapes.pull(call.forge, repo, pull))


def post_pull(call: Call, owner: str, name: str) -> Reply:
    """POST /repos/{owner}/{repo}/pulls; `head` is a branch, or `owner:branch` of a fork."""
    repo, fields = call.repo(owner, name), call.fields()
    title, head, base = fields.text("title"), fields.text("head"), fields.text("base")
    home, branch = find_head(call.forge, repo, head)
    # From a fork, a person needs no rights but those in the fork; an App is asked for its own here all the same.
    author = require_write(call.actor, repo, "pull_requests", role="write" if home is repo else "none")
    may_push = RANK[role_of(call.actor, home)] >= RANK["write"]
    if not (may_push or call.actor.installation):
        raise invalid("PullRequest", "head", "invalid")
    shares = home is not repo and ("maintainer_can_modify" not in fields or fields.flag("maintainer_can_modify"))
    if shares and not may_push:
        words = "fork_collab Fork collab can't be granted by someone without permission"
        raise invalid("PullRequest", "fork_collab", "custom", words)
    body, draft = fields.text_or_none("body") or "", fields.flag("draft")
    wish = Proposal(title, body, home, branch, base, draft=draft, is_collaborative=shares)
    return created(shapes.full_pull(call.forge, repo, open_pull(call.forge, repo, author, wish)))


def get_pull(call: Call, owner: str, name: str, number: int) -> Reply:
    """GET /repos/{owner}/{repo}/pulls/{number}, as JSON or, if asked, as a diff."""
    repo = _readable(call, owner, name)
    pull = call.pull(repo, number)
    if call.wants("diff"):
        return diff_reply(call.forge.git(repo), _start(call, repo, pull), pull.head_sha, resource="PullRequest")
    return Reply(shapes.full_pull(call.forge, repo, pull))


def patch_pull(call: Call, owner: str, name: str, number: int) -> Reply:
    """PATCH /repos/{owner}/{repo}/pulls/{number}: title, body, state and base."""
    repo = call.repo(owner, name)
    author = require_write(call.actor, repo, "pull_requests")
    pull, issue = call.pull(repo, number), call.issue(repo, number)
    if not may_change(call.actor, repo, issue):
        raise forbidden("Must have admin rights to Repository.")
    fields = call.fields()
    edit, base = read_edit(fields, "PullRequest"), fields.text_or_none("base")
    if edit.is_open and not issue.is_open:
        reopen_is_possible(call.forge, pull)
    if base is not None and base != pull.base:
        change_base(call.forge, repo, pull, base)
    change_issue(call.forge, repo, author, issue, edit)
    return Reply(shapes.full_pull(call.forge, repo, call.pull(repo, number)))


def merge(call: Call, owner: str, name: str, number: int) -> Reply:
    """PUT /repos/{owner}/{repo}/pulls/{number}/merge."""
    repo = call.repo(owner, name)
    author = require_write(call.actor, repo, "contents", role="write")
    merged = merge_pull(call.forge, repo, author, call.pull(repo, number))
    return Reply({"sha": merged.merge_sha, "merged": True, "message": "Pull Request successfully merged"})


def list_files(call: Call, owner: str, name: str, number: int) -> Reply:
    """GET /repos/{owner}/{repo}/pulls/{number}/files."""
    repo = _readable(call, owner, name)
    pull = call.pull(repo, number)
    files = diff_files(call.forge.git(repo), _start(call, repo, pull), pull.head_sha)[:MOST_FILES]
    return page_of(call, files, lambda diff: file_diff(call.forge, repo, diff, pull.head_sha))


def list_commits(call: Call, owner: str, name: str, number: int) -> Reply:
    """GET /repos/{owner}/{repo}/pulls/{number}/commits, oldest first."""
    repo = _readable(call, owner, name)
    pull = call.pull(repo, number)
    commits = read_commits(call.forge.git(repo), pull.head_sha, f"^{_start(call, repo, pull)}")
    return page_of(call, commits[::-1], lambda commit: commit_shape(call.forge, repo, commit))


def _start(call: Call, repo: Repository, pull: PullRequest) -> str:
    return fork_point(call.forge.git(repo), pull.base_sha, pull.head_sha)


def _readable(call: Call, owner: str, name: str) -> Repository:
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "pull_requests")
    return repo


PULLS = "/repos/<owner>/<name>/pulls"
ROUTES = (
    Route("GET", PULLS, list_pulls),
    Route("POST", PULLS, post_pull, is_content=True),
    Route("GET", f"{PULLS}/<int:number>", get_pull),
    Route("PATCH", f"{PULLS}/<int:number>", patch_pull),
    Route("PUT", f"{PULLS}/<int:number>/merge", merge),
    Route("GET", f"{PULLS}/<int:number>/files", list_files),
    Route("GET", f"{PULLS}/<int:number>/commits", list_commits),
)
