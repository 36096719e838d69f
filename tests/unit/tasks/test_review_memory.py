"""Three pushes, one ledger, one forge: what a review does with what it remembers, and with what it has lost."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import pytest
from fakes.events import issue
from fakes.forge import FakeForge
from stories.review_desk import ReviewDesk
from stories.review_push import files_of, finding

from bot.diff import place
from bot.events import Repo
from bot.ledger import Lease
from bot.memory import FindingState, KeptReview
from bot.review import Comparison, Review, ReviewComment, Thread
from tasks.review.carry import Answers, Look, answer
from tasks.review.finding import Finding
from tasks.review.markers import marked, recovered
from tasks.review.signs import dismissals
from tasks.review.whereabouts import Head

REPO, NUMBER = Repo("ann", "numberkit"), 7
BASE = {"a.py": "import os\n"}
BAD = ("x = eval(a)", "y = eval(b)", "z = eval(c)")
HEAD = {"a.py": "import os\n\n" + "\n\n".join(BAD) + "\n"}


@dataclasses.dataclass
class Service:
    """A worker that reviews pushes one after the other, the way a command does."""

    desk: ReviewDesk
    forge: FakeForge

    def review(self, files: Mapping[str, str], new: Sequence[Finding]) -> Answers:
        """Give one review of a push: answer, publish, settle, remember."""
        asked = self.desk.ask(REPO, NUMBER)
        publisher = asked.attempt(self.forge)
        job = self.desk.ledger.job(asked.job_id)
        assert job is not None
        diff, reviews = files_of(BASE, files), self.forge.reviews
        earlier = self.talks()
        known = recovered(self.desk.ledger.known_findings(job.subject), earlier, reviews.summaries(REPO, NUMBER))
        look = Look(Head(diff, files), f"sha-{job.id}", list(files))
        answers = answer(known, new, look, dismissals(earlier, lambda login: login == "ann"))
        spots = [
            (place(diff, each.finding.path, each.finding.first, each.finding.last), each) for each in answers.fresh
        ]
        comments = tuple(ReviewComment(spot, marked("Why?", [each.kept.fingerprint])) for spot, each in spots)
        if comments:
            publisher.review(Review(Comparison("b", "s", "h", diff), "Findings.", comments))
        for each in answers.fixed:
            if publisher.resolve_thread(each.thread, each.fingerprint):
                publisher.answer_thread(each.thread, "Fixed.", each.fingerprint)
        rows = [*(each.kept for each in answers.earlier), *(each.kept for each in answers.fresh)]
        told = [each.kept.fingerprint for each in answers.fresh]
        kept = KeptReview(look.sha, "b", "findings", "{}")
        lease = Lease(job.id, job.fence)
        self.desk.ledger.keep_review(lease, kept, recovered(rows, self.talks(), ()), told=told)
        self.desk.ledger.finish(lease, outcome="reviewed")
        return answers

    def talks(self) -> list[Thread]:
        return list(self.forge.reviews.threads(REPO, NUMBER))


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    desk = ReviewDesk(tmp_path)
    yield Service(desk, FakeForge(issue()))
    desk.close()


def all_of(files: Mapping[str, str]) -> list[Finding]:
    return [finding(files, "a.py", line) for line in BAD if line in files["a.py"]]


def test_each_finding_is_told_once_and_answered_when_it_is_mended(service: Service) -> None:
    assert len(service.review(HEAD, all_of(HEAD)).fresh) == 3
    mended, spoken, dismissed = service.talks()
    service.forge.reviews.speak(spoken.id, "eve", "Is it?")
    service.forge.reviews.speak(dismissed.id, "ann", "Won't fix.")
    below = {"a.py": HEAD["a.py"].replace("import os\n", "import os\nimport re\n").replace(BAD[0], "x = int(a)")}
    second = service.review(below, all_of(below))
    assert (len(second.fresh), len(second.fixed), len(second.still_open), len(second.dismissed)) == (0, 1, 1, 1)
    last = {"a.py": "import os\nz = eval(c)\n"}
    third = service.review(last, all_of(last))
    assert (len(third.fresh), len(third.fixed), len(third.quiet)) == (0, 1, 1)
    talks = {talk.id: talk for talk in service.talks()}
    assert len(talks) == 3
    assert (talks[mended.id].is_resolved, talks[mended.id].comments[-1].body.split("\n")[0]) == (True, "Fixed.")
    assert not talks[spoken.id].is_resolved, "fixed as it is, a human spoke in it"
    assert not talks[dismissed.id].is_resolved
    (tally,) = service.desk.ledger.finding_tallies()
    assert (tally.reviews, tally.told, tally.fixed, tally.dismissed, tally.repeated) == (3, 3, 2, 1, 0)


def test_what_was_mended_and_broken_again_is_told_again_in_a_conversation_of_its_own(service: Service) -> None:
    service.review(HEAD, all_of(HEAD))
    service.review(BASE, [])
    assert len(service.review(HEAD, all_of(HEAD)).fresh) == 3
    assert [talk.is_resolved for talk in service.talks()] == [True] * 3 + [False] * 3
    (kept, *_) = service.desk.ledger.open_findings(f"github:{REPO.path}!{NUMBER}")
    assert kept.thread == service.talks()[3].id
    assert [tally.repeated for tally in service.desk.ledger.finding_tallies()] == [0]


def test_a_lost_ledger_repeats_nothing(service: Service, tmp_path: Path) -> None:
    service.review(HEAD, all_of(HEAD))
    (tmp_path / "new").mkdir()
    service.desk.close()
    service.desk = ReviewDesk(tmp_path / "new")
    below = {"a.py": f"# more\n{HEAD['a.py']}"}
    answers = service.review(below, all_of(below)[:2])
    assert (len(answers.fresh), len(answers.still_open), len(answers.cannot_tell)) == (0, 2, 1)
    assert len(service.talks()) == 3
    known = service.desk.ledger.known_findings(f"github:{REPO.path}!{NUMBER}")
    assert {each.state for each in known} == {FindingState.OPEN, FindingState.CANNOT_TELL}
    assert sorted(each.thread for each in known) == sorted(talk.id for talk in service.talks())
