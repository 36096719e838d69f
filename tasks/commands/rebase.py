"""Brings a pull request of the bot's up to its base branch, and proves it anew there; nothing is ever forced."""

import dataclasses
import re
from collections.abc import Sequence

from bot.errors import RetryableError, UserError
from bot.events import Changes, Issue, PullRequest, Subject
from tasks.commands.baseline import run_baseline
from tasks.commands.progress import Progress
from tasks.commands.proof import render_proof, replace_proof, titled
from tasks.commands.registry import command
from tasks.commands.templates import render
from tasks.commands.work import Work
from tasks.context.checkout import check_out
from tasks.context.merge import Both, fetch_both
from tasks.policy import LARGEST_FILE, LARGEST_PATCH, check_policy
from tasks.publish import TRAILER, Place
from tasks.quoting import code
from tasks.verify.evidence import Evidence, Row
from tasks.verify.request import asked_test
from tasks.verify.suite import TestsStoppedError
from tasks.verify.trial import try_patch

STEPS = ("Merge the base branch, here at first", "Run the tests before and after", "Update the pull request")
_BRANCH = "codex/"
_OF_ISSUE = re.compile(r"codex/issue-([1-9][0-9]*)(?:-[1-9][0-9]*)?")
_MOST_NAMES = 10


@dataclasses.dataclass(frozen=True, slots=True)
class Stand:
    """How everything stood when the job began; `issue` is 0 and `test` None where there is none to go by.

    `head` and `tip` are the newest commits of the pull request's `branch` and of `base`.
    """

    branch: str
    base: str
    head: str
    tip: str
    url: str
    issue: int = 0
    title: str = ""
    test: str | None = None


@command("rebase", help="bring this pull request of the bot's up to date with its base branch, and prove it anew")
def rebase(work: Work) -> str:
    """Merge, try, publish: what a later attempt finds half done, it goes on with."""
    if not work.event.issue.is_pull_request:
        raise UserError("`/codex rebase` works on pull requests, and this is an issue", mend="Ask on the pull request.")
    # Decided once: a later attempt must not start from somewhere else, nor take its own commit for somebody's.
    stand = Stand(**work.once("stand", lambda: dataclasses.asdict(_look(work))))
    progress = Progress(work.publisher, asker=work.event.asker.login, command="rebase", steps=STEPS, job=work.job.id)
    with progress.shown():
        return _Story(work, progress, stand).tell()


def _look(work: Work) -> Stand:
    pull = _our_pull_request(work)
    issue = _asked_in(work, pull.head)
    return Stand(
        branch=pull.head,
        base=pull.base,
        head=_require_head(work, pull.head),
        tip=_require_head(work, pull.base),
        url=pull.url,
        issue=issue.number if issue else 0,
        title=issue.title if issue else "",
        test=asked_test(issue.body) if issue else None,
    )


def _our_pull_request(work: Work) -> PullRequest:
    subject = work.event.issue.subject
    if not work.forge.issue(work.event.repo, subject).is_open:
        raise UserError("this pull request is closed", mend="Open it again if it should still be merged.")
    pull = work.forge.own_pull_request(work.event.repo, subject.number)
    if pull is None or not pull.head.startswith(_BRANCH):
        raise _not_ours()
    return pull


def _not_ours() -> UserError:
    return UserError(
        "this pull request is not the bot's own, and the bot touches no other branches",
        mend="Merge the base branch into it by hand, or with the forge's own button.",
    )


def _asked_in(work: Work, branch: str) -> Issue | None:
    """Return the issue that a branch was made for; the branch says which, as nobody else names it."""
    found = _OF_ISSUE.fullmatch(branch)
    if found is None:
        return None
    try:
        return work.forge.issue(work.event.repo, Subject(int(found[1])))
    except UserError:
        return None  # moved or deleted since; the repository's own tests are left


def _require_head(work: Work, branch: str) -> str:
    head = work.forge.head(work.event.repo, branch)
    if head is None:
        raise UserError(f"the branch {code(branch)} is gone", mend="Restore it, then ask again.")
    return head


class _Story:
    """One `/codex rebase`, from the two branches to the new evidence."""

    def __init__(self, work: Work, progress: Progress, stand: Stand) -> None:
        self.work = work
        self.progress = progress
        self.stand = stand

    def tell(self) -> str:
        changes = self._merge()
        if changes is None:
            self.progress.conclude(render("rebase/up_to_date.md.j2", **self._values()))
            return f"up to date: {self.stand.url}"
        self.progress.finish_step()
        evidence = self._prove(changes)
        self.progress.finish_step()
        return self._publish(changes, evidence)

    def _merge(self) -> Changes | None:
        """Return what the pull request changes on the base branch's newest commit; None if it is up to date."""
        work, stand = self.work, self.stand
        clone = work.forge.clone(work.event.repo)
        try:
            with fetch_both(
                clone, base=stand.tip, head=stand.head, scratch=work.folder, cancelled=self._is_stopped
            ) as both:
                if both.is_up_to_date and TRAILER in both.messages:
                    return None
                return self._merged(both)
        except RetryableError:
            work.check()  # which says why, if it was we who ended it
            raise

    def _merged(self, both: Both) -> Changes:
        if both.messages and TRAILER not in both.messages:
            raise _not_ours()
        merged = both.merge(most_files=LARGEST_PATCH, largest=LARGEST_FILE)
        again = f"`/codex implement` on #{self.stand.issue} makes the change anew" if self.stand.issue else ""
        if merged.conflicts:
            raise UserError(
                f"these files conflict with {code(self.stand.base)}: {_names(merged.conflicts)}",
                mend=f"{again}; or resolve it by hand." if again else "Resolve it by hand.",
            )
        if not merged.changes:
            raise UserError(f"{code(self.stand.base)} holds all of this already", mend="Close the pull request.")
        check_policy(merged.changes, self.work.config)
        return merged.changes

    def _prove(self, changes: Changes) -> Evidence:
        kept = self.work.once("evidence", lambda: dataclasses.asdict(self._try(changes)))
        return Evidence(**{**kept, "rows": [Row(**row) for row in kept["rows"]]})

    def _try(self, changes: Changes) -> Evidence:
        work, tree = self.work, self.work.folder / "tree"
        try:
            clone = work.forge.clone(work.event.repo)
            check_out(clone, self.stand.tip, tree, scratch=work.folder, cancelled=self._is_stopped)
            baseline = run_baseline(work, tree, self.stand.test)
            return baseline if isinstance(baseline, Evidence) else try_patch(baseline, changes, work.folder)
        except (RetryableError, TestsStoppedError):
            work.check()  # which says why
            raise

    def _publish(self, changes: Changes, evidence: Evidence) -> str:
        work, stand = self.work, self.stand
        work.check()
        _our_pull_request(work)  # or it was closed while the tests ran
        place = Place(stand.branch, stand.head, stand.base, merging=stand.tip)
        sha = work.publisher.commit(place, f"Merge {stand.base} into {stand.branch}", changes)
        self._show(evidence, sha)
        values = {**self._values(), "evidence": evidence, "after": sha, "moved": self._has_moved()}
        self.progress.conclude(render("rebase/done.md.j2", **values))
        return f"{'verified' if evidence.verified else 'unverified'}: {stand.url}"

    def _show(self, evidence: Evidence, sha: str) -> None:
        work, stand = self.work, self.stand
        shown = work.forge.issue(work.event.repo, work.event.issue.subject)
        proof = render_proof(
            evidence,
            issue=stand.issue,
            title=stand.title,
            before=f"{code(stand.base)} at {stand.tip}",
            after=f"this branch at {sha}",
        )
        work.publisher.revise(
            work.event.issue.number,
            title=titled(shown.title, evidence),
            body=replace_proof(shown.body, proof),
            draft=not evidence.verified,
        )

    def _has_moved(self) -> bool:
        return self.work.forge.head(self.work.event.repo, self.stand.base) != self.stand.tip

    def _is_stopped(self) -> bool:
        return self.work.stopped() is not None

    def _values(self) -> dict[str, object]:
        stand = dataclasses.asdict(self.stand)
        return {**stand, "asker": self.work.event.asker.login, "job": self.work.job.id}


def _names(paths: Sequence[str]) -> str:
    shown = ", ".join(code(path) for path in paths[:_MOST_NAMES])
    return f"{shown} and {len(paths) - _MOST_NAMES} more" if len(paths) > _MOST_NAMES else shown
