"""Every kind of request that the bot sends to GitHub, beside GitHub's own OpenAPI description.

Whether the description allows each of them is looked at after this test as after every other: `oracles/tape_check.py`.
"""

import dataclasses
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from oracles.github_openapi import complaints, operation_of, operations
from stories.forge_worlds import World, Worlds

from bot.check import Annotation, CheckReport, Conclusion, Status
from bot.diff import Place, place
from bot.errors import UserError
from bot.events import FileChange, Subject
from bot.forges.github.app import GitHubApp
from bot.forges.github.manifest import exchange, require_github
from bot.forges.github.missed import MissedDeliveries
from bot.forges.hearing import Hearing
from bot.review import Review, ReviewComment
from infra.practice_forge.ci import Job
from infra.practice_forge.state import Asked

AGENT = "codex-bot"
BRANCH = "codex/7-mend"
# With a token, to fetch missed deliveries (`test_github_missed.py`), and for a large commit (`test_large_commits.py`).
ELSEWHERE = {
    "GET /user/repos",
    "GET /users/{username}",
    "GET /repos/{owner}/{repo}/hooks",
    "GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries",
    "GET /repos/{owner}/{repo}/hooks/{hook_id}/deliveries/{delivery_id}",
}


@pytest.fixture(scope="module")
def tape(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Asked]]:
    """Let the bot do everything it can, as an App and with a token, and return what it asked of GitHub."""
    heard: list[Asked] = []
    with Worlds(tmp_path_factory.mktemp("forges")) as worlds:
        worlds.server("github").forge.state.tapes.append(heard.append)
        for name in ("github-app", "github-token"):
            world = worlds.make(name, tmp_path_factory.mktemp(name))
            talk(world)
            propose(world)
            check(world)
        manage(worlds)
        yield [asked for asked in heard if asked.agent == AGENT]


def talk(world: World) -> None:
    """Do all that can be done about an issue."""
    forge, repo, issue = world.forge, world.repo, world.issue
    forge.permission(repo, "bob")
    forge.issue(repo, issue)
    forge.react(repo, issue, "", "eyes")
    comment = forge.create_comment(repo, issue, "On it. <!-- m -->")
    forge.react(repo, issue, comment.id, "eyes")
    forge.find_comment(repo, issue, "m")
    forge.edit_comment(repo, comment.id, "Done.")
    forge.delete_comment(repo, comment.id)
    forge.clone(repo)


def propose(world: World) -> None:
    """Do all that can be done from a branch to a reviewed pull request."""
    forge, repo = world.forge, world.repo
    main = forge.head(repo, forge.default_branch(repo))
    assert main is not None
    changes = [FileChange("sums.py", b"def add(a, b):\n    return a + b\n"), FileChange("logo.png", b"\x89PNG\0")]
    first = forge.commit(
        repo, branch=BRANCH, parent=main, message="Mend", changes=[*changes, FileChange("old.py", None)]
    )
    forge.commit(repo, branch=BRANCH, parent=first, message="Again m", changes=[FileChange("run.sh", b"", True)])
    forge.find_commit(repo, BRANCH, "m")
    forge.find_pull_request(repo, BRANCH)
    pull = forge.open_pull_request(repo, branch=BRANCH, base="main", title="Mend", body="Why.", draft=True)
    forge.edit_pull_request(repo, pull.number, title="Mend!", body="Because.")
    forge.issue(repo, Subject(pull.number, is_pull_request=True))
    describe(world, pull.number)
    review(world, pull.number)


def describe(world: World, number: int) -> None:
    """Do all that can be done at the head of a pull request."""
    descriptions, repo = world.forge.descriptions, world.repo
    descriptions.replace(repo, number, before="Because.", after="Because of that.")
    descriptions.relabel(repo, number, add={"codex/risk-low": "0e8a16", "codex/effort-1": "0e8a16"}, remove=[])
    descriptions.relabel(repo, number, add={}, remove=["codex/risk-low"])
    descriptions.labels(repo, number)


def check(world: World) -> None:
    """Do all that can be done beside a commit."""
    checks, repo = world.forge.checks, world.repo
    head = world.forge.head(repo, "main")
    assert head is not None
    assert world.ci is not None
    said = tuple(Annotation("sums.py", 1, 2, f"Hm {n}", title="Style" * (n % 2)) for n in range(60))
    waiting = CheckReport(
        "Codex Bot", head, "7", Status.QUEUED, "Waiting", "Soon.", details_url="https://bot.example/7"
    )
    for conclusion in (None, *Conclusion):
        status = Status.COMPLETED if conclusion else Status.IN_PROGRESS
        checks.report(repo, dataclasses.replace(waiting, status=status, conclusion=conclusion, annotations=said))
    checks.report(repo, dataclasses.replace(waiting, key="8", details_url=""))
    world.ci(head, [Job("test", log=b"boom")])
    (failed,) = checks.failures(repo, head)
    checks.log(repo, failed.id)


def manage(worlds: Worlds) -> None:
    """Do all that can be done about the App itself, from its registration on."""
    access = worlds.app_access()
    require_github(access)
    with pytest.raises(UserError):
        exchange(access, "used")
    app = GitHubApp(access)
    installed = app.installations()[0]
    app.repositories(installed.id, 5)
    app.hook_url()
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        app.point_hook(f"http://127.0.0.1:{nobody.getsockname()[1]}/webhooks/github", secret="sesame")
        server = worlds.server("github")
        server.ping()
        server.deliveries()
        app.deliver_again(app.deliveries(5)[0].id)
        list(MissedDeliveries(access, Hearing())())


def review(world: World, number: int) -> None:
    """Do all that can be done about a diff."""
    reviews, repo = world.forge.reviews, world.repo
    compared = reviews.compare(repo, number)
    comments = (
        ReviewComment(place(compared.files, "sums.py", 2, 2), "Why?", "    return b + a"),
        ReviewComment(place(compared.files, "sums.py", 1, 2), "Both."),
        ReviewComment(Place(), "And the README?"),
    )
    reviews.submit(repo, number, Review(compared, "Some things. <!-- m -->", comments))
    reviews.find(repo, number, "m")
    thread = reviews.threads(repo, number)[0]
    said = reviews.reply(repo, number, thread.id, "Because.")
    reviews.resolve(repo, number, thread.id)
    world.forge.react(repo, Subject(number, is_pull_request=True), said.id, "eyes")
    world.forge.edit_comment(repo, said.id, "So.")
    world.forge.delete_comment(repo, said.id)
    with pytest.raises(UserError):
        reviews.reply(repo, number, "none", "Hello?")


def _rest(tape: list[Asked]) -> list[Asked]:
    """Leave out GraphQL, which the practice forge answers by its schema."""
    return [asked for asked in tape if asked.path != "/api/graphql"]


def test_every_operation_that_is_kept_is_one_that_the_bot_uses(tape: list[Asked]) -> None:
    used = {operation_of(asked.method, asked.path.removeprefix("/api/v3")) for asked in _rest(tape)}
    assert used | ELSEWHERE == set(operations())
    assert not used & ELSEWHERE


REVIEWS = "/repos/ann/sums/pulls/9/reviews"
NOTE = {"path": "a", "start_line": 1, "end_line": 1, "annotation_level": "notice", "message": "Hm"}
COMMENT = {"path": "a", "body": "b", "line": 3}


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("POST", "/repos/ann/sums/nonsense", {}, {}),
        ("GET", REVIEWS, {"per_page": "100", "pages": "1"}, None),
        ("POST", REVIEWS, {}, {"event": "YES"}),
        ("POST", REVIEWS, {}, {"comments": [{**COMMENT, "line": "3"}]}),
        ("POST", REVIEWS, {}, {"comments": [{"path": "a"}]}),
        ("POST", REVIEWS, {}, {"remarks": [COMMENT]}),
        ("POST", "/repos/ann/sums/pulls", {}, {"title": "no head, no base"}),
        ("POST", "/repos/ann/sums/issues/7/comments", {}, None),
        ("POST", "/repos/ann/sums/issues/comments/7/reactions", {}, {"content": "applause"}),
        ("DELETE", "/repos/ann/sums/issues/comments/7", {}, {"body": "?"}),
        ("POST", "/repos/ann/sums/check-runs", {}, {"head_sha": "a"}),
        ("PATCH", "/repos/ann/sums/check-runs/7", {}, {"output": {"summary": "s", "annotations": [NOTE] * 51}}),
        ("POST", "/repos/ann/sums/statuses/a", {}, {"state": "failed"}),
        ("GET", "/repos/ann/sums/actions/runs", {"sha": "a"}, None),
        ("GET", "/repos/ann/sums/pulls", {"state": "merged"}, None),
        ("GET", "/repos/ann/sums/pulls", {"per_page": "many"}, None),
        ("GET", "/repos/ann/sums/issues/first", {}, None),
    ],
)
def test_requests_that_github_would_not_know(method: str, path: str, query: dict[str, str], body: Any) -> None:
    assert complaints(method, path, query, body)
