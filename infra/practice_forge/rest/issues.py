"""Issues."""

from infra.practice_forge.acts.issues import Edit, change_issue, open_issue
from infra.practice_forge.auth import may_change, require_read, require_write, role_of
from infra.practice_forge.refusals import forbidden, invalid
from infra.practice_forge.rest.calls import Call, Reply, Route, created, page_of
from infra.practice_forge.rest.fields import Fields
from infra.practice_forge.shapes import issues as shapes
from infra.practice_forge.state import RANK, Issue


def list_issues(call: Call, owner: str, name: str) -> Reply:
    """GET /repos/{owner}/{repo}/issues, newest first; pull requests are among them, as on GitHub."""
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "issues")
    wanted = call.request.args.get("state", "open")
    labels = {label for label in call.request.args.get("labels", "").split(",") if label}
    issues = [
        issue
        for (repo_id, _), issue in sorted(call.forge.state.issues.items(), reverse=True)
        if repo_id == repo.id and matches(issue, wanted) and labels <= set(issue.labels)
    ]
    return page_of(call, issues, lambda issue: shapes.issue(call.forge, repo, issue))


def matches(issue: Issue, wanted: str) -> bool:
    """Return whether an issue is in the state that a list was asked for: open, closed or all."""
    return wanted == "all" or issue.is_open == (wanted != "closed")


def post_issue(call: Call, owner: str, name: str) -> Reply:
    """POST /repos/{owner}/{repo}/issues; labels of those who may not write are dropped, as GitHub does."""
    repo = call.repo(owner, name)
    author = require_write(call.actor, repo, "issues")
    fields = call.fields()
    labels = fields.texts("labels") if RANK[role_of(call.actor, repo)] >= RANK["write"] else []
    body = fields.text_or_none("body") or ""
    issue = open_issue(call.forge, repo, author, title=fields.text("title"), body=body, labels=labels)
    return created(shapes.issue(call.forge, repo, issue))


def get_issue(call: Call, owner: str, name: str, number: int) -> Reply:
    """GET /repos/{owner}/{repo}/issues/{number}."""
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "issues")
    return Reply(shapes.issue(call.forge, repo, call.issue(repo, number)))


def patch_issue(call: Call, owner: str, name: str, number: int) -> Reply:
    """PATCH /repos/{owner}/{repo}/issues/{number}."""
    repo = call.repo(owner, name)
    author = require_write(call.actor, repo, "issues", "pull_requests")
    issue = call.issue(repo, number)
    if not may_change(call.actor, repo, issue):
        raise forbidden("Must have admin rights to Repository.")
    return Reply(
        shapes.issue(call.forge, repo, change_issue(call.forge, repo, author, issue, read_edit(call.fields())))
    )


def read_edit(fields: Fields, resource: str = "Issue") -> Edit:
    """Read title, body and state of a PATCH; a null body empties it."""
    state = fields.text_or_none("state")
    if state not in {None, "open", "closed"}:
        raise invalid(resource, "state", "invalid")
    body = "" if fields.is_null("body") else fields.text_or_none("body")
    return Edit(fields.text_or_none("title"), body, None if state is None else state == "open")


ROUTES = (
    Route("GET", "/repos/<owner>/<name>/issues", list_issues),
    Route("POST", "/repos/<owner>/<name>/issues", post_issue, is_content=True),
    Route("GET", "/repos/<owner>/<name>/issues/<int:number>", get_issue),
    Route("PATCH", "/repos/<owner>/<name>/issues/<int:number>", patch_issue),
)
