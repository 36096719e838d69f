"""`/codex describe`: a pull request in, its description out; real git, a forge in memory, a scripted model."""

import dataclasses
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fakes.forge import FakeForge
from fakes.hands import FakeModel
from stories.breaking_points import BREAKS, broken_everywhere
from stories.household import Household, a_household
from stories.proposed import propose

from bot.events import Permission
from bot.ledger import JobState
from tasks.described import without_block

ASK = "/codex describe"
THEIRS = "As asked.\r\n\r\n- [ ] done\r\n"


def proposal(**changes: Any) -> str:
    told = {
        "title": "Return three from one()",
        "summary": "It returns three now.",
        "groups": [{"paths": ["src/kit.py"], "what": "one() returns three."}],
        "effort": "2",
        "risk": "low",
    }
    return json.dumps({**told, **changes})


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Household]:
    with a_household(tmp_path) as made:
        made.model = FakeModel(proposal())
        made.push({})
        propose(made, body=THEIRS)
        made.forge.descriptions.bodies[9] = THEIRS
        yield made


def body(house: Household) -> str:
    return house.forge.descriptions.bodies[9]


def test_our_part_stands_behind_theirs_and_one_comment_says_so(house: Household) -> None:
    job = house.ask(ASK)
    assert (job.state, job.outcome) == (JobState.DONE, "described: effort 2, risk low")
    assert body(house).startswith(f"{THEIRS}\n<!-- codex-bot:described ")
    assert without_block(body(house)) == THEIRS.rstrip()
    assert "### What this changes\n\nIt returns three now.\n\n**Proposed title:** `Return three from one()`" in body(
        house
    )
    assert "| `src/kit.py` +1 -1 | one() returns three. |\n| `src/new.py` +2 -0 | *not described* |" in body(house)
    assert house.forge.issue_.title == "Return three"
    (said,) = house.said
    assert said.startswith("**Described**, @ann: effort 2 of 5, risk low.")


def test_asked_again_only_our_part_changes_and_is_not_read_as_theirs(house: Household) -> None:
    house.ask(ASK)
    later = f"{body(house)}\r\nMore of theirs.\r\n"
    house.forge.descriptions.bodies[9] = later
    house.event = dataclasses.replace(house.event, issue=dataclasses.replace(house.event.issue, body=later))
    house.model = FakeModel(proposal(summary="Newer."))
    house.ask(ASK)
    assert "It returns three now." not in body(house)
    assert body(house).startswith(THEIRS)
    assert body(house).endswith("\r\nMore of theirs.\r\n")
    assert "It returns three now." not in house.shown
    assert "More of theirs." in house.shown


def test_what_somebody_writes_meanwhile_is_kept(house: Household) -> None:
    house.forge.descriptions.meanwhile = ["Edited while the model wrote."]
    assert house.ask(ASK).outcome == "described: effort 2, risk low"
    assert body(house).startswith("Edited while the model wrote.\n\n<!-- codex-bot:described ")


def test_where_somebody_keeps_writing_it_is_tried_later(house: Household) -> None:
    house.forge.descriptions.meanwhile = [f"Edit {number}." for number in range(5)]
    assert house.ask(ASK).state is JobState.QUEUED
    assert body(house) == "Edit 2."
    assert house.said == []


def test_labels_of_ours_are_exchanged_and_others_stay(house: Household) -> None:
    house.forge.descriptions.labelled[9] = ["bug", "codex", "codex/effort-5", "codex/risk-low"]
    house.ask(ASK)
    assert house.forge.descriptions.labelled[9] == ["bug", "codex", "codex/risk-low", "codex/effort-2"]


def test_a_repository_can_do_without_labels(house: Household) -> None:
    house.configure("[describe]\nlabels = false\n")
    house.ask(ASK)
    assert house.forge.descriptions.labelled == {}


def test_a_forge_that_lets_us_label_nothing_undoes_no_description(house: Household) -> None:
    house.forge.descriptions.refuses_labels = True
    assert house.ask(ASK).outcome == "described: effort 2, risk low"
    assert "No label was set: Resource not accessible by integration" in house.said[0]
    assert "It returns three now." in body(house)


def test_only_files_that_changed_are_walked_through(house: Household) -> None:
    groups = [
        {"paths": ["src/kit.py", "made/up.py"], "what": "A | cell\n@bob"},
        {"paths": ["made/up.py"], "what": "Nothing."},
        {"paths": ["src/kit.py"], "what": "Twice."},
    ]
    house.model = FakeModel(proposal(groups=groups))
    house.ask(ASK)
    assert "| `src/kit.py` +1 -1 | A cell @\u200bbob |\n| `src/new.py`" in body(house)
    assert "made/up" not in body(house)
    assert "Twice" not in body(house)


def test_what_was_not_read_is_named(house: Household) -> None:
    house.configure('[paths]\nexclude = ["src/new.py"]\n')
    house.ask(ASK)
    assert "**Not read for this:** `src/new.py` (excluded by the configuration)." in body(house)
    assert "1 of 2 files were not read" in house.said[0]
    assert "one() - 1" not in house.shown


def test_files_for_which_there_is_no_room_are_named(house: Household) -> None:
    propose(house, {f"src/part_{number}.py": "one = 'kit'\n" * 100 for number in range(20)}, body=THEIRS)
    house.ask(ASK)
    assert ".py` (no room, or not for all of it)" in body(house)
    assert " of 22 files were not read" in house.said[0]


def test_no_text_of_a_model_can_end_our_part_early(house: Household) -> None:
    marker = "<!-- /codex-bot:described -->"
    house.model = FakeModel(proposal(title=marker, summary=f"a\n{marker}\n![x](http://evil/)\n/close"))
    house.ask(ASK)
    assert body(house).count("<!--") == 2
    assert without_block(body(house)) == THEIRS.rstrip()
    assert "\n/\u200bclose" in body(house)
    assert "![" not in body(house)


@pytest.mark.parametrize(
    "wrong",
    ["", "no JSON", "{", "[]", proposal(effort="6"), proposal(risk="none"), proposal(summary=" "), proposal(title="")],
)
def test_an_answer_that_proposes_nothing_changes_nothing(house: Household, wrong: str) -> None:
    house.model = FakeModel(wrong)
    assert house.ask(ASK).outcome == "refused: Grown-7B gave no answer that can be used, asked 2 times"
    assert body(house) == THEIRS
    assert house.forge.descriptions.labelled == {}


def test_an_answer_with_words_around_it_is_read(house: Household) -> None:
    house.model = FakeModel(f"<think>hm {{</think>Here:\n```json\n{proposal()}\n```\nThere.")
    assert house.ask(ASK).outcome == "described: effort 2, risk low"


def test_a_change_without_anything_to_read_is_not_described(house: Household) -> None:
    propose(house, {"package-lock.json": "{}\n", "src/kit.py": "def one():\n    return 1\n", "src/new.py": ""}, body="")
    assert house.ask(ASK).outcome.startswith("refused: nothing in this pull request can be read")
    assert house.model.asked == []


def test_an_issue_has_no_description_of_ours(house: Household) -> None:
    house.event = dataclasses.replace(house.event, issue=dataclasses.replace(house.event.issue, is_pull_request=False))
    assert house.ask(ASK).outcome.startswith("refused: /codex describe works on pull requests")


def test_one_that_is_closed_is_left_alone(house: Household) -> None:
    house.forge.issue_ = dataclasses.replace(house.forge.issue_, is_open=False)
    assert house.ask(ASK).outcome == "refused: this pull request is closed"
    assert (body(house), house.model.asked) == (THEIRS, [])


def test_only_who_may_write_may_ask_for_it(house: Household) -> None:
    house.forge.permissions["eve"] = Permission.READ
    assert house.ask(ASK, by="eve").outcome.startswith("refused: @\u200beve may not")
    assert body(house) == THEIRS


def test_a_repository_can_switch_it_off(house: Household) -> None:
    house.configure('[commands]\ndisabled = ["describe"]\n')
    assert house.ask(ASK).outcome.startswith("refused: /codex describe is switched off")
    assert body(house) == THEIRS


@pytest.mark.parametrize(("error", "after"), BREAKS)
def test_wherever_it_breaks_there_is_one_part_one_pair_of_labels_and_one_comment(
    house: Household, error: BaseException, *, after: bool
) -> None:
    def fresh(forge: FakeForge) -> FakeForge:
        head = dataclasses.replace(forge.descriptions, bodies={9: THEIRS}, labelled={9: ["bug"]})
        return dataclasses.replace(forge, comments={}, descriptions=head)

    for ended in broken_everywhere(house, ASK, error, after=after, answers=[proposal()], fresh=fresh):
        head = ended.forge.descriptions
        assert (ended.outcome, len(ended.forge.comments)) == ("described: effort 2, risk low", 1), ended.where
        assert head.bodies[9].count("<!-- codex-bot:described") == 1, ended.where
        assert head.labelled[9] == ["bug", "codex/effort-2", "codex/risk-low"], ended.where
