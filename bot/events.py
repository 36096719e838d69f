"""What happened on a forge, in the field's own words, the same for every forge."""

import dataclasses
import enum
from collections.abc import Mapping, Sequence


class Permission(enum.IntEnum):
    """What an account may do in a repository; ordered, so `>=` asks the question."""

    NONE = 0
    READ = 1
    WRITE = 2
    ADMIN = 3


@dataclasses.dataclass(frozen=True, slots=True)
class Repo:
    """A repository on a forge: `owner` may hold slashes (groups of groups), `name` does not."""

    owner: str
    name: str

    @property
    def path(self) -> str:
        """Return `owner/name`, as people write it."""
        return f"{self.owner}/{self.name}"


@dataclasses.dataclass(frozen=True, slots=True)
class Account:
    """Somebody who acts on a forge; `is_listed` is a program that whoever runs the bot lets command it."""

    login: str
    is_bot: bool = False
    is_listed: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Comment:
    """One comment on an issue or pull request; `id` is the forge's own."""

    id: str
    body: str
    author: Account


@dataclasses.dataclass(frozen=True, slots=True)
class Subject:
    """An issue or a pull request, by its number: some forges count the two apart, so the number alone is not enough."""

    number: int
    is_pull_request: bool = False

    def __str__(self) -> str:
        """Return `#7`, or `!7` for a pull request."""
        return f"{'!' if self.is_pull_request else '#'}{self.number}"


@dataclasses.dataclass(frozen=True, slots=True)
class Issue:
    """An issue or pull request as it stood when it was read; `body` is Markdown.

    Of a pull request, `is_from_outside` says that its commits come from another repository: only the forge knows,
    deliveries do not tell.
    """

    number: int
    title: str
    body: str
    author: Account
    is_pull_request: bool = False
    is_open: bool = True
    is_from_outside: bool = False

    @property
    def subject(self) -> Subject:
        """Return what the forge is told when something is said about it."""
        return Subject(self.number, self.is_pull_request)


@dataclasses.dataclass(frozen=True, slots=True)
class PullRequest:
    """A pull (or merge) request; `url` is what a person opens in a browser."""

    number: int
    url: str
    head: str
    base: str
    is_draft: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Event:
    """A delivery that somebody may want answered, by its `kind`.

    "comment": on an issue or pull request; "label": put on an issue; "assignment": of an issue to the bot's account;
    "pull_request": "opened", "ready" (no draft any more), "pushed" or "review_requested" of the bot's account;
    "check": "failed" for the commits of a pull request, of which deliveries tell little more than the number.

    `guid` names the delivery, `action` is the forge's word made common ("created", "edited").
    `installation` is what the forge's adapter needs to act for this repository, if anything. `sender` did it, which
    for an edit may be another than the comment's author; `before` is what an edited comment said until then.
    `labels` were put on the issue, `head` is the commit that a pull request's event is about. `moment` is when, in the
    forge's own words: the same in every delivery of it. `thread` is
    the conversation about lines of a pull request that a comment stands in, as `Reviews` take it; elsewhere empty.
    """

    forge: str
    guid: str
    kind: str
    action: str
    repo: Repo
    issue: Issue
    comment: Comment | None
    sender: Account
    installation: str = ""
    before: str = ""
    labels: tuple[str, ...] = ()
    moment: str = ""
    head: str = ""
    thread: str = ""

    @property
    def asker(self) -> Account:
        """Return who asks: the comment's author, or whoever did what the event tells of."""
        return self.comment.author if self.comment else self.sender

    @property
    def is_unasked(self) -> bool:
        """Return whether nobody addressed the bot: it may act then, but owes nobody a word."""
        return self.kind == "check" or (self.kind == "pull_request" and self.action != "review_requested")


@dataclasses.dataclass(frozen=True, slots=True)
class Unwanted:
    """A genuine delivery that asks nothing of us; `reason` goes to the log and the reply."""

    guid: str
    kind: str
    reason: str


@dataclasses.dataclass(frozen=True, slots=True)
class FileChange:
    """One file of a commit: its whole new content, or None to delete it."""

    path: str
    content: bytes | None
    executable: bool = False


@dataclasses.dataclass(frozen=True, slots=True)
class Clone:
    """How git reaches a repository: a URL without secrets, and the headers that git must send.

    The headers hold a credential. They travel in the environment of one git process, never in
    an argument, a URL, a log line or an exception. `ca_file` holds the certificates (PEM) that the
    server's own is checked against; empty: the system's.
    """

    url: str
    headers: Mapping[str, str] = dataclasses.field(default_factory=dict, repr=False)
    ca_file: str = ""


@dataclasses.dataclass(frozen=True, slots=True)
class Limit:
    """At most `count` calls in any `seconds`."""

    count: int
    seconds: float


Headers = Mapping[str, str]
Changes = Sequence[FileChange]
