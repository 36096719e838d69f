"""Drafts: GraphQL makes them of pull requests that are ready, and the other way round; REST only shows them."""

from collections.abc import Callable
from typing import Any

import pytest
from stories.demo_repository import Ask, branch

from infra.practice_forge.server import PracticeForge

READY = "mutation($id: ID!) { markPullRequestReadyForReview(input: {pullRequestId: $id}) { pullRequest { isDraft } } }"
DRAFT = (
    "mutation($id: ID!) { convertPullRequestToDraft(input: {pullRequestId: $id}) { pullRequest { number isDraft } } }"
)
Graph = Callable[..., Any]


@pytest.fixture
def pull(ask: Ask) -> str:
    """Open a pull request of bob's, a draft, and return its id."""
    branch(ask, "topic", "x = 2\n")
    made = ask("bob", "POST", "/pulls", {"title": "T", "head": "topic", "base": "main", "draft": True})
    return str(made.json()["node_id"])


def test_a_draft_becomes_ready_and_a_draft_again(graph: Graph, ask: Ask, pull: str) -> None:
    for _ in range(2):  # what it is already, it stays
        assert graph(READY, id=pull)["data"]["markPullRequestReadyForReview"] == {"pullRequest": {"isDraft": False}}
    assert ask("ann", "GET", "/pulls/1").json()["draft"] is False
    again = graph(DRAFT, "bob", id=pull)["data"]["convertPullRequestToDraft"]["pullRequest"]
    assert again == {"number": 1, "isDraft": True}
    assert ask("ann", "GET", "/pulls/1").json()["draft"] is True


def test_only_who_may_write_decides_and_only_of_one_that_is_open(
    graph: Graph, ask: Ask, forge: PracticeForge, pull: str
) -> None:
    assert graph(READY, id="PR_nothing")["errors"][0]["type"] == "NOT_FOUND"
    assert graph(READY, "eve", id=pull)["errors"][0]["type"] == "FORBIDDEN"
    ask("ann", "PATCH", "/pulls/1", {"state": "closed"})
    assert "errors" in graph(READY, id=pull)
    ask("ann", "PATCH", "/pulls/1", {"state": "open"})
    forge.grant({"pull_requests": "read"})
    assert graph(READY, id=pull)["errors"][0]["message"] == "Resource not accessible by integration"
    assert ask("ann", "GET", "/pulls/1").json()["draft"] is True
