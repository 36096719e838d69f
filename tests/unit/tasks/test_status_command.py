"""`/codex status`: comment in, comment out."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from stories.bench import Bench, a_bench

from bot.ledger import JobState, Lane
from tasks.commands.status import _in_words


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with a_bench(tmp_path) as made:
        yield made


def table(bench: Bench) -> list[list[str]]:
    rows = [line for line in bench.comment("reply").splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in rows]


def test_what_was_asked_here_is_shown_with_what_came_of_it(bench: Bench) -> None:
    bench.handler = lambda work: "verified"
    done = bench.ask()
    bench.run(done)
    bench.now += 200
    waiting = bench.say("/codex implement more")
    bench.now += 10
    asked = bench.run(bench.say("/codex status"))
    assert (asked.state, asked.outcome, asked.lane) == (JobState.DONE, "showed 2 jobs", Lane.CONTROL)
    assert table(bench) == [
        [str(waiting), "`/codex implement`", "`ann`", "10 s", "waits", ""],
        [str(done), "`/codex implement`", "`ann`", "3 min", "done", "verified"],
    ]


def test_where_nothing_was_asked_the_answer_says_what_can_be(bench: Bench) -> None:
    bench.run(bench.ask("/codex status"))
    assert bench.comment("reply").startswith("**Nothing was asked here yet**, @ann. `/codex help` says what can be.")


def test_an_outcome_cannot_break_out_of_its_cell(bench: Bench) -> None:
    bench.handler = lambda work: "bad | cell\n| @everyone | #1 |"
    bench.run(bench.ask())
    bench.run(bench.say("/codex status"))
    ((*_, outcome),) = table(bench)
    assert outcome == "bad cell @\u200beveryone #\u200b1"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (-1, "0 s"),
        (89.9, "89 s"),
        (90, "1 min"),
        (5399, "89 min"),
        (5400, "1 h"),
        (172_799, "47 h"),
        (172_800, "2 days"),
    ],
)
def test_times_are_said_in_the_largest_fitting_unit(seconds: float, words: str) -> None:
    assert _in_words(seconds) == words
