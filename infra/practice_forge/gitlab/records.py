"""What GitLab remembers beyond GitHub: merge requests with versions, notes in discussions, drafts, awards, hooks."""

import dataclasses
import hashlib
import re
from collections.abc import Mapping
from datetime import datetime
from typing import Any, Literal

from infra.practice_forge.state import Issue

Kind = Literal["issue", "merge_request"]
DRAFT = re.compile(r"\s*(?:draft:|\[draft\]|\(draft\))", re.IGNORECASE)


@dataclasses.dataclass(frozen=True, slots=True)
class Version:
    """One state of a merge request's diff: `start` is the target's tip, `base` the fork point, `head` the source."""

    id: int
    base_sha: str
    start_sha: str
    head_sha: str
    created_at: datetime

    def refs(self) -> dict[str, str]:
        """Return GitLab's `diff_refs`."""
        return {"base_sha": self.base_sha, "head_sha": self.head_sha, "start_sha": self.start_sha}


@dataclasses.dataclass(frozen=True, slots=True)
class MergeRequest:
    """A merge request, numbered apart from the issues. `versions` are oldest first and never empty.

    `fork_id` is the project of its source branch where that is another one, else 0.
    """

    id: int
    repo_id: int
    number: int
    title: str
    body: str
    author: str
    source: str
    target: str
    versions: tuple[Version, ...]
    created_at: datetime
    updated_at: datetime
    closed_at: datetime | None = None
    merged_at: datetime | None = None
    merged_by: str = ""
    merge_sha: str = ""
    labels: tuple[str, ...] = ()
    assignees: tuple[str, ...] = ()
    reviewers: tuple[str, ...] = ()
    fork_id: int = 0
    is_collaborative: bool = False

    @property
    def home_id(self) -> int:
        """Return the project that its source is a branch of."""
        return self.fork_id or self.repo_id

    @property
    def version(self) -> Version:
        """Return the newest version."""
        return self.versions[-1]

    @property
    def state(self) -> str:
        """Return opened, closed or merged."""
        return "merged" if self.merged_at else "closed" if self.closed_at else "opened"

    @property
    def draft(self) -> bool:
        """Return whether the title says so: GitLab has no other mark."""
        return DRAFT.match(self.title) is not None


Subject = Issue | MergeRequest


def kind_of(subject: Subject) -> Kind:
    """Return which of the two numberings a subject belongs to."""
    return "merge_request" if isinstance(subject, MergeRequest) else "issue"


@dataclasses.dataclass(frozen=True, slots=True)
class Position:
    """Where in a diff a note stands; `kind` is text or file, a line that is not there on one side is None."""

    kind: str
    base_sha: str
    start_sha: str
    head_sha: str
    old_path: str
    new_path: str
    old_line: int | None = None
    new_line: int | None = None
    line_range: Mapping[str, Any] | None = None
    line_code: str | None = None


def line_code(path: str, old: int, new: int) -> str:
    """Return GitLab's name of a line of a diff; `old` and `new` count on even where a side lacks the line."""
    return f"{hashlib.sha1(path.encode(), usedforsecurity=False).hexdigest()}_{old}_{new}"


def discussion_of(note: int) -> str:
    """Return the id of the discussion that a note begins."""
    return hashlib.sha1(str(note).encode(), usedforsecurity=False).hexdigest()


@dataclasses.dataclass(frozen=True, slots=True)
class Note:
    """One comment. `type` is empty for a note on its own, else DiscussionNote or DiffNote.

    A `system` note is GitLab's own, in the name of whoever did what it tells of.
    """

    id: int
    repo_id: int
    kind: Kind
    number: int
    author: str
    body: str
    discussion: str
    created_at: datetime
    updated_at: datetime
    type: str = ""
    position: Position | None = None
    resolved_by: str = ""
    resolved_at: datetime | None = None
    internal: bool = False
    system: bool = False

    @property
    def resolvable(self) -> bool:
        """Return whether this note takes part in resolving: threads of merge requests do."""
        return self.kind == "merge_request" and bool(self.type)


@dataclasses.dataclass(frozen=True, slots=True)
class Draft:
    """A note that only its author sees until it is published."""

    id: int
    repo_id: int
    number: int
    author: str
    body: str
    position: Position | None
    discussion: str
    resolves: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Award:
    """One emoji of one account on the issue, merge request or note whose id is `subject`."""

    id: int
    subject: int
    subject_type: str
    author: str
    name: str
    created_at: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Status:
    """What a pipeline outside says of a commit."""

    id: int
    repo_id: int
    sha: str
    ref: str
    name: str
    status: str
    author: str
    description: str | None
    target_url: str | None
    created_at: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class AccessToken:
    """A token of projects, or of the group above them, and the bot account that it made."""

    id: int
    repo_ids: tuple[int, ...]
    secret: str = dataclasses.field(repr=False)
    name: str
    login: str


@dataclasses.dataclass(frozen=True, slots=True)
class Hook:
    """A project hook. `events` are the flags that are on; `failures` counts those in a row."""

    id: int
    repo_id: int
    url: str
    uuid: str
    created_at: datetime
    name: str | None = None
    description: str | None = None
    events: frozenset[str] = frozenset({"push_events"})
    branch_filter: str = ""
    ssl_verification: bool = True
    token: str = dataclasses.field(default="", repr=False)
    signing_token: str = dataclasses.field(default="", repr=False)
    failures: int = 0
    disabled_until: datetime | None = None
