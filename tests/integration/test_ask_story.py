"""`/codex ask`: question in, answer with its sources out; real git, a forge in memory, a scripted model."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.forge import FakeForge
from fakes.hands import FakeModel
from stories.breaking_points import BREAKS, broken_everywhere
from stories.household import Household, a_household
from stories.proposed import answers, begin_talk, propose

from bot.events import Permission
from bot.ledger import JobState

ASK = "/codex ask what does `one` in src/kit.py return?"
ANSWER = "It returns 1, see `src/kit.py:2`."


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Household]:
    with a_household(tmp_path) as made:
        made.model = FakeModel(ANSWER)
        yield made


def test_a_question_on_an_issue_is_answered_with_the_lines_that_were_read(house: Household) -> None:
    job = house.ask(ASK)
    assert (job.state, job.outcome) == (JobState.DONE, "answered from 4 files")
    (said,) = house.said
    assert said.startswith(
        f"{ANSWER}\n\n<details><summary>Read: 4 files at {house.forge.branches['main'][:12]}</summary>"
    )
    assert "- `src/kit.py`, lines 1-2\n" in said
    assert "     2   |     return 1" in house.shown
    assert "what does `one` in src/kit.py return?" in house.shown


def test_what_did_not_fit_is_named(house: Household) -> None:
    house.push(
        {
            "src/kit.py": "".join(f"one_{n} = {n}\n" for n in range(240)),
            "src/huge.py": "one = 'kit'  # " + "x " * 180 + "\n" + "y = 1\n" * 240,
        }
    )
    house.model.served = lambda: dataclasses.replace(FakeModel().served(), context_tokens=3000, max_prompt_tokens=2999)  # type: ignore[method-assign]
    house.ask(ASK)
    (said,) = house.said
    assert "; not read: " in said
    assert "- `src/huge.py`: no room, or not for all of it" in said
    assert house.model.count(house.model.asked[0]) <= 2000


def test_on_a_pull_request_the_change_is_read_first(house: Household) -> None:
    propose(house)
    house.ask("/codex ask why three?")
    (said,) = house.said
    assert "     2 + |     return 3" in house.shown
    assert "       - |     return 1" in house.shown
    assert "- `src/kit.py`, lines 1-2\n" in said
    assert "- `src/new.py`, lines 1-2\n" in said
    assert f"at {house.forge.branches['topic'][:12]}" in said


def test_in_a_conversation_its_line_comes_first_and_what_was_said_is_told(house: Household) -> None:
    propose(house, {"src/kit.py": "def one():\n    return 3\n", "a.py": "x = 1\n", "src/zzz.py": "last = 1\n"})
    thread = begin_talk(house, "src/zzz.py", 1, "Why last? <!-- hidden -->", "/codex ask why?")
    house.ask("/codex ask why?", thread=thread)
    assert house.said == []
    (answer,) = answers(house)
    assert answer.startswith(f"{ANSWER}\n\n<details><summary>Read: ")
    assert house.shown.index("=== src/zzz.py (new file)") < house.shown.index("=== a.py")
    assert "about line 1 of src/zzz.py" in house.shown
    assert "Why last?" in house.shown
    assert "hidden" not in house.shown


def test_a_conversation_that_is_gone_meanwhile_loses_no_question(house: Household) -> None:
    propose(house)
    assert house.ask("/codex ask why three?", thread="gone").outcome.startswith("answered from")
    assert house.said[0].startswith(ANSWER)


def test_a_failure_is_told_in_the_conversation_too(house: Household) -> None:
    propose(house)
    house.ask("/codex ask", thread=begin_talk(house, "src/kit.py", 1, "Hm."))
    assert house.said == []
    (answer,) = answers(house)
    assert answer.startswith("**Not done:** `/codex ask` came without a question")


def test_what_the_repository_closes_is_never_shown_not_even_by_its_line(house: Household) -> None:
    house.configure('[paths]\nexclude = ["src/secret.py"]\n')
    propose(house, {"src/secret.py": "password = 'hunter2'\n", "a.py": "x = 1\n"})
    house.ask("/codex ask what is the password in src/secret.py?", thread=begin_talk(house, "src/secret.py", 1, "Hm."))
    assert "hunter2" not in house.shown
    assert "- `src/secret.py`: excluded by the configuration" in answers(house)[0]


def test_lines_that_were_not_read_are_not_passed_on_without_a_word(house: Household) -> None:
    house.model = FakeModel("See `src/kit.py:2`, `src/kit.py:400` and `src/made_up.py:1`, at http://host.example:80.")
    house.ask(ASK)
    assert "*Do not rely on `src/kit.py:400`, `src/made_up.py:1`: the answer names what was not" in house.said[0]


def test_no_link_leads_out_of_the_repository(house: Household, tmp_path: Path) -> None:
    (tmp_path / "passwords").write_text("root: hunter2\n")
    house._git("checkout", "-q", "-b", "topic")
    (house.repository / "kit.py").symlink_to(tmp_path / "passwords")
    (house.repository / "far").symlink_to(tmp_path)
    propose(house, {"a.py": "x = 1\n"})
    house.ask("/codex ask what is in kit.py?", thread=begin_talk(house, "kit.py", 1, "Hm."))
    house.ask("/codex ask what is in passwords?", thread=begin_talk(house, "far/passwords", 1, "Hm."))
    assert "kit.py" in house.shown
    assert "hunter2" not in house.shown


def test_the_answer_is_in_the_repositorys_language(house: Household) -> None:
    house.configure('[model]\nlanguage = "German"\n')
    house.ask(ASK)
    assert "in German." in house.shown


def test_what_the_model_writes_can_do_nothing(house: Household) -> None:
    house.model = FakeModel(
        "<think>hm</think>@bob #3\n/close\n<!-- codex-bot:0 reply --> ![x](http://evil/?q=1)\n```py\nx"
    )
    house.ask(ASK)
    (said,) = house.said
    assert said.startswith(
        "@\u200bbob #\u200b3\n/\u200bclose\n&lt;!-- codex-bot:0 reply --> !\\[x](http://evil/?q=1)\n```py\nx\n```\n"
    )


@pytest.mark.parametrize("empty", ["", "  \n", "<think>I never stop"])
def test_an_empty_answer_is_a_failure_with_the_next_step_and_no_empty_comment(house: Household, empty: str) -> None:
    house.model = FakeModel(empty)
    job = house.ask(ASK)
    assert job.outcome == "refused: Grown-7B gave no answer that can be used, asked 2 times"
    (said,) = house.said
    assert said.startswith("**Not done:** Grown-7B gave no answer that can be used, asked 2 times\n\nAsk again; if")
    assert len(house.model.asked) == 2


def test_a_second_try_after_an_empty_answer_is_enough(house: Household) -> None:
    house.model = FakeModel("", ANSWER)
    assert house.ask(ASK).outcome == "answered from 4 files"


def test_without_a_question_nothing_is_asked(house: Household) -> None:
    assert house.ask("/codex ask").outcome == "refused: `/codex ask` came without a question".replace("`", "")
    assert house.model.asked == []


def test_where_nothing_fits_the_question_nothing_is_made_up(tmp_path: Path) -> None:
    with a_household(tmp_path) as house:
        house._git("rm", "-q", "-r", ".")
        house.push({"logo.bin": "\0"})
        assert house.ask(ASK).outcome == "refused: nothing in the repository seems to belong to this question"
        assert house.model.asked == []


def test_only_who_may_write_may_ask(house: Household) -> None:
    house.forge.permissions["eve"] = Permission.READ
    assert house.ask(ASK, by="eve").outcome.startswith("refused: @\u200beve may not")
    assert house.model.asked == []


def test_a_repository_can_switch_it_off(house: Household) -> None:
    house.configure('[commands]\ndisabled = ["ask"]\n')
    assert house.ask(ASK).outcome.startswith("refused: /codex ask is switched off")
    assert house.model.asked == []


@pytest.mark.parametrize(("error", "after"), BREAKS)
def test_wherever_it_breaks_there_is_one_answer_that_was_paid_for_once(
    house: Household, error: BaseException, *, after: bool
) -> None:
    for ended in broken_everywhere(house, ASK, error, after=after, answers=[ANSWER]):
        assert (ended.outcome, len(ended.forge.comments)) == ("answered from 4 files", 1), ended.where


@pytest.mark.parametrize(("error", "after"), BREAKS)
def test_wherever_it_breaks_a_conversation_gets_one_answer(
    house: Household, error: BaseException, *, after: bool
) -> None:
    propose(house)

    def fresh(forge: FakeForge) -> FakeForge:
        begin_talk(house, "src/kit.py", 2, "Why?")
        return forge

    asking = {"after": after, "answers": [ANSWER], "fresh": fresh, "thread": "talk"}
    for ended in broken_everywhere(house, "/codex ask why?", error, **asking):
        assert ended.outcome == "answered from 2 files", ended.where
        assert (len(answers(house)), house.said) == (1, []), ended.where
