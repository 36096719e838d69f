"""Comments on issues and pull requests, and reactions to either."""

from datetime import UTC, datetime
from http import HTTPStatus

from infra.practice_forge.acts.comments import add_comment, delete_comment, edit_comment, react
from infra.practice_forge.acts.issues import require_unlocked
from infra.practice_forge.auth import require_read, require_write, role_of
from infra.practice_forge.refusals import forbidden, invalid, not_found
from infra.practice_forge.rest.calls import Call, Reply, Route, created, no_content, page_of
from infra.practice_forge.shapes import issues as shapes
from infra.practice_forge.state import RANK, Account, Comment, Issue, Repository


def _since(call: Call) -> datetime | None:
    """Read `since`, a time as ISO 8601."""
    text = call.request.args.get("since")
    if not text:
        return None
    try:
        time = datetime.fromisoformat(text)
    except ValueError as error:
        raise invalid("IssueComment", "since", "invalid") from error
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _permission(call: Call, repo: Repository, number: int) -> str:
    """Comments on pull requests also go with the permission for pull requests."""
    return "pull_requests" if (repo.id, number) in call.forge.state.pulls else "issues"


def _number(call: Call, kind: str, number: int) -> int:
    """Return the number of the issue that is meant, 0 if there is none: rights are asked before things are found."""
    comment = call.forge.state.comments.get(number)
    return number if kind == "issues" else comment.number if comment else 0


def list_comments(call: Call, owner: str, name: str, number: int) -> Reply:
    """GET /repos/{owner}/{repo}/issues/{number}/comments, oldest first."""
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "issues")
    issue, since = call.issue(repo, number), _since(call)
    comments = [
        comment
        for comment in call.forge.state.comments.values()
        if (comment.repo_id, comment.number) == (repo.id, issue.number) and (not since or comment.updated_at >= since)
    ]
    return page_of(call, comments, lambda comment: shapes.comment(call.forge, repo, comment))


def post_comment(call: Call, owner: str, name: str, number: int) -> Reply:
    """POST /repos/{owner}/{repo}/issues/{number}/comments."""
    repo = call.repo(owner, name)
    author = require_write(call.actor, repo, "issues", _permission(call, repo, number))
    issue = call.issue(repo, number)
    require_unlocked(issue, may_write=RANK[role_of(call.actor, repo)] >= RANK["write"])
    comment = add_comment(call.forge, repo, author, issue, call.fields().text("body"))
    return created(shapes.comment(call.forge, repo, comment))


def get_comment(call: Call, owner: str, name: str, number: int) -> Reply:
    """GET /repos/{owner}/{repo}/issues/comments/{id}."""
    repo = call.repo(owner, name)
    require_read(call.actor, repo, "issues")
    return Reply(shapes.comment(call.forge, repo, call.comment(repo, number)))


def _own(call: Call, owner: str, name: str, number: int) -> tuple[Repository, Account, Comment]:
    """Find a comment that the asker wrote; all others are theirs who wrote them."""
    repo = call.repo(owner, name)
    author = require_write(call.actor, repo, "issues", _permission(call, repo, _number(call, "comments", number)))
    comment = call.comment(repo, number)
    if comment.author != author.login:
        raise forbidden("Must have admin rights to Repository.")
    return repo, author, comment


def patch_comment(call: Call, owner: str, name: str, number: int) -> Reply:
    """PATCH /repos/{owner}/{repo}/issues/comments/{id}."""
    repo, author, comment = _own(call, owner, name, number)
    edited = edit_comment(call.forge, repo, author, comment, call.fields().text("body"))
    return Reply(shapes.comment(call.forge, repo, edited))


def remove_comment(call: Call, owner: str, name: str, number: int) -> Reply:
    """DELETE /repos/{owner}/{repo}/issues/comments/{id}."""
    repo, author, comment = _own(call, owner, name, number)
    delete_comment(call.forge, repo, author, comment)
    return no_content()


def _subject(call: Call, repo: Repository, kind: str, number: int) -> Issue | Comment:
    return call.comment(repo, number) if kind == "comments" else call.issue(repo, number)


def list_reactions(call: Call, owner: str, name: str, number: int, kind: str = "issues") -> Reply:
    """GET .../reactions of an issue or of a comment."""
    repo = call.repo(owner, name)
    subject, wanted = _subject(call, repo, kind, number), call.request.args.get("content")
    found = [r for r in call.forge.state.reactions.values() if r.subject == subject.id]
    found = [r for r in found if not wanted or r.content == wanted]
    return page_of(call, found, lambda reaction: shapes.reaction(call.forge, reaction))


def post_reaction(call: Call, owner: str, name: str, number: int, kind: str = "issues") -> Reply:
    """POST .../reactions: 201 when it is new, 200 when it was there already."""
    repo = call.repo(owner, name)
    author = require_write(call.actor, repo, "issues", _permission(call, repo, _number(call, kind, number)))
    subject = _subject(call, repo, kind, number)
    reaction, is_new = react(call.forge, author, subject.id, call.fields().text("content"))
    return Reply(shapes.reaction(call.forge, reaction), HTTPStatus.CREATED if is_new else HTTPStatus.OK)


def remove_reaction(call: Call, owner: str, name: str, number: int, *, reaction: int, kind: str = "issues") -> Reply:
    """DELETE .../reactions/{id}: only one's own."""
    repo = call.repo(owner, name)
    author = require_write(call.actor, repo, "issues", _permission(call, repo, _number(call, kind, number)))
    subject, known = _subject(call, repo, kind, number), call.forge.state.reactions.get(reaction)
    if known is None or known.subject != subject.id:
        raise not_found()
    if known.author != author.login:
        raise forbidden("Must have admin rights to Repository.")
    call.forge.state.reactions.pop(reaction)
    return no_content()


ISSUES = "/repos/<owner>/<name>/issues"
COMMENT_REACTIONS = f"{ISSUES}/<any(comments):kind>/<int:number>/reactions"
ROUTES = (
    Route("GET", f"{ISSUES}/<int:number>/comments", list_comments),
    Route("POST", f"{ISSUES}/<int:number>/comments", post_comment, is_content=True),
    Route("GET", f"{ISSUES}/comments/<int:number>", get_comment),
    Route("PATCH", f"{ISSUES}/comments/<int:number>", patch_comment),
    Route("DELETE", f"{ISSUES}/comments/<int:number>", remove_comment),
    Route("GET", f"{ISSUES}/<int:number>/reactions", list_reactions),
    Route("POST", f"{ISSUES}/<int:number>/reactions", post_reaction),
    Route("DELETE", f"{ISSUES}/<int:number>/reactions/<int:reaction>", remove_reaction),
    Route("GET", COMMENT_REACTIONS, list_reactions),
    Route("POST", COMMENT_REACTIONS, post_reaction),
    Route("DELETE", f"{COMMENT_REACTIONS}/<int:reaction>", remove_reaction),
)
