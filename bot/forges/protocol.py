"""What the rest of the bot may ask of a forge, whichever it is."""

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from bot.check import LAST_BYTES, CheckReport, FailedJob
from bot.events import Changes, Clone, Comment, Event, Headers, Issue, Permission, PullRequest, Repo, Subject, Unwanted
from bot.review import Comparison, Review, Thread


class Hooks(Protocol):
    """The listening half: raw deliveries in, events out. Pure, no network, no clock but the header's."""

    def verify(self, headers: Headers, body: bytes) -> bool:
        """Return whether the signature over the raw body is there and right (compared in constant time)."""
        ...

    def read(self, headers: Headers, body: bytes) -> Event | Unwanted:
        """Turn a verified delivery into an Event, or into a named Unwanted.

        Raises `ValueError` when the body is not JSON or not shaped like a delivery at all.
        """
        ...


class Reviews(Protocol):
    """What a forge lets one say about the diff of a pull request; errors as in `Forge`."""

    def compare(self, repo: Repo, number: int) -> Comparison:
        """Return what the pull request changes, as the forge itself compares it."""
        ...

    def find(self, repo: Repo, number: int, marker: str) -> str | None:
        """Return the id of our own account's oldest review whose summary contains `marker`."""
        ...

    def summaries(self, repo: Repo, number: int) -> Sequence[str]:
        """Return the summaries of our own account's reviews, the oldest first; nobody else's."""
        ...

    def submit(self, repo: Repo, number: int, review: Review) -> str:
        """Post a review with everything in it as one act and one notification; return its id.

        It neither approves nor asks for changes. What the forge cannot place in a review (a remark on a whole file,
        say) stands in the summary, with its path.
        """
        ...

    def threads(self, repo: Repo, number: int) -> Sequence[Thread]:
        """Return the conversations about lines and files of the pull request, the oldest first."""
        ...

    def thread(self, repo: Repo, number: int, thread: str) -> Thread | None:
        """Return one of the conversations as it stands now, or None when it is gone."""
        ...

    def reply(self, repo: Repo, number: int, thread: str, body: str) -> Comment:
        """Answer in one of the conversations."""
        ...

    def resolve(self, repo: Repo, number: int, thread: str) -> None:
        """Mark a conversation as settled; one that is settled already is no error."""
        ...


class Checks(Protocol):
    """What a forge shows beside a commit: our own jobs, and those of the repository's CI; errors as in `Forge`."""

    def report(self, repo: Repo, check: CheckReport) -> str:
        """Show the state of one of our jobs on its commit; return the id of what shows it.

        There is one for each name, commit and key, and later reports change it. What is too long is cut (see
        `bot.check.within_limits`); what the forge has no place for is left out.
        """
        ...

    def failures(self, repo: Repo, sha: str) -> Sequence[FailedJob]:
        """Return the CI jobs that failed on a commit, as they are now; those that may fail are none."""
        ...

    def log(self, repo: Repo, job_id: str, *, last_bytes: int = LAST_BYTES) -> str:
        """Return the last lines of a job's log, from at most so many bytes of it, without colours and time stamps.

        Raises `UserError` when the log is gone, or empty.
        """
        ...


class Descriptions(Protocol):
    """What stands at the head of a pull request, whoever opened it; errors as in `Forge`."""

    def replace(self, repo: Repo, number: int, *, before: str, after: str) -> bool:
        """Replace the body where it still is `before`; return whether it was. Nothing else is touched.

        No forge compares and writes in one step, so the adapter looks right before it writes.
        """
        ...

    def labels(self, repo: Repo, number: int) -> Sequence[str]:
        """Return the labels that the pull request has."""
        ...

    def relabel(self, repo: Repo, number: int, *, add: Mapping[str, str], remove: Collection[str]) -> None:
        """Put labels on and take others away; no other label is touched.

        `add` has for each name the colour ("1d76db") with which it is made where there is none. Raises `ValueError`
        for names that are not ours (see `bot.forges.own_labels`).
        """
        ...


class Forge(Protocol):
    """The speaking half, bound to one installation or token. Every method is one visible question or act.

    All methods raise `RetryableError` when the forge is away, busy or out of budget, and `UserError`
    when it refuses for a reason that a person can mend. Writes are never repeated by the adapter
    itself: a time-out on a write surfaces as `RetryableError` and the caller looks before it writes again.
    """

    @property
    def name(self) -> str:
        """The word in the webhook's path and in the ledger: "github", "local"."""
        ...

    @property
    def reviews(self) -> Reviews:
        """What can be said about the diff of a pull request."""
        ...

    @property
    def checks(self) -> Checks:
        """What stands beside a commit."""
        ...

    @property
    def descriptions(self) -> Descriptions:
        """What stands at the head of a pull request."""
        ...

    def permission(self, repo: Repo, login: str) -> Permission:
        """Ask the forge what `login` may do in `repo` now. Unknown accounts are `NONE`."""
        ...

    def issue(self, repo: Repo, subject: Subject) -> Issue:
        """Read an issue, or of a pull request what it has in common with one."""
        ...

    def react(self, repo: Repo, subject: Subject, comment_id: str, reaction: str) -> None:
        """Put one reaction ("eyes") on a comment, or without an id on the issue or pull request itself.

        Putting the same one twice leaves one.
        """
        ...

    def find_comment(self, repo: Repo, subject: Subject, marker: str) -> Comment | None:
        """Return our own account's oldest comment there that contains `marker`."""
        ...

    def create_comment(self, repo: Repo, subject: Subject, body: str) -> Comment:
        """Write a new comment on an issue or a pull request."""
        ...

    def edit_comment(self, repo: Repo, comment_id: str, body: str) -> None:
        """Replace the body of one of our comments."""
        ...

    def delete_comment(self, repo: Repo, comment_id: str) -> None:
        """Take back one of our comments; one that is gone already is no error."""
        ...

    def default_branch(self, repo: Repo) -> str:
        """Return the name of the branch that pull requests go to."""
        ...

    def head(self, repo: Repo, branch: str) -> str | None:
        """Return the commit sha that a branch points to, or None when there is no such branch."""
        ...

    def clone(self, repo: Repo) -> Clone:
        """Say how git reaches the repository, read-only."""
        ...

    def pull_request_ref(self, number: int) -> str:
        """Return the full ref by which git fetches a pull request's head from the repository that it goes to.

        Commits of forks are fetched by it as well: nobody has to reach the fork, and no token is sent there.
        """
        ...

    def commit(self, repo: Repo, *, branch: str, parent: str, message: str, changes: Changes, merging: str = "") -> str:
        """Make one commit on top of `parent` and let `branch` point to it; return its sha.

        A missing branch is created. An existing one must point to `parent`: nothing is ever forced over
        somebody's commit, the call raises `UserError` instead.

        With `merging`, a commit of another branch, that one is the second parent, the branch must be there, and
        `changes` are made to the files of `merging`.
        """
        ...

    def find_commit(self, repo: Repo, branch: str, marker: str) -> str | None:
        """Return the sha that `branch` points to if that commit's message contains `marker`, else None."""
        ...

    def find_pull_request(self, repo: Repo, branch: str) -> PullRequest | None:
        """Return the open pull request from `branch` of this repository, if there is one."""
        ...

    def own_pull_request(self, repo: Repo, number: int) -> PullRequest | None:
        """Return an open pull request by its number if our own account opened it from a branch of this repository."""
        ...

    def open_pull_request(
        self, repo: Repo, *, branch: str, base: str, title: str, body: str, draft: bool
    ) -> PullRequest:
        """Open a pull request; if one from `branch` is open already, return that one."""
        ...

    def edit_pull_request(self, repo: Repo, number: int, *, title: str, body: str, draft: bool | None = None) -> None:
        """Replace title and body of one of our pull requests.

        `draft` says whether it is to be one from now on; None leaves it, and where the forge has none it stays ready.
        """
        ...
