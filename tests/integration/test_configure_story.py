"""`/codex configure`: comment in, onboarding pull request out; real git, a forge in memory."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.forge import FakeForge
from stories.breaking_points import BREAKS, broken_everywhere
from stories.household import Household, a_household

from bot.events import Permission
from bot.ledger import JobState
from bot.repo_config_text import read_config

ASK = "/codex configure"
URL = "http://forge/codex/configure"


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Household]:
    with a_household(tmp_path) as made:
        made.push({"pyproject.toml": "[tool.pytest.ini_options]\n", "src/more.py": ""})
        yield made


def test_a_pull_request_with_that_one_file_is_opened_and_told(house: Household) -> None:
    job = house.ask(ASK)
    assert (job.state, job.outcome) == (JobState.DONE, f"opened: {URL}")
    (pull,) = house.forge.pulls
    assert (pull.head, pull.base, pull.is_draft) == ("codex/configure", "main", False)
    assert list(house.proposed) == [".codex.toml"]
    title, body = house.forge.texts[pull.number]
    assert title == "Configure Codex Bot"
    assert "| languages | python, javascript | 4 files, by their endings |" in body
    assert "| test command | `pytest -q` | `pyproject.toml` |" in body
    assert house.said == [f"**Done: {URL}** for @ann. It adds `.codex.toml`; nothing changes before it is merged."]
    assert house.model.asked == []


def test_what_it_proposes_is_valid_and_says_what_was_found(house: Household) -> None:
    house.ask(ASK)
    config = read_config(house.proposed[".codex.toml"].encode(), ["implement"])
    assert (config.languages, config.tests.command) == (("python", "javascript"), ("pytest", "-q"))
    house.push(house.proposed)
    assert house.ask().outcome.startswith("unverified: ")


def test_asked_twice_it_is_the_same_pull_request(house: Household) -> None:
    house.ask(ASK)
    assert house.ask(ASK).outcome == f"open: {URL}"
    assert (len(house.forge.pulls), len(house.forge.messages)) == (1, 1)
    assert house.said[1].startswith(f"**It waits to be merged: {URL}**, @ann.")


def test_closed_without_being_merged_it_is_not_opened_again(house: Household) -> None:
    house.ask(ASK)
    house.forge.pulls.clear()
    assert house.ask(ASK).outcome == "closed: .codex.toml"
    assert (house.forge.pulls, len(house.forge.messages)) == ([], 1)
    assert house.said[1].startswith("**Not asked again**, @ann: the branch `codex/configure` is there")
    assert "delete the branch and write `/codex configure` once more" in house.said[1]


def test_where_the_file_is_there_already_it_is_shown(house: Household) -> None:
    house.configure('# ask @bob\n[access]\nwho = "admin"\n')
    assert house.ask(ASK).outcome == "there: .codex.toml"
    (comment,) = house.said
    assert comment.startswith("**Set up already**, @ann: the default branch has a `.codex.toml`.")
    assert '```toml\n# ask @\u200bbob\n[access]\nwho = "admin"\n```' in comment
    assert (house.forge.pulls, house.forge.messages) == ([], {})


def test_and_its_mistake_is_named(house: Household) -> None:
    house.configure("[acess]\n")
    assert house.ask(ASK).outcome == "there: .codex.toml"
    assert "line 1: unknown key `acess`; did you mean `access`?" in house.said[0]


def test_a_bot_that_requires_the_file_can_be_asked_for_it(house: Household) -> None:
    house.options = dataclasses.replace(house.options, require_config=True)
    assert house.ask(ASK).outcome == f"opened: {URL}"
    assert "**Until then** nothing is done in this repository." in house.forge.texts[100][1]


def test_only_who_may_write_may_ask_for_it(house: Household) -> None:
    house.forge.permissions["eve"] = Permission.READ
    assert house.ask(ASK, by="eve").outcome.startswith("refused: @\u200beve may not")
    assert house.forge.messages == {}


def test_a_repository_in_which_nothing_is_found_is_told_so(tmp_path: Path) -> None:
    with a_household(tmp_path) as house:
        house._git("rm", "-q", "-r", "src", "web")
        house.push({})
        house.ask(ASK)
        _, body = house.forge.texts[100]
        assert "**Not found:** source files in a language that is known, a test command;" in body
        assert read_config(house.proposed[".codex.toml"].encode(), []).languages == ()


@pytest.mark.parametrize(("error", "after"), BREAKS)
def test_wherever_it_breaks_there_is_one_pull_request_and_one_comment(
    house: Household, error: BaseException, *, after: bool
) -> None:
    def fresh(forge: FakeForge) -> FakeForge:
        none: dict[str, Any] = {name: {} for name in ("comments", "messages", "changes", "texts")}
        return dataclasses.replace(forge, **none, pulls=[], branches=dict(forge.branches))

    for ended in broken_everywhere(house, ASK, error, after=after, fresh=fresh):
        forge = ended.forge
        assert ended.outcome == f"opened: {URL}", ended.where
        assert (len(forge.messages), len(forge.pulls), len(forge.comments)) == (1, 1, 1), ended.where


def test_a_file_that_came_meanwhile_is_not_written_over(house: Household) -> None:
    # The forge knows of a merge that git did not show when the job looked for the file.
    merged = house.push({".codex.toml": ""}, branch="merged")
    house.forge.branches["main"] = merged
    assert house.ask(ASK).outcome == "refused: .codex.toml was added while this job ran."
    assert (house.forge.pulls, house.forge.messages) == ([], {})
