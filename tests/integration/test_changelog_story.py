"""`/codex changelog`: a pull request in, an entry out; real git, a forge in memory, a scripted model."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.hands import FakeModel
from stories.breaking_points import BREAKS, broken_everywhere
from stories.household import Household, a_household
from stories.proposed import CHANGED, propose

from bot.events import Permission
from bot.ledger import JobState

ASK = "/codex changelog"
KEPT = """# Changelog

## [Unreleased]

### Fixed

- Count from one. (#3)
- Say no twice. (#4)

## [1.0.0]

- All. (#1)
"""
ENTRY = json.dumps({"entry": "- `one` returns three.", "category": "fixed"})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Household]:
    with a_household(tmp_path) as made:
        made.model = FakeModel(ENTRY)
        yield made


def test_an_entry_stands_where_it_belongs_in_the_style_that_is_there(house: Household) -> None:
    house.push({"CHANGELOG.md": KEPT})
    propose(house)
    job = house.ask(ASK)
    assert (job.state, job.outcome) == (JobState.DONE, "proposed an entry for CHANGELOG.md")
    (said,) = house.said
    assert said.startswith(
        "**An entry for the changelog**, @ann, in `CHANGELOG.md` below line 8, under Unreleased, Fixed "
        "(Keep a Changelog):\n\n```markdown\n- `one` returns three. (#9)\n```\n\nNothing was committed;"
    )
    assert "- Count from one. (#3)" in house.shown
    assert "one of: Added, Changed, Deprecated, Removed, Fixed, Security." in house.shown
    assert house.forge.messages == {}


def test_a_fragment_for_towncrier_is_a_new_file(house: Household) -> None:
    settings = '[tool.towncrier]\ndirectory = "news"\nfilename = "NEWS.md"\ntype = [{directory = "fix"}]\n'
    house.push({"pyproject.toml": settings, "news/3.fix.md": "Counts.\n"})
    propose(house)
    house.model = FakeModel(json.dumps({"entry": "One returns three.", "category": "fix"}))
    assert house.ask(ASK).outcome == "proposed an entry for news"
    assert house.said[0].startswith(
        "**An entry for the changelog**, @ann: a new file, `news/9.fix.md` (towncrier):\n\n"
        "```markdown\nOne returns three.\n```"
    )


def test_without_a_changelog_it_is_a_plain_line(house: Household) -> None:
    propose(house)
    house.ask(ASK)
    assert house.said[0].startswith("**An entry for a changelog**, @ann. The repository seems to have none")
    assert "```\n- `one` returns three.\n```" in house.said[0]
    assert "category" not in house.shown


def test_one_that_is_there_already_is_named_and_so_is_what_was_not_read(house: Household) -> None:
    house.push({"CHANGELOG.md": KEPT, ".codex.toml": '[paths]\nexclude = ["src/new.py"]\n'})
    propose(house, {**CHANGED, "CHANGELOG.md": KEPT + "- More.\n"})
    house.ask(ASK)
    assert "This pull request changes `CHANGELOG.md` already." in house.said[0]
    assert "Not read for this: `src/new.py` (excluded by the configuration)." in house.said[0]


def test_files_for_which_there_is_no_room_are_named(house: Household) -> None:
    propose(house, {f"src/part_{number}.py": "one = 'kit'\n" * 100 for number in range(20)})
    house.ask(ASK)
    assert ".py` (no room, or not for all of it)" in house.said[0]


def test_a_changelog_that_the_model_may_not_see_is_not_shown_to_it(house: Household) -> None:
    house.push({"CHANGELOG.md": KEPT, ".codex.toml": '[paths]\nexclude = ["CHANGELOG.md"]\n'})
    propose(house)
    house.ask(ASK)
    assert "Count from one" not in house.shown


def test_a_changelog_that_is_a_link_is_not_read(house: Household, tmp_path: Path) -> None:
    (tmp_path / "passwords").write_text("- root: hunter2\n")
    (house.repository / "CHANGELOG.md").symlink_to(tmp_path / "passwords")
    propose(house)
    house.ask(ASK)
    assert "hunter2" not in house.shown


@pytest.mark.parametrize(
    "wrong",
    ["", "no JSON", "[]", '{"entry": ""}', '{"entry": "x", "category": "magic"}', json.dumps({"entry": "x" * 501})],
)
def test_an_answer_that_is_no_entry_is_not_shown(house: Household, wrong: str) -> None:
    house.push({"CHANGELOG.md": KEPT})
    propose(house)
    house.model = FakeModel(wrong)
    assert house.ask(ASK).outcome == "refused: Grown-7B gave no answer that can be used, asked 2 times"


def test_an_entry_can_neither_leave_its_line_nor_its_block(house: Household) -> None:
    propose(house)
    house.model = FakeModel(json.dumps({"entry": "a\n```\n/close\n<!-- codex-bot:0 reply --> @bob"}))
    house.ask(ASK)
    assert "````\n- a ``` /close codex-bot:0 reply --> @bob\n````" in house.said[0]


def test_an_issue_changes_nothing(house: Household) -> None:
    assert house.ask(ASK).outcome.startswith("refused: /codex changelog works on pull requests")


def test_only_who_may_write_may_ask_for_it(house: Household) -> None:
    propose(house)
    house.forge.permissions["eve"] = Permission.READ
    assert house.ask(ASK, by="eve").outcome.startswith("refused: @\u200beve may not")
    assert house.model.asked == []


def test_a_repository_can_switch_it_off(house: Household) -> None:
    house.configure('[commands]\ndisabled = ["changelog"]\n')
    propose(house)
    assert house.ask(ASK).outcome.startswith("refused: /codex changelog is switched off")
    assert house.model.asked == []


@pytest.mark.parametrize(("error", "after"), BREAKS)
def test_wherever_it_breaks_there_is_one_comment(house: Household, error: BaseException, *, after: bool) -> None:
    propose(house)
    for ended in broken_everywhere(house, ASK, error, after=after, answers=[ENTRY]):
        assert (ended.outcome, len(ended.forge.comments)) == ("proposed an entry for a changelog", 1), ended.where
