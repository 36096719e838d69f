"""The head of a pull request on every forge: its body is written over for nobody, and only our labels come and go."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stories.forge_worlds import NAMES, World, Worlds

from bot.errors import UserError
from bot.events import FileChange, Subject

BRANCH = "codex/7-mend"
BODY = "Why.\r\n\r\n- [ ] größe\r\n<!-- theirs -->  \r\n"


@pytest.fixture(scope="module")
def worlds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worlds]:
    with Worlds(tmp_path_factory.mktemp("forges")) as made:
        yield made


@pytest.fixture(params=NAMES)
def world(request: pytest.FixtureRequest, tmp_path: Path, worlds: Worlds) -> World:
    return worlds.make(request.param, tmp_path)


def opened(world: World) -> int:
    """Return ann's pull request."""
    forge, repo = world.forge, world.repo
    parent = forge.head(repo, "main")
    assert parent is not None
    forge.commit(repo, branch=BRANCH, parent=parent, message="Mend", changes=[FileChange("new.py", b"x = 1\n")])
    return world.ann.open_pull_request(repo, branch=BRANCH, base="main", title="Mend", body=BODY, draft=True).number


def shown(world: World, number: int) -> tuple[str, str]:
    found = world.forge.issue(world.repo, Subject(number, is_pull_request=True))
    return found.title, found.body


def test_a_body_of_somebodys_is_replaced_byte_for_byte_and_its_title_stays(world: World) -> None:
    number = opened(world)
    descriptions = world.forge.descriptions
    title, before = shown(world, number)
    assert before == BODY
    after = f"{before}\n<!-- ours -->\nWhat it does.\n"
    assert descriptions.replace(world.repo, number, before=before, after=after)
    assert shown(world, number) == (title, after)


def test_a_body_that_somebody_changed_meanwhile_stays(world: World) -> None:
    number = opened(world)
    world.ann.edit_pull_request(world.repo, number, title="Mend", body="Newer.")
    assert not world.forge.descriptions.replace(world.repo, number, before=BODY, after="Older.")
    assert shown(world, number)[1] == "Newer."


def test_a_pull_request_that_is_not_there_is_refused(world: World) -> None:
    with pytest.raises(UserError):
        world.forge.descriptions.replace(world.repo, 4711, before="", after="x")
    with pytest.raises(UserError):
        world.forge.descriptions.relabel(world.repo, 4711, add={"codex/risk-low": "0e8a16"}, remove=[])


def test_labels_of_ours_come_and_go_and_others_stay(world: World) -> None:
    number, repo = opened(world), world.repo
    mine, hers = world.forge.descriptions, world.ann.descriptions
    assert list(mine.labels(repo, number)) == []
    hers.relabel(repo, number, add={"codex/hers": "ededed"}, remove=[])
    for _ in range(2):  # what is there already is no error
        mine.relabel(repo, number, add={"codex/effort-2": "0e8a16", "codex/risk-low": "0e8a16"}, remove=[])
    assert sorted(mine.labels(repo, number)) == ["codex/effort-2", "codex/hers", "codex/risk-low"]
    for _ in range(2):  # and neither is what is gone
        mine.relabel(repo, number, add={"codex/effort-5": "d93f0b"}, remove=["codex/effort-2"])
    assert sorted(mine.labels(repo, number)) == ["codex/effort-5", "codex/hers", "codex/risk-low"]
    mine.relabel(repo, number, add={}, remove=[])


@pytest.mark.parametrize("name", ["bug", "codex", "codex/", "Codex/risk-low", "codex/risk,bug", "codex/../bug"])
def test_no_other_label_is_touched(world: World, name: str) -> None:
    number = opened(world)
    with pytest.raises(ValueError, match="no label of the bot's"):
        world.forge.descriptions.relabel(world.repo, number, add={name: "ededed"}, remove=[])
    with pytest.raises(ValueError, match="no label of the bot's"):
        world.forge.descriptions.relabel(world.repo, number, add={}, remove=[name])
