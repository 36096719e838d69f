"""Says what a review found: one review with everything in it, or none where there is nothing new to say."""

import dataclasses
from collections.abc import Sequence

from bot.check import CheckReport
from bot.diff import place
from bot.memory import KeptReview
from bot.review import Comparison, Review, ReviewComment
from tasks.commands.reviewing.examine import Examined
from tasks.commands.reviewing.verdict import check_key, conclusion_of, finished, report_of
from tasks.commands.templates import render
from tasks.commands.work import Work
from tasks.review import rendering
from tasks.review.carry import Answers
from tasks.review.choice import choose
from tasks.review.demotion import without_suggestion
from tasks.review.finding import Finding, Severity
from tasks.review.markers import conversations, marked
from tasks.review.report import Reported


class Telling:
    """What is said of one review, and in which words."""

    def __init__(self, work: Work, compared: Comparison, examined: Examined, answers: Answers) -> None:
        self._work = work
        self._compared = compared
        self._spent = examined.reading.spent
        self._answers = answers
        self._kept = {_key(each.finding): each.kept for each in answers.fresh}
        self._earlier = (*answers.still_open, *answers.cannot_tell)
        self._threads: dict[str, str] = {}
        config = work.config.review
        choice = choose(
            [each.finding for each in answers.fresh],
            floor=Severity[config.floor.upper()],
            least_confidence=config.confidence,
            most=config.most,
        )
        told, folded = self._reported(choice.posted), self._reported(choice.folded)
        self.report = report_of(examined, head=compared.head, told=told, folded=folded, earlier=self._earlier)
        self._foot = " · ".join(filter(None, [choice.dropped_text(), f"job {work.job.id}"]))

    @property
    def outcome(self) -> str:
        """Return the job's outcome."""
        return f"{self.report.verdict}: {rendering.headline(self.report)}"

    def publish(self) -> str:
        """Post the review and return its id; empty where nothing new was found: then nobody is told."""
        work = self._work
        if not self.report.findings:
            return ""
        comments = {each.fingerprint: self._comment(each) for each in self.report.findings}
        unplaced = [each for each in self.report.findings if comments[each.fingerprint].place.last is None]
        body = rendering.summary(self.report, unplaced, self._since(), self._foot)
        hidden = [each.fingerprint for each in (*unplaced, *self.report.folded)]
        placed = tuple(comment for comment in comments.values() if comment.place.last is not None)
        id_ = work.publisher.review(Review(self._compared, marked(body, hidden), placed))
        threads = work.forge.reviews.threads(work.event.repo, work.event.issue.number)
        self._threads = {name: thread.id for name, thread in conversations(threads).items()}
        return id_

    def keep(self, lines: str, review_id: str) -> None:
        """Write down the review and how every finding stands now, each with its conversation."""
        new = [self._kept[_key(each.finding)] for each in (*self.report.findings, *self.report.folded)]
        in_talk = [
            dataclasses.replace(each, thread=self._threads.get(each.fingerprint, each.thread))
            for each in (*(each.kept for each in self._answers.earlier), *new)
        ]
        given = KeptReview(self._compared.head, self._compared.base, self.report.verdict.value, lines, review_id)
        told = [each.fingerprint for each in new]
        self._work.ledger.keep_review(self._work.lease, given, in_talk, told=told)

    def check(self) -> CheckReport:
        """Return what the check says at its end."""
        conclusion = conclusion_of(self.report, self._earlier, self._work.config.review)
        found = self.report.findings
        summary = rendering.summary(self.report, found, self._since(), self._foot, heading="What was found")
        return finished(self.report, conclusion, key=check_key(self._work.event.issue.number), summary=summary)

    def last_word(self) -> str:
        """Return what the asker's comment says at the end."""
        since = self._since()
        return render(
            "review/done.md.j2",
            headline=rendering.headline(self.report),
            told=bool(self.report.findings),
            complete=self.report.is_complete,
            head=self.report.head,
            model=self.report.model,
            asker=self._work.event.asker.login,
            job=self._work.job.id,
            still_open=since.still_open,
            fixed=since.fixed,
            tokens_in=self._spent.tokens_in,
            tokens_out=self._spent.tokens_out,
        )

    def _since(self) -> rendering.Since:
        return rendering.Since(len(self._earlier), len(self._answers.fixed))

    def _reported(self, findings: Sequence[Finding]) -> tuple[Reported, ...]:
        return tuple(Reported(each, self._kept[_key(each)].fingerprint) for each in findings)

    def _comment(self, reported: Reported) -> ReviewComment:
        finding = reported.finding
        where = place(self._compared.files, finding.path, finding.first, finding.last, finding.side)
        shown = (where.first and where.first.number(where.side), where.last and where.last.number(where.side))
        if shown != (finding.first, finding.last):
            finding = without_suggestion(finding, "its lines are not all in the diff")
        return ReviewComment(where, marked(rendering.comment(finding), [reported.fingerprint]), finding.suggestion)


def _key(finding: Finding) -> tuple[object, ...]:
    """Name a finding within one run, by what stays when another one that says the same is merged into it."""
    return finding.path, finding.first, finding.last, finding.side, finding.rule, finding.source, finding.title
