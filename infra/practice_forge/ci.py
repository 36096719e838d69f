"""What stands beside commits: check runs and statuses that others report, and runs of the repository's own CI."""

import dataclasses
import secrets
from collections.abc import Mapping
from datetime import datetime
from typing import Any


@dataclasses.dataclass(frozen=True, slots=True)
class CheckRun:
    """The verdict of a check on one commit."""

    id: int
    repo_id: int
    head_sha: str
    name: str
    status: str
    conclusion: str | None
    started_at: datetime
    completed_at: datetime | None
    title: str | None = None
    summary: str | None = None
    text: str | None = None
    details_url: str = ""
    external_id: str = ""
    annotations: tuple[Mapping[str, Any], ...] = ()


@dataclasses.dataclass(frozen=True, slots=True)
class CommitStatus:
    """A word on a commit in GitHub's older way; `context` is the name, and the newest of a name is what counts."""

    id: int
    repo_id: int
    sha: str
    state: str
    context: str
    description: str | None
    target_url: str | None
    author: str
    created_at: datetime


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """A job of a CI run that is over, as GitHub names its `result`; `step` is the one that failed.

    `log` is what it printed; None once it is too old. One that `may_fail` does not fail a pipeline of GitLab's.
    `id` and `key` are given by the forge: whoever has the key may read the log.
    """

    name: str
    result: str = "failure"
    log: bytes | None = b""
    step: str = "Test"
    may_fail: bool = False
    id: int = 0
    key: str = dataclasses.field(default_factory=secrets.token_urlsafe, repr=False)


@dataclasses.dataclass(frozen=True, slots=True)
class CiRun:
    """One run of a repository's CI on a commit: a workflow run that fills a check `suite`, or a pipeline."""

    id: int
    repo_id: int
    sha: str
    branch: str
    created_at: datetime
    jobs: tuple[Job, ...]
    suite: int = 0

    @property
    def result(self) -> str:
        """Return how the run ended: as badly as its worst job."""
        results = {job.result for job in self.jobs if not job.may_fail}
        return next((bad for bad in ("failure", "timed_out", "cancelled") if bad in results), "success")
