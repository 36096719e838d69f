"""A question while the model server is away: one word that it takes longer, then the answer in its place; real git."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.model_server import Body, ModelServer, Says, model_server
from stories.household import Household, a_household
from stories.proposed import answers, begin_talk, propose

from bot.events import Permission
from bot.ledger import Job, JobState
from tasks.model import ModelClient

NOBODY = "http://127.0.0.1:1"
WAITING = "**Codex Bot is waiting** with the request of @ann: something that it needs does not answer now."
ANSWERS = {
    "/codex ask why three?": "Because it was asked, see `src/kit.py:2`.",
    "/codex describe": json.dumps(
        {"title": "Return three", "summary": "It returns three.", "groups": [], "effort": "1", "risk": "low"}
    ),
    "/codex changelog": json.dumps({"entry": "`one` returns three."}),
    "/codex review": json.dumps({"summary": "", "findings": []}),
}
NOTHING = "nothing"
ASK = next(iter(ANSWERS))


class Wait:
    """A household whose model server is away until it is `back`, and a clock that the story moves."""

    def __init__(self, house: Household, server: ModelServer) -> None:
        self.house, self.server = house, server
        self.asking = ASK
        self.now = 1000.0
        house.ledger._clock = lambda _connection: self.now
        house.model = ModelClient(NOBODY)  # type: ignore[assignment]
        propose(house)
        house.forge.descriptions.bodies[9] = house.event.issue.body

    def back(self) -> None:
        self.house.model = ModelClient(self.server.url)  # type: ignore[assignment]

    def run(self, job: int, later: float = 0.0) -> Job:
        self.now += later
        return self.house.run(job)

    def asked(self, text: str, **event: str) -> int:
        """Ask, and wait until it was told that this takes longer."""
        job = self.house.take_in(text, **event)
        for later in (0.0, 5.0, 30.0, 100.0):
            assert self.run(job, later).state is JobState.QUEUED
        return job


@pytest.fixture
def wait(tmp_path: Path) -> Iterator[Wait]:
    def reply(body: Body) -> Says:
        return Says(ANSWERS.get(wait.asking, ""))

    with a_household(tmp_path) as house, model_server(reply) as server:
        wait = Wait(house, server)
        yield wait


@pytest.mark.parametrize("text", ANSWERS)
def test_who_asks_is_told_once_that_it_takes_longer_and_then_has_the_answer_alone(wait: Wait, text: str) -> None:
    wait.asking = text
    job = wait.asked(text)
    (said,) = wait.house.said
    assert said.startswith(WAITING)
    assert said.endswith(f"<sub>`{' '.join(text.split()[:2])}` · job {job}</sub>")
    wait.back()
    assert wait.run(job, 300.0).state is JobState.DONE
    (answer,) = wait.house.said
    assert "waiting" not in answer
    assert len(wait.server.asked) == 1


def test_a_server_that_only_starts_anew_is_no_news(wait: Wait) -> None:
    job = wait.house.take_in(ASK)
    for later in (0.0, 3.0, 6.0):
        wait.run(job, later)
        assert wait.house.said == []
    wait.back()
    assert wait.run(job, 20.0).state is JobState.DONE
    assert wait.house.forge.calls.count("create_comment") == 1
    assert "delete_comment" not in wait.house.forge.calls


def test_the_answer_in_a_conversation_takes_the_word_back_too(wait: Wait) -> None:
    job = wait.asked(ASK, thread=begin_talk(wait.house, "src/kit.py", 2, "Why?"))
    assert len(wait.house.said) == 1
    wait.back()
    assert wait.run(job, 300.0).state is JobState.DONE
    assert (wait.house.said, len(answers(wait.house))) == ([], 1)


def test_what_is_refused_in_the_end_waits_no_more(wait: Wait) -> None:
    job = wait.asked(ASK)
    wait.house.forge.permissions["ann"] = Permission.READ
    wait.run(job, 300.0)
    status, last = wait.house.said
    assert status.startswith("**Not done**, @ann: @\u200bann may not")
    assert last.startswith("**Not done:** @ann may not give commands")


def test_what_fails_for_good_when_the_model_is_back_leaves_that_word_alone(wait: Wait) -> None:
    job = wait.asked(ASK)
    wait.asking = NOTHING
    wait.back()
    wait.run(job, 300.0)
    (last,) = wait.house.said
    assert last.startswith("**Not done:** Coder-7B gave no answer that can be used")


def test_what_is_cancelled_says_so_and_may_be_taken_up_again(wait: Wait) -> None:
    job = wait.asked(ASK)
    wait.house.ask("/codex cancel")
    first, cancelled = wait.house.said
    assert first.startswith("**Cancelled.** Nothing more is done for the request of @ann")
    wait.house.ask("/codex retry")
    wait.back()
    assert wait.run(job, 300.0).state is JobState.DONE
    said = wait.house.said
    assert said[0] == cancelled
    assert said[-1].startswith(ANSWERS[ASK])
    assert not any("request of @ann" in each for each in said)


def test_after_a_day_it_does_not_promise_any_more_that_it_goes_on(wait: Wait) -> None:
    job = wait.asked(ASK)
    assert wait.run(job, 25 * 3600.0).state is JobState.DEAD
    status, last = wait.house.said
    assert status.startswith("**Not done**, @ann: something that it needs was away for a day.")
    assert last.startswith("**Not done:** something that it needs was away for a day, and it will not be tried again")
