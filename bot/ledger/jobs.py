"""A job as the rest of the bot sees it, and the words in which it is asked for, claimed and held."""

import dataclasses
import enum
from collections.abc import Mapping
from typing import Any


class JobState(enum.StrEnum):
    """Where a job stands."""

    QUEUED = "queued"
    LEASED = "leased"
    PUBLISHING = "publishing"
    DONE = "done"
    DEAD = "dead"
    CANCELLED = "cancelled"
    SUPERSEDED = "superseded"


RETRIABLE = (JobState.DEAD, JobState.CANCELLED)


class Lane(enum.StrEnum):
    """Which queue a job stands in: commands about jobs do not wait behind the jobs that they are about."""

    WORK = "work"
    CONTROL = "control"


@dataclasses.dataclass(frozen=True, slots=True)
class Job:
    """One row of the job table; times are seconds since 1970 by the ledger's clock."""

    id: int
    forge: str
    tenant: str
    subject: str
    lane: Lane
    kind: str
    argument: str
    event: str
    dedupe_key: str
    priority: int
    state: JobState
    outcome: str
    run_after: float
    attempts: int
    lost_attempts: int
    round: int
    fence: int
    lease_until: float
    worker: str
    cancelled_by: str
    superseded_by: int | None
    created_at: float
    started_at: float | None
    done_at: float | None
    tokens_in: int
    tokens_out: int


@dataclasses.dataclass(frozen=True, slots=True)
class NewDelivery:
    """A verified delivery that asks something of us; `body` is kept compressed."""

    forge: str
    guid: str
    kind: str
    body: bytes


@dataclasses.dataclass(frozen=True, slots=True)
class NewJob:
    """A job to be queued; `dedupe_key` names the request itself, whatever delivery brought it.

    It waits until nothing like it came for `quiet_seconds`, but at most `longest_quiet_seconds` after the first.
    One that `supersedes` takes the place of all older jobs of its subject and kind. The lowest `priority` goes first;
    a job of the control lane needs a lower one than any job of the work lane, or it waits in line with them.
    """

    forge: str
    tenant: str
    subject: str
    kind: str
    argument: str
    event: str
    dedupe_key: str
    lane: Lane = Lane.WORK
    priority: int = 0
    supersedes: bool = False
    quiet_seconds: float = 0.0
    longest_quiet_seconds: float = 60.0


Wanted = tuple[NewDelivery, NewJob]


@dataclasses.dataclass(frozen=True, slots=True)
class TakenIn:
    """What became of a delivery: the job that it made, or None; `duplicate` if it was here before."""

    job_id: int | None
    duplicate: bool


@dataclasses.dataclass(frozen=True, slots=True)
class Claimant:
    """Who wants a job: one slot of a worker.

    The slots of one worker are a `team` and run at most `team_limit` jobs of the work lane at once. A tenant whose
    `tenant_limit` jobs are being worked on has to wait.
    """

    name: str
    team: str
    team_limit: int
    tenant_limit: int
    lease_seconds: float


@dataclasses.dataclass(frozen=True, slots=True)
class Lease:
    """The right to write for a job: only the holder of the newest fence may."""

    job_id: int
    fence: int


@dataclasses.dataclass(frozen=True, slots=True)
class Effect:
    """Something visible that a job makes on a forge, known by its marker.

    `fresh`: intended just now; `age` is how many seconds ago it was.
    """

    name: str
    marker: str
    confirmed: bool
    forge_ref: str
    fresh: bool
    age: float = 0.0


JOB_FIELDS = tuple(field.name for field in dataclasses.fields(Job))


def read_job(row: Mapping[Any, Any]) -> Job:
    """Make a job of a row that holds `JOB_FIELDS`."""
    return Job(**{**row, "state": JobState(row["state"]), "lane": Lane(row["lane"])})
