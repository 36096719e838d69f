"""What starts work, and what an edit adds to it."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.events import command_event, label_event
from stories.fresh_ledger import fresh_ledger

from bot.intake import Taken, take_in
from bot.ledger import Ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = fresh_ledger(tmp_path)
    yield opened
    opened.close()


class Talk:
    """One comment, written and then edited; each change is a delivery of its own."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._said: list[str] = []

    def say(self, text: str) -> Taken:
        event = command_event(text, guid=f"g-{len(self._said)}")
        if self._said:
            event = dataclasses.replace(event, action="edited", before=self._said[-1])
        self._said.append(text)
        return take_in(self._ledger, event, b"{}")

    def jobs(self) -> list[tuple[str, str]]:
        return [(job.kind, job.argument) for job in reversed(self._ledger.jobs())]


def test_a_command_that_an_edit_adds_is_heard(ledger: Ledger) -> None:
    talk = Talk(ledger)
    assert talk.say("Could you?").verdict == "ignored"
    assert talk.say("/codex implement").verdict == "accepted"
    assert talk.jobs() == [("implement", "")]


def test_an_edit_that_leaves_the_command_alone_asks_for_nothing(ledger: Ledger) -> None:
    talk = Talk(ledger)
    talk.say("/codex implement\n\nwith a test")
    assert talk.say("/codex  implement \n\nwith a test\n") == Taken("ignored", reason="the edit asks for nothing new")
    assert talk.jobs() == [("implement", "with a test")]


def test_new_words_are_a_new_request_and_old_ones_are_not(ledger: Ledger) -> None:
    talk = Talk(ledger)
    said = ["/codex implement", "/codex implement in Go", "/codex implement", "/codex implement in Go", "/codex help"]
    verdicts = [talk.say(text).verdict for text in said]
    assert verdicts == ["accepted", "accepted", "duplicate", "duplicate", "accepted"]
    assert talk.jobs() == [("implement", ""), ("implement", "in Go"), ("help", "")]


def test_a_command_that_an_edit_takes_away_asks_for_nothing(ledger: Ledger) -> None:
    talk = Talk(ledger)
    talk.say("/codex implement")
    assert talk.say("Never mind.").verdict == "ignored"
    assert len(talk.jobs()) == 1


def test_the_label_asks_for_what_the_command_does_and_each_time_anew(ledger: Ledger) -> None:
    first = take_in(ledger, label_event(), b"{}")
    again = take_in(ledger, label_event(guid="by the other hook"), b"{}")
    later = take_in(ledger, label_event(guid="g-2", moment="2026-11-26T11:00:00Z"), b"{}")
    assert [taken.verdict for taken in (first, again, later)] == ["accepted", "duplicate", "accepted"]
    assert [job.kind for job in ledger.jobs()] == ["implement", "implement"]


def test_an_issue_that_is_given_to_the_bot_asks_for_what_the_command_does(ledger: Ledger) -> None:
    event = dataclasses.replace(label_event(), kind="assignment", action="assigned", labels=())
    again = dataclasses.replace(event, guid="by the other hook")
    assert [take_in(ledger, each, b"{}").verdict for each in (event, again)] == ["accepted", "duplicate"]
    assert [job.kind for job in ledger.jobs()] == ["implement"]


def test_another_label_asks_for_nothing(ledger: Ledger) -> None:
    assert take_in(ledger, label_event("bug"), b"{}") == Taken("ignored", reason="the label 'bug' asks for nothing")
