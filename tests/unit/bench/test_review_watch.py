"""Whoever watches the page of a pull request sees each thing that must not happen there."""

import dataclasses

import pytest
from stories.pull_page import Page, Said
from stories.review_watch import Count, Watch

from bot.events import Account, Comment
from bot.review import Thread

BOT, ANN = Account("codex-bot", is_bot=True), Account("ann")
TRUTH = {("a.py", 5): 1, ("a.py", 9): 2}


def said(number: int, line: int, id_: str = "", *replies: Comment) -> Said:
    first = Comment(f"c{id_ or number}", f"It fails. (defect {number})", BOT)
    return Said(Thread(id_ or str(number), "a.py", line, False, (first, *replies)), line)


def page(*remarks: Said, reviews: int = 1, verdict: str = "COMMENTED") -> Page:
    return Page(list(remarks), [], [], [verdict] * reviews)


BOTH = page(said(1, 5), said(2, 9))


@pytest.fixture
def watch() -> Watch:
    """Return one that has seen a first review with both defects in it."""
    made = Watch("t", Count())
    made.look(BOTH, TRUTH, complete=True, states=["success"])
    assert made.count.is_clean
    return made


def settled(remark: Said) -> Said:
    return dataclasses.replace(remark, thread=dataclasses.replace(remark.thread, is_resolved=True))


def blamed(watch: Watch) -> list[str]:
    return [name for name in Count.MUST_BE_0 if getattr(watch.count, name)]


def test_a_push_that_mends_one_is_clean_when_it_is_settled(watch: Watch) -> None:
    watch.look(page(said(1, 5), settled(said(2, 9))), {("a.py", 5): 1}, complete=True, states=["success"])
    assert (blamed(watch), watch.count.fixed) == ([], 1)
    watch.look(page(said(1, 5), settled(said(2, 9)), said(2, 9, "new"), reviews=2), TRUTH, complete=True, states=[])
    assert blamed(watch) == [], "it was mended and is back"


def test_a_repeat_is_seen(watch: Watch) -> None:
    watch.look(page(*BOTH.said, said(1, 5, "again"), reviews=2), TRUTH, complete=True, states=[])
    assert blamed(watch) == ["repeated"]


def test_what_was_dismissed_stays_so_for_good(watch: Watch) -> None:
    watch.hush(2)
    watch.look(page(said(1, 5), settled(said(2, 9))), {("a.py", 5): 1}, complete=True, states=[])
    watch.look(page(said(1, 5), settled(said(2, 9)), said(2, 9, "n"), reviews=2), TRUTH, complete=True, states=[])
    assert blamed(watch) == ["repeated"]


def test_a_defect_that_is_never_told_is_lost_and_one_beside_its_line_misplaced(watch: Watch) -> None:
    watch.look(BOTH, {**TRUTH, ("a.py", 12): 3}, complete=False, states=[])
    assert blamed(watch) == [], "that review failed, and said so"
    watch.look(BOTH, {**TRUTH, ("a.py", 12): 3}, complete=True, states=[])
    assert blamed(watch) == ["lost"]
    watch.look(page(*BOTH.said, said(4, 14), reviews=2), {**TRUTH, ("a.py", 15): 4}, complete=False, states=[])
    assert blamed(watch) == ["lost", "misplaced"]


@pytest.mark.parametrize(
    ("seen", "complete", "states"),
    [
        (page(*BOTH.said, reviews=1, verdict="APPROVED"), True, []),
        (Page(BOTH.said, [], [], ["COMMENTED", "APPROVED"]), True, []),
        (BOTH, False, ["success"]),
    ],
)
def test_an_approval_is_seen_in_every_form(seen: Page, states: list[str], *, complete: bool) -> None:
    watch = Watch("t", Count())
    watch.page = page(reviews=0) if seen.verdicts == ["APPROVED"] else page()
    watch.look(seen, TRUTH, complete=complete, states=states)
    assert blamed(watch) == ["approved"]


def test_what_is_settled_wrongly_or_not_at_all_is_seen(watch: Watch) -> None:
    watch.look(page(settled(said(1, 5)), said(2, 9)), {("a.py", 5): 1}, complete=True, states=[])
    assert blamed(watch) == ["unsettled", "wrongly_settled"]


def test_more_than_one_review_of_a_push_is_noise(watch: Watch) -> None:
    watch.look(page(*BOTH.said, reviews=3), TRUTH, complete=True, states=[])
    assert blamed(watch) == ["noisy"]


@pytest.mark.parametrize("after", ["settled", "answered", "gone"])
def test_a_conversation_of_people_is_not_touched(watch: Watch, after: str) -> None:
    theirs = said(1, 5, "1", Comment("x", "Later.", ANN))
    watch.page = page(theirs, said(2, 9))
    ours = said(1, 5, "1", Comment("x", "Later.", ANN), Comment("y", "Fixed.", BOT))
    left = {"settled": [settled(theirs)], "answered": [ours], "gone": []}[after]
    watch.look(page(*left, said(2, 9)), TRUTH, complete=True, states=[])
    assert blamed(watch) == ["touched"]
