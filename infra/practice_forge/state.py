"""Everything the forge remembers: frozen records on shelves, behind one lock."""

import dataclasses
import itertools
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Literal

from infra.practice_forge.ci import CheckRun, CiRun, CommitStatus

Role = Literal["admin", "maintain", "write", "read", "none"]
RANK: Mapping[str, int] = {"none": 0, "read": 1, "write": 2, "maintain": 3, "admin": 4}
Clock = Callable[[], datetime]


def utc_now() -> datetime:
    """Return the time of the wall clock, in UTC."""
    return datetime.now(UTC)


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """A person, an organisation, or the bot account of an App."""

    id: int
    login: str
    name: str
    is_bot: bool = False
    is_org: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Repository:
    """A repository; its git half lies on disk. `roles` gives accounts other than the owner their rights.

    A fork names its parent, 0 is none.
    """

    id: int
    owner: str
    name: str
    description: str
    private: bool
    default_branch: str
    created_at: datetime
    pushed_at: datetime
    roles: Mapping[str, Role] = dataclasses.field(default_factory=dict)
    parent_id: int = 0

    @property
    def path(self) -> str:
        """Return `owner/name`."""
        return f"{self.owner}/{self.name}"

    def role(self, login: str) -> Role:
        """Return what `login` may do here by their own right; a public repository does not add to it."""
        if login.lower() == self.owner.lower():
            return "admin"
        return self.roles.get(login.lower(), "none")


@dataclasses.dataclass(frozen=True, slots=True)
class Issue:
    """An issue, or the issue half of a pull request."""

    id: int
    repo_id: int
    number: int
    title: str
    body: str
    author: str
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    locked: bool = False
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    confidential: bool = False

    @property
    def is_open(self) -> bool:
        """Return whether nobody has closed it."""
        return self.closed_at is None


@dataclasses.dataclass(frozen=True, slots=True)
class PullRequest:
    """The other half of a pull request: branches and commits. It shares its number with an `Issue`.

    `fork_id` is the repository of its head where that is another one, else 0.
    """

    id: int
    repo_id: int
    number: int
    head: str
    base: str
    head_sha: str
    base_sha: str
    draft: bool
    merged_at: datetime | None = None
    merged_by: str = ""
    merge_sha: str = ""
    fork_id: int = 0
    maintainer_can_modify: bool = False

    @property
    def home_id(self) -> int:
        """Return the repository that its head is a branch of."""
        return self.fork_id or self.repo_id


@dataclasses.dataclass(frozen=True, slots=True)
class Comment:
    """One comment on an issue or pull request."""

    id: int
    repo_id: int
    number: int
    author: str
    body: str
    created_at: datetime
    updated_at: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Reaction:
    """One reaction of one account; `subject` is the id of the issue or comment (ids are never shared)."""

    id: int
    subject: int
    author: str
    content: str
    created_at: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Review:
    """A review of a pull request; as long as it is `PENDING`, only its author knows of it."""

    id: int
    repo_id: int
    number: int
    author: str
    state: str
    body: str
    commit: str
    submitted_at: datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Spot:
    """Where a review comment stands in a diff; without `line` on the file as a whole.

    `hunk` is the diff from the head of the hunk down to the line, `position` counts from the file's first hunk on.
    """

    path: str
    side: str = "RIGHT"
    line: int | None = None
    start_side: str | None = None
    start_line: int | None = None
    position: int | None = None
    hunk: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class ReviewComment:
    """One comment in a review; `thread` is the id of the first comment of its conversation, maybe its own."""

    id: int
    repo_id: int
    number: int
    review: int
    thread: int
    author: str
    body: str
    commit: str
    spot: Spot
    created_at: datetime
    updated_at: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Installation:
    """The App on one account's repositories, with what it may do there; nothing while it is suspended."""

    id: int
    owner: str
    permissions: Mapping[str, str]
    created_at: datetime
    suspended_at: datetime | None = None


@dataclasses.dataclass(frozen=True, slots=True)
class Token:
    """A credential, known by its hash only. An installation's has an end; a person's need not have one.

    GitHub gives an installation's token `permissions`, and `repositories` by their ids (empty: all that the
    installation reaches); GitLab gives every token `scopes`.
    """

    login: str
    installation_id: int | None = None
    permissions: Mapping[str, str] = dataclasses.field(default_factory=dict)
    expires_at: datetime | None = None
    scopes: tuple[str, ...] = ()
    repositories: tuple[int, ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class Effect:
    """One accepted write: what changed, by whom; `id` is the record's id, number or sha."""

    time: datetime
    method: str
    path: str
    actor: str
    status: int
    id: str


@dataclasses.dataclass(frozen=True, slots=True)
class Asked:
    """One request to the API as it came in; `body` is raw."""

    method: str
    path: str
    query: Mapping[str, str]
    agent: str
    body: bytes


class State:
    """The shelves. Whoever reads or changes them holds `lock`; records themselves never change."""

    def __init__(self, clock: Clock = utc_now) -> None:
        self.lock = threading.RLock()
        self.clock = clock
        self.accounts: dict[str, Account] = {}
        self.repositories: dict[tuple[str, str], Repository] = {}
        self.issues: dict[tuple[int, int], Issue] = {}
        self.pulls: dict[tuple[int, int], PullRequest] = {}
        self.comments: dict[int, Comment] = {}
        self.reactions: dict[int, Reaction] = {}
        self.reviews: dict[int, Review] = {}
        self.review_comments: dict[int, ReviewComment] = {}
        self.resolved: dict[int, str] = {}  # threads, by whom
        self.labels: dict[tuple[int, str], str] = {}  # colours ("ededed") of a repository's labels that were made
        self.check_runs: dict[int, CheckRun] = {}
        self.commit_statuses: dict[int, CommitStatus] = {}
        self.ci_runs: dict[int, CiRun] = {}
        self.installations: dict[int, Installation] = {}
        self.tokens: dict[str, Token] = {}
        self.verified: set[str] = set()
        self.effects: list[Effect] = []
        self.tapes: list[Callable[[Asked], None]] = []  # who is told of every request
        self._ids = itertools.count(1001)

    def now(self) -> datetime:
        """Return the time, to the second as GitHub shows it."""
        return self.clock().replace(microsecond=0)

    def new_id(self) -> int:
        """Return an id that no other record of any kind has."""
        return next(self._ids)

    def next_number(self, repo_id: int) -> int:
        """Return the number of the repository's next issue or pull request."""
        return 1 + max((number for repo, number in self.issues if repo == repo_id), default=0)

    def account(self, login: str) -> Account | None:
        """Find an account; logins know no upper and lower case."""
        return self.accounts.get(login.lower())

    def repository(self, owner: str, name: str) -> Repository | None:
        """Find a repository; names know no upper and lower case."""
        return self.repositories.get((owner.lower(), name.lower()))

    def repository_of(self, id_: int) -> Repository:
        """Return a repository that is known to be there by its id."""
        return next(repo for repo in self.repositories.values() if repo.id == id_)

    def keep_repository(self, repo: Repository) -> None:
        """Put a new or changed repository on its shelf."""
        self.repositories[repo.owner.lower(), repo.name.lower()] = repo

    def keep_issue(self, issue: Issue) -> None:
        """Put a new or changed issue on its shelf."""
        self.issues[issue.repo_id, issue.number] = issue

    def keep_pull(self, pull: PullRequest) -> None:
        """Put a new or changed pull request on its shelf."""
        self.pulls[pull.repo_id, pull.number] = pull

    def installation_of(self, owner: str) -> Installation | None:
        """Return the installation on an account, if the App is installed there."""
        matches = (i for i in self.installations.values() if i.owner.lower() == owner.lower())
        return next(matches, None)
