"""Issues and pull requests: lists, conversations and the forms under them."""

from http import HTTPStatus
from typing import Any

from werkzeug.wrappers import Response

from infra.practice_forge.auth import may_change, require_write
from infra.practice_forge.diff_rows import rows
from infra.practice_forge.history import diff_files, diff_text, fork_point, read_commits
from infra.practice_forge.pages.conversation import FACES, conversation, is_awaited
from infra.practice_forge.pages.desk import Subject
from infra.practice_forge.pages.threads import talks
from infra.practice_forge.pages.visits import PageRoute, Visit, see
from infra.practice_forge.refusals import RefusalError, forbidden, not_found
from infra.practice_forge.rest.effects import note_effect
from infra.practice_forge.state import PullRequest, Repository


def list_issues(visit: Visit, owner: str, name: str, kind: str = "issues") -> Response:
    """Show open or closed issues, or pull requests."""
    repo = visit.repo(owner, name)
    wanted = "closed" if visit.request.args.get("state") == "closed" else "open"
    all_of_kind = visit.listed(repo, kind)
    shown = [subject for subject in all_of_kind if subject.issue.is_open == (wanted == "open")]
    open_count = sum(1 for subject in all_of_kind if subject.issue.is_open)
    talk = {subject.issue.number: len(visit.desk.comments(repo, subject)) for subject in shown}
    totals = (open_count, len(all_of_kind) - open_count)
    values: dict[str, Any] = {"subjects": shown, "kind": kind, "wanted": wanted, "totals": totals, "talk": talk}
    return visit.page("issues.html", repo=repo, **values)


def list_pulls(visit: Visit, owner: str, name: str) -> Response:
    """Show the list of pull requests."""
    return list_issues(visit, owner, name, "pulls")


def new_issue(visit: Visit, owner: str, name: str) -> Response:
    """Show the form for a new issue."""
    repo = visit.repo(owner, name)
    return visit.page("new_issue.html", repo=repo, title="", body="", error="")


def post_issue(visit: Visit, owner: str, name: str) -> Response:
    """Open an issue; what the forge refuses is said above the form, with the text kept."""
    repo = visit.repo(owner, name)
    title, body = visit.field("title"), visit.field("body")
    try:
        subject = visit.desk.open_issue(visit.actor, repo, title, body)
    except RefusalError as refusal:
        status = HTTPStatus.UNPROCESSABLE_ENTITY
        return visit.page("new_issue.html", status=status, repo=repo, title=title, body=body, error=say(refusal))
    _note(visit, subject.issue.number)
    return see(visit.address(repo, subject))


def say(refusal: RefusalError) -> str:
    """Return a refusal as one sentence for a person."""
    details = [error if isinstance(error, str) else error.get("message", "") for error in refusal.errors]
    told = " ".join(detail for detail in details if detail) or refusal.message
    missing = any(not isinstance(error, str) and error.get("code") == "missing_field" for error in refusal.errors)
    return "A title is needed." if missing else f"{told.rstrip('.')}."


def show_issue(visit: Visit, owner: str, name: str, number: int) -> Response:
    """Show an issue; one that is a pull request has its own page."""
    repo = visit.repo(owner, name)
    subject = visit.issue(repo, number)
    return see(visit.address(repo, subject)) if subject.pull else _show(visit, repo, subject)


def _show(visit: Visit, repo: Repository, subject: Subject, *, draft: str = "", error: str = "") -> Response:
    """Show a conversation, and for a pull request what it changes."""
    moments, pull = conversation(visit, repo, subject), subject.pull
    values: dict[str, Any] = {"draft": draft, "error": error, "moments": moments, "faces": FACES}
    values |= {"subject": subject, "issue": subject.issue}
    values |= {"may_change": may_change(visit.actor, repo, subject.issue)}
    values |= {"is_live": bool(visit.request.args.get("live")) and is_awaited(moments) and not error}
    status = HTTPStatus.UNPROCESSABLE_ENTITY if error else HTTPStatus.OK
    if pull is None:
        return visit.page("issue.html", status=status, repo=repo, **values)
    return visit.page("pull.html", status=status, repo=repo, **values, **_changes(visit, repo, pull))


def _changes(visit: Visit, repo: Repository, pull: PullRequest) -> dict[str, Any]:
    """Return commits, files, checks and merge state of a pull request."""
    git = visit.forge.git(repo)
    start = fork_point(git, pull.base_sha, pull.head_sha)
    files = diff_files(git, start, pull.head_sha)
    runs = [r for r in visit.forge.state.check_runs.values() if (r.repo_id, r.head_sha) == (repo.id, pull.head_sha)]
    return {
        "pull": pull,
        "commits": read_commits(git, pull.head_sha, f"^{start}")[::-1],
        "files": [(file, list(rows(file))) for file in files],
        "talks": talks(visit, repo, pull),
        "added": sum(file.additions for file in files),
        "removed": sum(file.deletions for file in files),
        "runs": runs,
        "verified": visit.forge.state.verified,
        "may_merge": visit.desk.may_merge(visit.actor, repo, pull),
    }


def show_pull(visit: Visit, owner: str, name: str, number: int) -> Response:
    """Show a pull request."""
    repo = visit.repo(owner, name)
    return _show(visit, repo, visit.pull(repo, number))


def pull_diff(visit: Visit, owner: str, name: str, number: int) -> Response:
    """Send a pull request as a plain diff."""
    repo = visit.repo(owner, name)
    pull = _half(visit.pull(repo, number))
    git = visit.forge.git(repo)
    start = fork_point(git, pull.base_sha, pull.head_sha)
    return Response(diff_text(git, start, pull.head_sha), mimetype="text/plain")


def _half(subject: Subject) -> PullRequest:
    if subject.pull is None:
        raise not_found()
    return subject.pull


def post_comment(visit: Visit, owner: str, name: str, number: int, *, kind: str = "issues") -> Response:
    """Write a comment; after a command the page watches for the answer."""
    repo = visit.repo(owner, name)
    subject, body = _subject(visit, repo, kind, number), visit.field("body")
    try:
        comment = visit.desk.add_comment(visit.actor, repo, subject, body)
    except RefusalError as refusal:
        return _show(visit, repo, subject, draft=body, error=say(refusal))
    _note(visit, comment)
    # A browser that refreshes an address with a fragment only jumps there: a page that watches has none.
    where = "?live=1" if body.startswith("/codex") else f"#{comment}"
    return see(f"{visit.address(repo, subject)}{where}")


def _subject(visit: Visit, repo: Repository, kind: str, number: int) -> Subject:
    return visit.pull(repo, number) if kind == "pull" else visit.issue(repo, number)


def post_state(visit: Visit, owner: str, name: str, number: int, *, kind: str = "issues") -> Response:
    """Close or reopen an issue or pull request."""
    repo = visit.repo(owner, name)
    subject = _subject(visit, repo, kind, number)
    author = require_write(visit.actor, repo)
    if not may_change(visit.actor, repo, subject.issue):
        raise forbidden("Only its author and people with write access may close this.")
    visit.desk.set_open(author, repo, subject, is_open=visit.field("to") == "open")
    _note(visit, number)
    return see(visit.address(repo, subject))


def post_merge(visit: Visit, owner: str, name: str, number: int) -> Response:
    """Merge a pull request."""
    repo = visit.repo(owner, name)
    subject = visit.pull(repo, number)
    visit.desk.merge(visit.actor, repo, _half(subject))
    _note(visit, number)
    return see(visit.address(repo, subject))


def _note(visit: Visit, number: int) -> None:
    note_effect(visit.forge, visit.request, visit.visitor.login, HTTPStatus.OK, str(number))


ISSUES, PULL = "/<owner>/<name>/issues", "/<owner>/<name>/pull/<int:number>"
SUBJECT = "/<owner>/<name>/<any(issues,pull):kind>/<int:number>"
ROUTES = (
    PageRoute("GET", ISSUES, list_issues),
    PageRoute("POST", ISSUES, post_issue),
    PageRoute("GET", f"{ISSUES}/new", new_issue),
    PageRoute("GET", f"{ISSUES}/<int:number>", show_issue),
    PageRoute("GET", "/<owner>/<name>/pulls", list_pulls),
    PageRoute("GET", PULL, show_pull),
    PageRoute("GET", f"{PULL}.diff", pull_diff),
    PageRoute("POST", SUBJECT + "/comment", post_comment),
    PageRoute("POST", SUBJECT + "/state", post_state),
    PageRoute("POST", f"{PULL}/merge", post_merge),
)
