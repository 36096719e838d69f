"""The CI of a pull request fails: the forge tells it, and the bot reads which pull request and commit it is about."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.door import Door, open_door
from stories.forge_worlds import World, Worlds

from bot.events import Event, FileChange, Subject, Unwanted
from bot.forges.github.hooks import read_delivery as read_github
from bot.forges.gitlab.hooks import read_delivery as read_gitlab
from infra.practice_forge.ci import Job


@pytest.fixture
def worlds(tmp_path: Path) -> Iterator[Worlds]:
    with Worlds(tmp_path / "forges") as made:
        yield made


@pytest.fixture
def door() -> Iterator[Door]:
    with open_door() as made:
        yield made


def proposed(world: World) -> tuple[str, int]:
    """Open a pull request; return the commit that it ends with, and its number."""
    main = world.forge.head(world.repo, "main")
    assert main
    changes = [FileChange("sums.py", b"x = 1\n")]
    sha = world.forge.commit(world.repo, branch="codex/7", parent=main, message="Mend", changes=changes)
    pull = world.forge.open_pull_request(
        world.repo, branch="codex/7", base="main", title="Mend", body="It.", draft=False
    )
    return sha, pull.number


def test_github_tells_by_suite_and_by_run(worlds: Worlds, door: Door, tmp_path: Path) -> None:
    world = worlds.make("github-app", tmp_path)
    sha, number = proposed(world)
    main = world.forge.head(world.repo, "main")
    assert main
    assert world.ci
    worlds.server("github").send_webhooks_to(door.url)
    for commit, jobs in ((sha, [Job("test")]), (sha, [Job("test", "success")]), (main, [Job("test")])):
        world.ci(commit, jobs)
    found = heard(worlds, "github", door)
    events = {each for each in found if isinstance(each, Event)}
    assert {(each.kind, each.action, each.head, each.issue.subject) for each in events} == {
        ("check", "failed", sha, Subject(number, is_pull_request=True))
    }
    reasons = sorted(each.reason for each in found if isinstance(each, Unwanted))
    assert len(events) == 2
    assert reasons == 2 * ["checks that end with success ask for nothing"] + 2 * [
        "the checks belong to no pull request of this repository"
    ]


def test_gitlab_tells_by_pipeline(worlds: Worlds, door: Door, tmp_path: Path) -> None:
    world = worlds.make("gitlab", tmp_path)
    sha, number = proposed(world)
    server = worlds.server("gitlab")
    repo = server.forge.state.repository(world.repo.owner, world.repo.name)
    assert repo
    server.gitlab.add_hook(repo, door.url, token="sesame")
    server.gitlab.pipeline(repo, ref="codex/7")
    (event,) = heard(worlds, "gitlab", door)
    assert isinstance(event, Event)
    assert (event.kind, event.action, event.head) == ("check", "failed", sha)
    assert event.issue.subject == Subject(number, is_pull_request=True)


def heard(worlds: Worlds, dialect: str, door: Door) -> list[Event | Unwanted]:
    worlds.server(dialect).deliveries()
    read, found = {"github": read_github, "gitlab": read_gitlab}[dialect], []
    while not door.received.empty():
        headers, body = door.received.get()
        found.append(read({name.lower(): value for name, value in headers.items()}, body))
    return found
