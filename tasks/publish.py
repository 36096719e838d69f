"""The only room that writes to a forge: policy first, then effects through the ledger, each exactly once."""

import contextlib
import dataclasses
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from bot.check import CheckReport
from bot.errors import LeaseLostError, RetryableError, UserError
from bot.events import Changes, Event, PullRequest
from bot.forges.own_labels import is_own
from bot.forges.protocol import Forge
from bot.ledger import Lease
from bot.repo_config import DEFAULTS, RepoConfig
from tasks.described import with_block
from tasks.discussions import Discussions, at_once
from tasks.effects import MARK, SETTLE_SECONDS, key_of, mark
from tasks.policy import check_policy
from tasks.quoting import LONGEST_BODY, cut

if TYPE_CHECKING:
    from bot.ledger import Ledger  # which would load SQLAlchemy, also for those who open no ledger

TRAILER = "Codex-Request: "  # the last line of every commit message of ours, before the request's key
_TRIES = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Place:
    """Where a change goes: the branch of ours, the commit that it is made on, the branch that it is proposed to.

    With `merging`, a commit of that other branch, the change is made to its files, and the commit joins both.
    """

    branch: str
    parent: str
    base: str
    merging: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Proposal:
    """A change that is ready to be shown: what goes into the commit and into the pull request."""

    title: str
    body: str
    message: str
    changes: Changes
    draft: bool


class Publisher(Discussions):
    """Says things on a forge for one job. What was said by an earlier attempt is found, not said again."""

    def __init__(
        self,
        ledger: "Ledger",
        lease: Lease,
        forge: Forge,
        event: Event,
        dedupe_key: str,
        *,
        kind: str = "",
        round_: int = 0,
        pace: Callable[[], None] = at_once,
    ) -> None:
        """Speak for one attempt at a job of a `kind`.

        `round_` counts how often a person asked to try again; `pace` waits for the forge.
        """
        super().__init__(ledger, lease, forge, event, key=key_of(dedupe_key), pace=pace)
        self._kind = kind
        self._config = DEFAULTS
        self._round = round_
        self._command = event.comment.id if event.comment else ""
        self._thread_id = event.thread
        self._status_id = ""
        self._shown = ""

    def obey(self, config: RepoConfig) -> None:
        """Hold every change from now on to the repository's own rules as well."""
        self._config = config

    def acknowledge(self) -> None:
        """Put eyes on the command, or on the issue. The forge itself keeps this from happening twice."""
        self._forge.react(self._repo, self._subject, self._command, "eyes")

    def status(self, body: str) -> None:
        """Write the job's one status comment, or edit it."""
        marker = self._marker("status")
        text = f"{cut(body)}\n\n{marker}"
        if not self._status_id:
            self._status_id, created = self._comment("status", text, marker)
            self._shown = text if created else ""
        if self._shown != text:
            self._ledger.reword(self._lease, "status", text)
            self._edit_status(text)
            self._shown = text

    def _edit_status(self, text: str) -> None:
        # A comment that somebody deleted must not undo the work that it told of.
        with contextlib.suppress(UserError):
            self._forge.edit_comment(self._repo, self._status_id, text)
            try:
                self._ledger.check(self._lease)
            except LeaseLostError:
                # We were held up, and may have written over what the job's new holder said.
                self._put_back(text)
                raise

    def _put_back(self, text: str) -> None:
        """Say what the new holder said last: he writes it down before he says it, so look until it stays the same."""
        newest = self._ledger.wording(self._lease.job_id, "status")
        while newest and newest != text:
            text = newest
            self._forge.edit_comment(self._repo, self._status_id, text)
            newest = self._ledger.wording(self._lease.job_id, "status")

    def ask_patience(self, body: str) -> None:
        """Let the status comment say that the answer takes longer; `end_patience` takes it back."""
        try:
            self.status(body)
        except LeaseLostError:
            # We were held up; if the job came to its end meanwhile, nobody else takes back what arrived so late.
            job = self._ledger.job(self._lease.job_id)
            if job is not None and job.done_at is not None:
                self._delete_status(f"{cut(body)}\n\n")
            raise

    def end_patience(self) -> None:
        """Delete the status comment, if there may be one: what it promised has come, or never will."""
        if self._ledger.intended(self._lease, "status"):
            self._ledger.check(self._lease)
            self._delete_status()
            self._ledger.forget(self._lease, "status")
            self._status_id = ""

    def close_status(self, body: str) -> None:
        """Put the last word into a status comment of an earlier attempt, unless this one has said its own there."""
        if not self._status_id and self._ledger.intended(self._lease, "status"):
            self.status(body)

    def _delete_status(self, begins: str = "") -> None:
        found = self._forge.find_comment(self._repo, self._subject, self._marker("status"))
        if found is not None and found.body.startswith(begins):
            self._forge.delete_comment(self._repo, found.id)

    def conclude(self, dedupe_key: str, body: str) -> None:
        """Put the last word into the status comment of another job, which nobody works on any more."""
        marker = mark(key_of(dedupe_key), "status")
        found = self._forge.find_comment(self._repo, self._subject, marker)
        if found is not None:
            self._ledger.check(self._lease)
            with contextlib.suppress(UserError):
                self._forge.edit_comment(self._repo, found.id, f"{cut(body)}\n\n{marker}")

    def reply(self, body: str) -> None:
        """Write one new comment that ends the job in words: a failure, a refusal, an answer.

        Who asked in a conversation about lines is answered there, or under the pull request where that is gone.
        """
        # Who asked for another try is owed another word.
        if self._thread_id and self.answer_thread(self._thread_id, body, f"reply-{self._round}"):
            return
        name = f"reply {self._round}" if self._round else "reply"
        marker = self._marker(name)
        self._comment(name, f"{cut(body)}\n\n{marker}", marker)

    def place(self, stem: str) -> Place:
        """Choose the branch: the stem if it is free or its pull request is open, else the first free `stem-2`, ..."""
        base = self._forge.default_branch(self._repo)
        for name in (stem, *(f"{stem}-{number}" for number in range(2, 100))):
            head = self._forge.head(self._repo, name)
            if head is None:
                return Place(name, self._require_head(base), base)
            opened = self._forge.find_pull_request(self._repo, name)
            if opened is not None:
                return Place(name, head, opened.base)
        raise UserError(f"the branches {stem} to {stem}-99 are all taken", mend="Delete the ones that are merged.")

    def _require_head(self, branch: str) -> str:
        head = self._forge.head(self._repo, branch)
        if head is None:
            raise UserError("the repository is empty", mend="Push a first commit, then ask again.")
        return head

    def pull_request(self, place: Place, proposal: Proposal) -> PullRequest:
        """Make the commit and the pull request, or find those that an earlier attempt made."""
        self.commit(place, proposal.message, proposal.changes)
        body = f"{cut(proposal.body)}\n\n{self._marker('pull request')}"
        opened = self._forge.find_pull_request(self._repo, place.branch)
        if opened is None:
            return self._open(place, proposal, body)
        self._ledger.check(self._lease)
        self._forge.edit_pull_request(self._repo, opened.number, title=proposal.title, body=body, draft=proposal.draft)
        return opened

    def commit(self, place: Place, message: str, changes: Changes) -> str:
        """Make the commit, or find the one that an earlier attempt made; return its sha."""
        check_policy(changes, self._config, self._kind)
        self._ledger.publishing(self._lease)
        trailer = f"{TRAILER}{self.key}"
        sha, _ = self._effects.once(
            "commit",
            f"{self.key} commit",
            find=lambda: self._forge.find_commit(self._repo, place.branch, trailer),
            create=lambda: self._forge.commit(
                self._repo,
                branch=place.branch,
                parent=place.parent,
                message=f"{message}\n\n{trailer}",
                changes=changes,
                merging=place.merging,
            ),
        )
        return sha

    def revise(self, number: int, *, title: str, body: str, draft: bool) -> None:
        """Edit a pull request of ours; the marker of the request that opened it stays at the body's end."""
        text, found, marker = body.rpartition(f"\n\n{MARK}")
        whole = f"{cut(text)}{found}{marker}" if found else cut(body)
        self._ledger.check(self._lease)
        self._forge.edit_pull_request(self._repo, number, title=title, body=whole, draft=draft)

    def describe(self, inside: str) -> None:
        """Put our own part into the body of the pull request, whoever wrote it; theirs stays as it is.

        Saying it twice changes nothing. Raises `RetryableError` while somebody else keeps writing there.
        """
        for _ in range(_TRIES):
            self._ledger.check(self._lease)
            before = self._forge.issue(self._repo, self._subject).body
            after = with_block(before, inside)
            if len(after) > LONGEST_BODY:
                raise UserError("the description has no room for more", mend="Make it shorter, then ask again.")
            if after == before or self._forge.descriptions.replace(
                self._repo, self._subject.number, before=before, after=after
            ):
                return
        raise RetryableError("somebody else is writing the description", retry_after=SETTLE_SECONDS)

    def relabel(self, add: Mapping[str, str]) -> None:
        """Let the pull request have these labels of ours, each with its colour, and no others of ours."""
        number = self._subject.number
        there = self._forge.descriptions.labels(self._repo, number)
        gone = [name for name in there if is_own(name) and name not in add]
        new = {name: colour for name, colour in add.items() if name not in there}
        self._ledger.check(self._lease)
        self._forge.descriptions.relabel(self._repo, number, add=new, remove=gone)

    def _open(self, place: Place, proposal: Proposal, body: str) -> PullRequest:
        made: list[PullRequest] = []

        def create() -> str:
            self._pace()
            made.append(
                self._forge.open_pull_request(
                    self._repo,
                    branch=place.branch,
                    base=place.base,
                    title=proposal.title,
                    body=body,
                    draft=proposal.draft,
                )
            )
            return str(made[0].number)

        # Nothing to look for: the caller looked, and the forge allows one open pull request per branch.
        self._effects.once("pull request", f"{self.key} pull request", find=lambda: None, create=create)
        if made:
            return made[0]
        raise UserError(
            f"the pull request from {place.branch} was closed while this job ran",
            mend="Ask again if you still want the change.",
        )

    def check(self, report: CheckReport) -> str:
        """Show how far a job of ours has come on its commit; the forge keeps one for each key. Return its id."""
        self._ledger.check(self._lease)
        return self._forge.checks.report(self._repo, report)

    def _comment(self, name: str, text: str, marker: str) -> tuple[str, bool]:
        def find() -> str | None:
            comment = self._forge.find_comment(self._repo, self._subject, marker)
            return None if comment is None else comment.id

        def create() -> str:
            self._pace()
            return self._forge.create_comment(self._repo, self._subject, text).id

        def settle(mine: str) -> str:
            oldest = find() or mine
            if oldest != mine:
                self._forge.delete_comment(self._repo, mine)
            return oldest

        return self._effects.once(name, marker, find=find, create=create, settle=settle)
