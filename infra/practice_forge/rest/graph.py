"""GitHub's GraphQL API, as far as `graph.graphql` goes; any well-formed query over that schema is answered.

The library behind it is loaded with the first query: it takes a quarter of the time that the forge takes to start.
"""

import functools
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from infra.practice_forge.acts.pulls import set_draft
from infra.practice_forge.acts.review_comments import settle, threads
from infra.practice_forge.auth import Actor, can_see, require_write
from infra.practice_forge.refusals import RefusalError, bad_credentials
from infra.practice_forge.rest.calls import Call, Reply, Route
from infra.practice_forge.rest.effects import note_effect
from infra.practice_forge.shapes.people import node_id
from infra.practice_forge.shapes.reviews import comment as comment_shape
from infra.practice_forge.state import Issue, Repository, ReviewComment

if TYPE_CHECKING:
    from graphql import ExecutionResult, GraphQLError, GraphQLSchema

ADDRESS = "/api/graphql"
MOST = 100
THREAD = "PRRT"
Node = dict[str, Any]


@functools.cache
def schema() -> "GraphQLSchema":
    """Return the schema; it never changes."""
    from graphql import build_schema  # noqa: PLC0415  # see above

    return build_schema(files(__package__).joinpath("graph.graphql").read_text())


def post_graphql(call: Call) -> Reply:
    """POST /api/graphql. Refusals are 200 with `errors`, as GraphQL has it; only strangers get a 401."""
    if call.actor.account is None:
        raise bad_credentials("This endpoint requires you to be authenticated.")
    from graphql import graphql_sync  # noqa: PLC0415  # see above

    fields = call.fields()
    variables = fields.nested("variables")
    result = graphql_sync(
        schema(),
        fields.text("query"),
        _root(call),
        variable_values=variables.plain() if variables else None,
        operation_name=fields.text_or_none("operationName"),
    )
    return Reply(_document(result))


def _document(result: "ExecutionResult") -> Node:
    document: Node = {"data": result.data} if result.data is not None or not result.errors else {}
    if result.errors:
        document["errors"] = [_complaint(error) for error in result.errors]
    return document


def _complaint(error: "GraphQLError") -> Node:
    kind = error.original_error.args[1] if isinstance(error.original_error, _WrongError) else ""
    return ({"type": kind} if kind else {}) | dict(error.formatted)


class _WrongError(Exception):
    """A field that cannot be answered; the second argument is GitHub's word for why."""

    def __init__(self, message: str, kind: str) -> None:
        super().__init__(message, kind)

    def __str__(self) -> str:
        return str(self.args[0])


def _root(call: Call) -> Node:
    return {
        "repository": functools.partial(_repository, call),
        "resolveReviewThread": functools.partial(_settle, call, resolved=True),
        "unresolveReviewThread": functools.partial(_settle, call, resolved=False),
        "convertPullRequestToDraft": functools.partial(_draft, call, draft=True),
        "markPullRequestReadyForReview": functools.partial(_draft, call, draft=False),
    }


def _repository(call: Call, _info: object, owner: str, name: str) -> Node:
    repo = call.forge.state.repository(owner, name)
    if repo is None or not can_see(call.actor, repo):
        raise _WrongError(f"Could not resolve to a Repository with the name '{owner}/{name}'.", "NOT_FOUND")
    return {"nameWithOwner": repo.path, "pullRequest": functools.partial(_pull, call, repo)}


def _pull(call: Call, repo: Repository, _info: object, number: int) -> Node:
    pull = call.forge.state.pulls.get((repo.id, number))
    if pull is None:
        raise _WrongError(f"Could not resolve to a PullRequest with the number of {number}.", "NOT_FOUND")
    found = threads(call.forge, repo, number, viewer=call.actor.login)
    nodes = [_thread(call, repo, thread, said) for thread, said in found.items()]
    return {
        "id": node_id("PR", pull.id),
        "number": number,
        "isDraft": pull.draft,
        "reviewThreads": functools.partial(_page, nodes, "reviewThreads"),
    }


def _thread(call: Call, repo: Repository, thread: int, said: Sequence[ReviewComment]) -> Node:
    shape = comment_shape(call.forge, repo, said[0])
    resolver = call.forge.state.resolved.get(thread)
    is_on_line = shape["subject_type"] == "line"
    return {
        "id": node_id(THREAD, thread),
        "isResolved": resolver is not None,
        "isOutdated": is_on_line and shape["line"] is None,
        "path": shape["path"],
        "line": shape["line"],
        "originalLine": shape["original_line"],
        "startLine": shape["start_line"],
        "diffSide": shape["side"],
        "subjectType": "LINE" if is_on_line else "FILE",
        "resolvedBy": {"login": resolver.removesuffix("[bot]")} if resolver else None,
        "comments": functools.partial(_page, [_comment(call, each) for each in said], "comments"),
    }


def _comment(call: Call, said: ReviewComment) -> Node:
    account = call.forge.state.account(said.author)
    # GraphQL knows a bot by the App's own name, without what REST puts behind it.
    is_bot = account is not None and account.is_bot
    author = {"__typename": "Bot" if is_bot else "User", "login": said.author.removesuffix("[bot]")}
    return {
        "id": node_id("PRRC", said.id),
        "databaseId": said.id,
        "body": said.body,
        "author": author if account else None,
        "reactions": functools.partial(_reactions, call, said),
    }


def _reactions(
    call: Call,
    said: ReviewComment,
    info: object,
    *,
    first: int | None = None,
    after: str | None = None,
    content: str | None = None,
) -> Node:
    wanted = [each for each in call.forge.state.reactions.values() if each.subject == said.id]
    nodes = [
        {"id": node_id("REA", each.id), "content": _graph_word(each.content), "user": _user(call, each.author)}
        for each in wanted
        if content in {None, _graph_word(each.content)}
    ]
    return _page(nodes, "reactions", info, first=first, after=after)


def _graph_word(content: str) -> str:
    return {"+1": "THUMBS_UP", "-1": "THUMBS_DOWN"}.get(content, content.upper())


def _user(call: Call, login: str) -> Node | None:
    account = call.forge.state.account(login)
    return {"login": login.removesuffix("[bot]")} if account else None


def _page(
    nodes: Sequence[Node], connection: str, _info: object, *, first: int | None = None, after: str | None = None
) -> Node:
    if first is None:
        raise _WrongError(
            f"You must provide a `first` or `last` value to properly paginate the `{connection}` connection.",
            "MISSING_PAGINATION_BOUNDARIES",
        )
    if not 0 <= first <= MOST:
        raise _WrongError(
            f"Requesting {first} records on the `{connection}` connection exceeds the `first` limit of {MOST} records.",
            "EXCESSIVE_PAGINATION",
        )
    start = int(after) if after and after.isdecimal() else 0
    shown = nodes[start : start + first]
    end = str(start + len(shown)) if shown else None
    info = {"endCursor": end, "hasNextPage": start + len(shown) < len(nodes)}
    return {"nodes": shown, "pageInfo": info, "totalCount": len(nodes)}


def _settle(call: Call, _info: object, *, resolved: bool, **arguments: Mapping[str, Any]) -> Node:
    wish = arguments["input"]
    wanted = str(wish["threadId"])
    number = wanted.removeprefix(node_id(THREAD, 0)[:-1])
    found = [c for c in call.forge.state.review_comments.values() if str(c.thread) == number]
    repo = _visible(call, found)
    if repo is None or wanted != node_id(THREAD, found[0].thread):
        raise _WrongError(f"Could not resolve to a node with the global id of '{wanted}'.", "NOT_FOUND")
    try:
        author = require_write(call.actor, repo, "pull_requests", role=_needed(call.actor, found[0]))
    except RefusalError as refusal:
        raise _WrongError(refusal.message, "FORBIDDEN") from refusal
    settle(call.forge, repo, author, found[0].thread, resolved=resolved)
    note_effect(call.forge, call.request, author.login, HTTPStatus.OK, wanted)
    return {
        "thread": _thread(call, repo, found[0].thread, found),
        "clientMutationId": wish.get("clientMutationId"),
    }


def _draft(call: Call, info: object, *, draft: bool, **arguments: Mapping[str, Any]) -> Node:
    wish = arguments["input"]
    wanted = str(wish["pullRequestId"])
    repos = {repo.id: repo for repo in call.forge.state.repositories.values() if can_see(call.actor, repo)}
    pulls = (each for each in call.forge.state.pulls.values() if each.repo_id in repos)
    pull = next((each for each in pulls if node_id("PR", each.id) == wanted), None)
    if pull is None:
        raise _WrongError(f"Could not resolve to a node with the global id of '{wanted}'.", "NOT_FOUND")
    repo = repos[pull.repo_id]
    issue = call.forge.state.issues[repo.id, pull.number]
    try:
        author = require_write(call.actor, repo, "pull_requests", role=_needed(call.actor, issue))
    except RefusalError as refusal:
        raise _WrongError(refusal.message, "FORBIDDEN") from refusal
    if not issue.is_open:
        raise _WrongError("Pull request is closed.", "UNPROCESSABLE")
    set_draft(call.forge, repo, author, pull, draft=draft)
    note_effect(call.forge, call.request, author.login, HTTPStatus.OK, wanted)
    return {"pullRequest": _pull(call, repo, info, pull.number), "clientMutationId": wish.get("clientMutationId")}


def _needed(actor: Actor, begun: ReviewComment | Issue) -> Any:
    """Return the role that it takes: whoever began a conversation or a pull request may change it as well."""
    return "none" if actor.login == begun.author else "write"


def _visible(call: Call, said: Sequence[ReviewComment]) -> Repository | None:
    repos = call.forge.state.repositories.values()
    return next((r for r in repos if said and r.id == said[0].repo_id and can_see(call.actor, r)), None)


ROUTES = (Route("POST", ADDRESS, post_graphql),)
