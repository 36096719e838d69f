"""Whatever dies between the intent and the confirmation: one review, one answer, settled once, nothing lost."""

import dataclasses
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fakes.breaking import Fuse, KilledError
from fakes.events import issue
from fakes.forge import FakeForge
from fakes.reviews import BOT, FakeReviews
from stories.review_desk import Asked, ReviewDesk, checked, given

from bot.diff import parse_diff, place
from bot.errors import LeaseLostError, RetryableError
from bot.events import Comment, Repo
from bot.review import Review, ReviewComment
from tasks.effects import SETTLE_SECONDS
from tasks.publish import Publisher
from tasks.quoting import LONGEST_BODY

REPO = Repo("ann", "numberkit")
DIFF = parse_diff("diff --git a/a.py b/a.py\n--- a/a.py\n+++ b/a.py\n@@ -1 +1,2 @@\n one\n+two\n")
SHA = "1" * 40


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[ReviewDesk]:
    made = ReviewDesk(tmp_path)
    yield made
    made.close()


@pytest.fixture
def forge() -> FakeForge:
    return FakeForge(issue())


@pytest.fixture
def asked(desk: ReviewDesk) -> Asked:
    return desk.ask(REPO, 7)


def review(forge: FakeForge, body: str = "Two things.") -> Review:
    comment = ReviewComment(place(DIFF, "a.py", 2, 2), "Why?")
    return dataclasses.replace(given(forge.reviews.compared, comment), body=body)


def begun(forge: FakeForge) -> str:
    """Let an earlier review have begun a conversation; return its id."""
    forge.reviews.submit(REPO, 7, review(forge, "Earlier."))
    forge.reviews.calls.clear()
    return list(forge.reviews.talks)[-1]


# The review


def test_a_review_is_given_once_and_found_by_every_later_attempt(asked: Asked, forge: FakeForge) -> None:
    first = asked.attempt(forge).review(review(forge))
    assert asked.attempt(forge).review(review(forge, "Other words.")) == first
    ((_, said),) = forge.reviews.given
    assert said.body.startswith("Two things.\n\n<!-- codex-bot:")
    assert len(said.comments) == 1


def test_another_job_gives_another_review(desk: ReviewDesk, forge: FakeForge) -> None:
    assert [desk.ask(REPO, 7 + n).attempt(forge).review(review(forge)) for n in range(2)] == ["1", "2"]


def test_a_review_whose_answer_got_lost_is_found(desk: ReviewDesk, asked: Asked, forge: FakeForge) -> None:
    forge.reviews.fail_after = ["submit"]
    with pytest.raises(RetryableError) as caught:
        asked.attempt(forge).review(review(forge))
    assert caught.value.retry_after == SETTLE_SECONDS
    desk.now += SETTLE_SECONDS
    assert asked.attempt(forge).review(review(forge)) == "1"
    assert len(forge.reviews.given) == 1


def test_a_review_that_never_arrived_is_given_by_the_next_attempt(asked: Asked, forge: FakeForge) -> None:
    forge.reviews.fail_before = ["submit"]
    with pytest.raises(RetryableError):
        asked.attempt(forge).review(review(forge))
    assert asked.attempt(forge).review(review(forge)) == "1"


def test_nobody_looks_before_a_write_can_have_arrived(desk: ReviewDesk, asked: Asked, forge: FakeForge) -> None:
    first = asked.attempt(forge)
    forge.reviews.fail_before = ["submit"]
    with pytest.raises(RetryableError):
        first.review(review(forge))
    forge.reviews.calls.clear()
    desk.now += SETTLE_SECONDS - 5
    with pytest.raises(RetryableError) as caught:
        first.review(review(forge))  # the same worker, sent back too early
    assert (caught.value.retry_after, forge.reviews.calls) == (5.0, [])


def test_a_lost_ledger_gives_no_second_review(asked: Asked, forge: FakeForge, tmp_path: Path) -> None:
    asked.attempt(forge).review(review(forge))
    (tmp_path / "new").mkdir()
    anew = ReviewDesk(tmp_path / "new")
    assert anew.ask(REPO, 7).attempt(forge).review(review(forge)) == "1"
    anew.close()
    assert forge.reviews.calls.count("submit") == 1


def test_who_lost_the_job_says_nothing_of_all_this(desk: ReviewDesk, asked: Asked, forge: FakeForge) -> None:
    thread = begun(forge)
    frozen = asked.attempt(forge)
    asked.attempt(forge)
    acts: list[Callable[[], object]] = [
        lambda: frozen.review(review(forge)),
        lambda: frozen.answer_thread(thread, "Fixed.", "f1"),
        lambda: frozen.resolve_thread(thread, "f1"),
        lambda: frozen.check(checked(SHA)),
    ]
    for act in acts:
        with pytest.raises(LeaseLostError):
            act()
    assert (len(forge.reviews.given), forge.checks.reported) == (1, {})
    assert not {"reply", "resolve"} & set(forge.reviews.calls)


def test_the_summary_is_cut_and_its_marker_stays(asked: Asked, forge: FakeForge) -> None:
    asked.attempt(forge).review(review(forge, "line\n" * LONGEST_BODY))
    ((_, said),) = forge.reviews.given
    assert len(said.body) < LONGEST_BODY + 100
    assert said.body.endswith(" review head -->")


def test_a_review_and_an_answer_count_once_each_and_settling_is_free(asked: Asked, forge: FakeForge) -> None:
    thread, paced = begun(forge), []
    publisher = asked.attempt(forge, pace=lambda: paced.append(1))
    for _ in range(2):
        publisher.review(review(forge))
        publisher.answer_thread(thread, "Fixed.", "f1")
        publisher.resolve_thread(thread, "f1")
    assert len(paced) == 2


# Conversations


def test_a_conversation_is_answered_once_under_each_name(asked: Asked, forge: FakeForge) -> None:
    thread = begun(forge)
    first = asked.attempt(forge).answer_thread(thread, "Fixed.", "f1")
    again = asked.attempt(forge)
    assert again.answer_thread(thread, "Fixed.", "f1") == first
    again.answer_thread(thread, "Indeed.", "f2")
    assert [said.body.split("\n")[0] for said in forge.reviews.talks[thread][1].comments] == [
        "Why?",
        "Fixed.",
        "Indeed.",
    ]


@pytest.mark.parametrize("lost", ["fail_before", "fail_after"])
def test_an_answer_that_got_lost_is_written_once(asked: Asked, forge: FakeForge, lost: str) -> None:
    thread = begun(forge)
    getattr(forge.reviews, lost).append("reply")
    with pytest.raises(RetryableError):
        asked.attempt(forge).answer_thread(thread, "Fixed.", "f1")
    assert asked.attempt(forge).answer_thread(thread, "Fixed.", "f1")
    assert len(forge.reviews.talks[thread][1].comments) == 2


@dataclasses.dataclass
class Slow(FakeReviews):
    """Reviews to which one answer is long under way: `meanwhile` happens before it arrives."""

    meanwhile: Callable[[], object] | None = None

    def reply(self, repo: Repo, number: int, thread: str, body: str) -> Comment:
        happens, self.meanwhile = self.meanwhile, None
        if happens is not None:
            happens()
        return super().reply(repo, number, thread, body)


def test_a_frozen_worker_that_answers_after_all_takes_its_answer_back(asked: Asked) -> None:
    slow = Slow()
    forge = FakeForge(issue(), reviews=slow)
    thread = begun(forge)
    frozen = asked.attempt(forge)
    slow.meanwhile = lambda: asked.attempt(forge).answer_thread(thread, "By the next.", "f1")
    with pytest.raises(LeaseLostError):
        frozen.answer_thread(thread, "By the frozen one.", "f1")
    said = [each.body.split("\n")[0] for each in slow.talks[thread][1].comments]
    assert said == ["Why?", "By the next."]


def test_somebody_elses_copy_of_our_marker_is_no_answer_of_ours(asked: Asked, forge: FakeForge) -> None:
    thread = begun(forge)
    forge.reviews.fail_before = ["reply"]
    publisher = asked.attempt(forge)
    with pytest.raises(RetryableError):
        publisher.answer_thread(thread, "Fixed.", "f1")
    forge.reviews.speak(thread, "eve", f"<!-- codex-bot:{publisher.key} answer f1 -->")
    asked.attempt(forge).answer_thread(thread, "Fixed.", "f1")
    assert forge.reviews.talks[thread][1].comments[-1].author == BOT


def test_a_conversation_of_ours_is_settled(asked: Asked, forge: FakeForge) -> None:
    thread = begun(forge)
    assert asked.attempt(forge).resolve_thread(thread, "f1")
    assert asked.attempt(forge).resolve_thread(thread, "f1"), "it is, whoever asks"
    assert forge.reviews.calls.count("resolve") == 1


def test_a_conversation_in_which_a_human_spoke_is_left_alone(asked: Asked, forge: FakeForge) -> None:
    thread = begun(forge)
    forge.reviews.speak(thread, "eve", "Hm.")
    assert not asked.attempt(forge).resolve_thread(thread, "f1")
    assert not forge.reviews.talks[thread][1].is_resolved


def test_what_a_human_settled_or_opened_again_stays_as_it_is(asked: Asked, forge: FakeForge) -> None:
    thread = begun(forge)
    number, talk = forge.reviews.talks[thread]
    forge.reviews.talks[thread] = number, dataclasses.replace(talk, is_resolved=True, resolved_by="ann")
    assert not asked.attempt(forge).resolve_thread(thread, "f1")
    forge.reviews.talks[thread] = number, talk
    assert asked.attempt(forge).resolve_thread(thread, "f1")
    forge.reviews.talks[thread] = number, talk
    assert not asked.attempt(forge).resolve_thread(thread, "f1")
    assert forge.reviews.calls.count("resolve") == 1


def test_a_conversation_that_is_gone_undoes_nothing(asked: Asked, forge: FakeForge) -> None:
    publisher = asked.attempt(forge)
    assert publisher.answer_thread("gone", "Fixed.", "f1") == ""
    assert not publisher.resolve_thread("gone", "f1")


# Everything together


def everything(forge: FakeForge, thread: str) -> Callable[[Publisher], None]:
    def act(publisher: Publisher) -> None:
        publisher.status("Reviewing.")
        publisher.review(review(forge))
        publisher.answer_thread(thread, "Fixed.", "f1")
        publisher.resolve_thread(thread, "f1")
        publisher.check(checked(SHA))
        publisher.status("Reviewed.")

    return act


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize(
    "error", [RetryableError("away"), LeaseLostError("gone"), KilledError()], ids=["away", "lease lost", "killed"]
)
def test_everything_is_visible_once_wherever_it_breaks(desk: ReviewDesk, error: BaseException, *, after: bool) -> None:
    for at in itertools.count():
        forge, fuse = FakeForge(issue()), Fuse(at, error, after)
        thread, asked = begun(forge), desk.ask(REPO, 100 + at)
        number, talk = forge.reviews.talks[thread]
        forge.reviews.talks[thread] = 100 + at, talk
        asked.until_done(everything(forge, thread), fuse.wire(forge), fuse.wire(desk.ledger))
        if not fuse.blown:
            break
        where = f"{'after' if after else 'before'} call {at}, {fuse.blown}"
        assert [about for about, _ in forge.reviews.given] == [number, 100 + at], where
        talk = forge.reviews.talks[thread][1]
        assert [said.body.split("\n")[0] for said in talk.comments] == ["Why?", "Fixed."], where
        assert talk.is_resolved, where
        assert [body.split("\n")[0] for body in forge.comments.values()] == ["Reviewed."], where
        assert len(forge.checks.reported) == 1, where
    assert at > 20, "the fuse must have been tried at every call"
