"""Conversations about lines: over GraphQL, and on the page of the pull request."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from stories.demo_repository import Ask, branch

from infra.practice_forge.server import PracticeForge

LIST = """
query($owner: String!, $name: String!, $number: Int!, $first: Int = 50, $after: String) {
  repository(owner: $owner, name: $name) {
    pullRequest(number: $number) {
      reviewThreads(first: $first, after: $after) {
        totalCount
        pageInfo { hasNextPage endCursor }
        nodes {
          ...about
          comments(first: 10) { nodes { databaseId body author { login __typename } } }
        }
      }
    }
  }
}
fragment about on PullRequestReviewThread {
  id isResolved isOutdated path line diffSide subjectType resolvedBy { login }
}
"""
RESOLVE = "mutation($id: ID!) { resolveReviewThread(input: {threadId: $id}) { thread { id isResolved } } }"
REOPEN = "mutation($id: ID!) { unresolveReviewThread(input: {threadId: $id}) { thread { isResolved } } }"
ABOUT = {"owner": "ann", "name": "demo", "number": 1}
Graph = Callable[..., Any]


@pytest.fixture
def numbers(ask: Ask) -> list[int]:
    """Return the ids of two comments on a pull request: one of the bot on a line, with an answer, one on the file."""
    sha = branch(ask, "topic", "x = 2\ny = 3\n")
    ask("ann", "POST", "/pulls", {"title": "T", "head": "topic", "base": "main"})
    comments = [{"path": "src/a.py", "body": "Why **2**?\n```suggestion\nx = 4\n```", "line": 1}]
    ask("bot", "POST", "/pulls/1/reviews", {"event": "COMMENT", "body": "One thing.", "comments": comments})
    first = ask("ann", "GET", "/pulls/1/comments").json()[0]["id"]
    ask("bob", "POST", f"/pulls/1/comments/{first}/replies", {"body": "Because."})
    whole = {"path": "src/a.py", "body": "A name?", "subject_type": "file", "commit_id": sha}
    return [first, ask("ann", "POST", "/pulls/1/comments", whole).json()["id"]]


def listed(answer: Any) -> Any:
    return answer["data"]["repository"]["pullRequest"]["reviewThreads"]


def test_threads_are_listed_with_their_comments(graph: Graph, numbers: list[int]) -> None:
    first, second = listed(graph(LIST, **ABOUT))["nodes"]
    assert (first["path"], first["line"], first["diffSide"], first["subjectType"]) == ("src/a.py", 1, "RIGHT", "LINE")
    assert (second["line"], second["subjectType"], second["isOutdated"]) == (None, "FILE", False)
    said = first["comments"]["nodes"]
    assert [each["author"] for each in said] == [
        {"login": "codex-bot", "__typename": "Bot"},
        {"login": "bob", "__typename": "User"},
    ]
    assert (said[0]["databaseId"], said[1]["body"]) == (numbers[0], "Because.")


def test_threads_come_in_pages(graph: Graph, numbers: list[int]) -> None:
    one = listed(graph(LIST, **ABOUT, first=1))
    assert (one["totalCount"], len(one["nodes"]), one["pageInfo"]["hasNextPage"]) == (2, 1, True)
    two = listed(graph(LIST, **ABOUT, first=1, after=one["pageInfo"]["endCursor"]))
    assert [two["nodes"][0]["comments"]["nodes"][0]["databaseId"], two["pageInfo"]["hasNextPage"]] == [
        numbers[1],
        False,
    ]


def test_a_thread_is_settled_and_opened_again(graph: Graph, forge: PracticeForge, numbers: list[int], ask: Ask) -> None:
    thread = listed(graph(LIST, **ABOUT))["nodes"][0]["id"]
    forge.send_webhooks_to("http://127.0.0.1:9/hook")
    for _ in range(2):  # the second one is no error, and no news
        assert graph(RESOLVE, id=thread)["data"]["resolveReviewThread"]["thread"] == {"id": thread, "isResolved": True}
    assert listed(graph(LIST, **ABOUT))["nodes"][0]["resolvedBy"] == {"login": "codex-bot"}
    assert graph(REOPEN, "bob", id=thread)["data"]["unresolveReviewThread"]["thread"]["isResolved"] is False
    sent = [(d.parcel.event, d.parcel.action) for d in forge.deliveries()]
    assert sent == [("pull_request_review_thread", "unresolved"), ("pull_request_review_thread", "resolved")]
    assert [e.path for e in forge.forge.state.effects][-3:] == ["/api/graphql"] * 3


@pytest.mark.parametrize(
    ("query", "variables", "kind"),
    [
        (LIST, {**ABOUT, "number": 4711}, "NOT_FOUND"),
        (LIST, {**ABOUT, "name": "none"}, "NOT_FOUND"),
        (LIST, {**ABOUT, "first": 101}, "EXCESSIVE_PAGINATION"),
        (LIST, {**ABOUT, "first": None}, "MISSING_PAGINATION_BOUNDARIES"),
        (RESOLVE, {"id": "PRRT_practice4711"}, "NOT_FOUND"),
        (RESOLVE, {"id": ""}, "NOT_FOUND"),
        (RESOLVE, {}, None),
        ("query { viewer { login } }", {}, None),
        ("query { ", {}, None),
    ],
)
def test_questions_that_have_no_answer(
    graph: Graph, numbers: list[int], query: str, variables: dict[str, Any], kind: str | None
) -> None:
    assert graph(query, **variables)["errors"][0].get("type") == kind


def test_threads_are_settled_by_those_who_write_there(graph: Graph, forge: PracticeForge, numbers: list[int]) -> None:
    thread = listed(graph(LIST, "eve", **ABOUT))["nodes"][0]["id"]
    assert graph(RESOLVE, "eve", id=thread)["errors"][0]["type"] == "FORBIDDEN"
    forge.grant({"pull_requests": "read"})
    assert graph(RESOLVE, id=thread)["errors"][0]["message"] == "Resource not accessible by integration"
    assert not listed(graph(LIST, **ABOUT))["nodes"][0]["isResolved"]


def test_strangers_ask_no_graph(forge: PracticeForge) -> None:
    assert requests.post(f"{forge.url}/api/graphql", json={"query": LIST}, timeout=10).status_code == 401


def test_the_page_shows_comments_under_the_lines_they_stand_on(
    forge: PracticeForge, graph: Graph, numbers: list[int], ask: Ask
) -> None:
    graph(RESOLVE, id=listed(graph(LIST, **ABOUT))["nodes"][1]["id"])
    page = requests.get(f"{forge.url}/ann/demo/pull/1", timeout=10).text
    row = page.index('<td class="text">x = 2</td>')
    after = page.index('<td class="text">y = 3</td>')
    assert "Why <strong>2</strong>?" in page[row:after]
    assert "Because." in page[row:after]
    assert page.index("A name?") < row  # what is said of the file stands above its lines
    assert page.count("Resolved") == 1
    assert "One thing." in page[: page.index('id="changes"')]
