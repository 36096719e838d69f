"""Conversations about lines of a pull request, for which GitHub has GraphQL only."""

from collections.abc import Iterator
from typing import Any

from github.Requester import Requester

from bot.events import Account, Comment, Repo
from bot.review import Thread

_LIST = """
query($owner: String!, $name: String!, $number: Int!, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: 50, after: $after) {
        pageInfo { hasNextPage endCursor }
        nodes {
          id isResolved path line diffSide resolvedBy { login }
          comments(first: 100) { nodes { databaseId body author { __typename login } } }
          begun: comments(first: 1) {
            nodes { reactions(content: THUMBS_DOWN, first: 100) { nodes { user { login } } } }
          }
        }
      }
    }
  }
}
"""
_RESOLVE = "mutation($thread: ID!) { resolveReviewThread(input: {threadId: $thread}) { thread { isResolved } } }"


def listed(requester: Requester, repo: Repo, number: int) -> Iterator[dict[str, Any]]:
    """Ask for all conversations of a pull request, the oldest first; those whose comments are all gone are none."""
    variables: dict[str, Any] = {"owner": repo.owner, "name": repo.name, "number": number}
    page: dict[str, Any] = {"hasNextPage": True, "endCursor": None}
    while page["hasNextPage"]:
        _, answer = requester.graphql_query(_LIST, {**variables, "after": page["endCursor"]})
        found = answer["data"]["repository"]["pullRequest"]["reviewThreads"]
        yield from (node for node in found["nodes"] if node["comments"]["nodes"])
        page = found["pageInfo"]


def resolve(requester: Requester, thread: str) -> None:
    """Mark a conversation as settled."""
    requester.graphql_query(_RESOLVE, {"thread": thread})


def as_thread(node: dict[str, Any], us: str) -> Thread:
    """Return a conversation in our words; `us` is our own account's login."""
    return Thread(
        id=node["id"],
        path=node["path"],
        line=node["line"] if node["diffSide"] == "RIGHT" else None,
        is_resolved=node["isResolved"],
        comments=tuple(_as_comment(each) for each in node["comments"]["nodes"]),
        resolved_by=_resolver(node, us),
        thumbs_down=tuple(_thumbs_down(node)),
        us=us,
    )


def _resolver(node: dict[str, Any], us: str) -> str:
    login = (node["resolvedBy"] or {}).get("login", "")
    # An App is shown as a user here, by its name without what REST puts behind it.
    return us if login == us.removesuffix("[bot]") else login


def _thumbs_down(node: dict[str, Any]) -> Iterator[str]:
    for comment in node["begun"]["nodes"]:
        for reaction in comment["reactions"]["nodes"]:
            if reaction["user"] is not None:  # else the account is gone
                yield reaction["user"]["login"]


def _as_comment(said: dict[str, Any]) -> Comment:
    author, id_ = said["author"], f"pulls/comments/{said['databaseId']}"
    if author is None:  # the account is gone
        return Comment(id_, said["body"], Account("ghost"))
    is_bot = author["__typename"] == "Bot"
    # What REST calls "codex-bot[bot]" is "codex-bot" here.
    login = f"{author['login'].removesuffix('[bot]')}[bot]" if is_bot else author["login"]
    return Comment(id_, said["body"], Account(login, is_bot=is_bot))
