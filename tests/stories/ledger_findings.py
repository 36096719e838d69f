"""What a ledger remembers of reviews, whatever database stands behind it."""

import dataclasses

import pytest

from bot.errors import LeaseLostError
from bot.ledger import Lease, Ledger
from bot.memory import FindingState, KeptFinding, KeptReview, Tally
from stories.ledger import LEASE, Clock, LedgerScene

PULL, OTHER = "github:ann/repo!1", "github:ann/repo!2"
REVIEW = KeptReview(head="h1", base="b1", verdict="findings", lines='{"a.py": "12"}', forge_ref="9")
ONE = KeptFinding(
    fingerprint="f1",
    rule="model/bug",
    source="model",
    category="bug",
    severity="major",
    path="a.py",
    title="Divides by zero",
    side="new",
    anchor="x = 1 / y",
    before="def f(y):",
    after="return x",
    copies=1,
    copy=0,
    line=7,
    thread="t-1",
    first_head="h1",
    last_head="h1",
)
TWO = dataclasses.replace(ONE, fingerprint="f2", path="b.py", thread="")


class FindingStories(LedgerScene):
    """The memory of reviews."""

    def job(self, ledger: Ledger, key: str, subject: str = PULL) -> Lease:
        return self.held(ledger, key, subject)

    def review(
        self, ledger: Ledger, key: str, *findings: KeptFinding, told: tuple[str, ...] = (), subject: str = PULL
    ) -> None:
        """Let one job give one review and end."""
        lease = self.job(ledger, key, subject)
        ledger.keep_review(lease, dataclasses.replace(REVIEW, head=key), findings, told=told)
        ledger.finish(lease, outcome="reviewed")

    def test_every_field_comes_back_and_each_subject_has_its_own(self, ledger: Ledger) -> None:
        assert ledger.reviewed(PULL) is None
        self.review(ledger, "h1", ONE, TWO, told=("f1", "f2"))
        self.review(ledger, "o1", dataclasses.replace(TWO, fingerprint="f1"), told=("f1",), subject=OTHER)
        assert ledger.known_findings(PULL) == [ONE, TWO]
        assert ledger.reviewed(PULL) == REVIEW
        assert [each.path for each in ledger.known_findings(OTHER)] == ["b.py"]
        assert ledger.known_findings("github:ann/repo!3") == []

    def test_the_newest_review_is_the_one_that_counts(self, ledger: Ledger) -> None:
        for key in ("h1", "h2"):
            self.review(ledger, key)
        found = ledger.reviewed(PULL)
        assert found is not None
        assert found.head == "h2"

    def test_a_later_review_says_how_each_finding_stands(self, ledger: Ledger) -> None:
        self.review(ledger, "h1", ONE, TWO, told=("f1", "f2"))
        fixed = dataclasses.replace(ONE, state=FindingState.FIXED, last_head="h2", first_head="h2", line=9)
        away = dataclasses.replace(TWO, state=FindingState.CANNOT_TELL, last_head="h2", path="c.py", thread="t-2")
        self.review(ledger, "h2", fixed, away)
        assert ledger.known_findings(PULL) == [dataclasses.replace(fixed, first_head="h1"), away]
        assert ledger.open_findings(PULL) == [away]
        assert ledger.known_findings(PULL, [FindingState.DISMISSED]) == []

    def test_another_attempt_at_one_job_changes_nothing(self, ledger: Ledger) -> None:
        lease = self.job(ledger, "h1")
        for _ in range(2):
            ledger.keep_review(lease, REVIEW, [ONE], told=["f1"])
        ledger.release(lease, delay_seconds=0, outcome="")
        again = self.claim(ledger, lease.job_id)
        assert again is not None
        ledger.keep_review(Lease(again.id, again.fence), REVIEW, [ONE], told=["f1"])
        assert ledger.known_findings(PULL) == [ONE]
        assert [(each.reviews, each.told, each.repeated) for each in ledger.finding_tallies()] == [(1, 1, 0)]

    def test_who_lost_the_job_writes_nothing_and_half_of_nothing(self, ledger: Ledger, clock: Clock) -> None:
        lease = self.job(ledger, "h1")
        clock.now += LEASE + 1
        assert self.claim(ledger, lease.job_id, "w2") is not None
        with pytest.raises(LeaseLostError):
            ledger.keep_review(lease, REVIEW, [ONE], told=["f1"])
        assert (ledger.reviewed(PULL), ledger.known_findings(PULL)) == (None, [])

    def test_a_review_that_cannot_be_written_whole_is_not_written_at_all(self, ledger: Ledger) -> None:
        lease = self.job(ledger, "h1")
        broken = dataclasses.replace(TWO, line=None)  # type: ignore[arg-type]  # what the database refuses
        with pytest.raises(Exception, match=r"(?i)null"):
            ledger.keep_review(lease, REVIEW, [ONE, broken])
        assert (ledger.reviewed(PULL), ledger.known_findings(PULL)) == (None, [])

    def test_what_no_database_takes_is_made_fit(self, ledger: Ledger) -> None:
        self.review(ledger, "h1", dataclasses.replace(ONE, title="a\0b \ud800", path="\udcff.py"))
        (found,) = ledger.known_findings(PULL)
        assert (found.title, found.path) == ("a\ufffdb ?", "?.py")

    def test_a_tally_counts_what_was_told_and_what_became_of_it(self, ledger: Ledger) -> None:
        self.review(ledger, "h1", ONE, TWO, told=("f1", "f2"))
        fixed = dataclasses.replace(ONE, state=FindingState.FIXED)
        dismissed = dataclasses.replace(TWO, state=FindingState.DISMISSED)
        self.review(ledger, "h2", fixed, dismissed)
        self.review(ledger, "c1", subject=OTHER)
        clean = Tally(OTHER, reviews=1, told=0, open=0, fixed=0, dismissed=0, cannot_tell=0, repeated=0)
        tally = Tally(PULL, reviews=2, told=2, open=0, fixed=1, dismissed=1, cannot_tell=0, repeated=0)
        assert sorted(ledger.finding_tallies(), key=lambda each: each.subject) == [tally, clean]
        self.review(ledger, "h3", ONE, told=("f1",))  # what was fixed is back: no repeat
        counted = {each.subject: each for each in ledger.finding_tallies()}[PULL]
        assert (counted.told, counted.open, counted.fixed, counted.repeated) == (3, 1, 0, 0)

    @pytest.mark.parametrize("state", [FindingState.OPEN, FindingState.DISMISSED, FindingState.CANNOT_TELL])
    def test_a_repeat_is_seen_as_one(self, ledger: Ledger, state: FindingState) -> None:
        self.review(ledger, "h1", dataclasses.replace(ONE, state=state), told=("f1",))
        self.review(ledger, "h2", ONE, told=("f1",))
        assert [(each.told, each.repeated) for each in ledger.finding_tallies()] == [(2, 1)]

    def test_the_newest_review_stands_first(self, ledger: Ledger, clock: Clock) -> None:
        for number in range(3):
            clock.now += 1
            self.review(ledger, f"h{number}", subject=f"github:ann/repo!{number}")
        assert [each.subject[-1] for each in ledger.finding_tallies()] == ["2", "1", "0"]
